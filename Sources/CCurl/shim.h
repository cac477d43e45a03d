/* Swift cannot call C functions with variable arguments: one typed call for each kind of value. */
#include <curl/curl.h>

typedef size_t (*rearguard_curl_write)(char *, size_t, size_t, void *);

static inline CURLcode rearguard_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode rearguard_curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode rearguard_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode rearguard_curl_set_callback(CURL *handle, CURLoption option, rearguard_curl_write value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode rearguard_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}
static inline CURLcode rearguard_curl_get_socket(CURL *handle, curl_socket_t *value) {
    return curl_easy_getinfo(handle, CURLINFO_ACTIVESOCKET, value);
}

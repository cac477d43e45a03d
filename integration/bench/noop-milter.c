/* SPDX-License-Identifier: Apache-2.0
 *
 * The yardstick of the mail benchmark: a milter in C that reads the whole message, adds one header field and puts the
 * body back as it came. Nothing that changes bodies through libmilter can do less, so its throughput is what there is to
 * keep. It negotiates as tightly as rearguard-milter does.
 *
 * noop-milter unix:/path
 */
#include <libmilter/mfapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct body {
    unsigned char *bytes;
    size_t size, room;
};

static struct body *body_of(SMFICTX *ctx) {
    struct body *body = smfi_getpriv(ctx);
    if (body == NULL && (body = calloc(1, sizeof *body)) != NULL) smfi_setpriv(ctx, body);
    return body;
}

static sfsistat on_negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1, unsigned long f2, unsigned long f3,
                             unsigned long *actions, unsigned long *steps, unsigned long *r2, unsigned long *r3) {
    (void)ctx, (void)f0, (void)f1, (void)f2, (void)f3;
    *actions = SMFIF_ADDHDRS | SMFIF_CHGBODY;
    *steps = SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NODATA | SMFIP_NR_MAIL | SMFIP_NR_RCPT |
             SMFIP_NR_HDR | SMFIP_NR_EOH | SMFIP_NR_BODY;
    *r2 = *r3 = 0;
    return SMFIS_CONTINUE;
}

static sfsistat on_mail(SMFICTX *ctx, char **arguments) {
    (void)arguments;
    struct body *body = body_of(ctx);
    if (body == NULL) return SMFIS_TEMPFAIL;
    body->size = 0;
    return SMFIS_NOREPLY;
}

static sfsistat on_body(SMFICTX *ctx, unsigned char *chunk, size_t size) {
    struct body *body = body_of(ctx);
    if (body == NULL) return SMFIS_TEMPFAIL;
    if (body->size + size > body->room) {
        size_t room = (body->size + size) * 2;
        unsigned char *bytes = realloc(body->bytes, room);
        if (bytes == NULL) return SMFIS_TEMPFAIL;
        body->bytes = bytes;
        body->room = room;
    }
    memcpy(body->bytes + body->size, chunk, size);
    body->size += size;
    return SMFIS_NOREPLY;
}

static sfsistat on_end(SMFICTX *ctx) {
    struct body *body = body_of(ctx);
    if (body == NULL || smfi_insheader(ctx, 0, "X-Bench", "1") != MI_SUCCESS ||
        smfi_replacebody(ctx, body->bytes, (int)body->size) != MI_SUCCESS)
        return SMFIS_TEMPFAIL;
    return SMFIS_ACCEPT;
}

static sfsistat on_close(SMFICTX *ctx) {
    struct body *body = smfi_getpriv(ctx);
    if (body != NULL) free(body->bytes);
    free(body);
    smfi_setpriv(ctx, NULL);
    return SMFIS_CONTINUE;
}

int main(int count, char **arguments) {
    struct smfiDesc filter = {.xxfi_name = "noop",
                              .xxfi_version = SMFI_VERSION,
                              .xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGBODY,
                              .xxfi_envfrom = on_mail,
                              .xxfi_body = on_body,
                              .xxfi_eom = on_end,
                              .xxfi_close = on_close,
                              .xxfi_negotiate = on_negotiate};
    if (count != 2 || smfi_register(filter) != MI_SUCCESS || smfi_setconn(arguments[1]) != MI_SUCCESS) {
        fprintf(stderr, "usage: noop-milter unix:/path\n");
        return 64;
    }
    return smfi_main() == MI_SUCCESS ? 0 : 1;
}

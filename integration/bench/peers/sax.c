/* SPDX-License-Identifier: Apache-2.0
 *
 * What libxml2's HTML parser takes with a SAX handler that only counts attributes: the files again and again for a second;
 * prints the seconds of the best pass. For integration/bench/compare-html. */
#include <libxml/HTMLparser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static long attributes;

static void start(void *context, const xmlChar *name, const xmlChar **list) {
    (void)context, (void)name;
    for (; list && *list; list += 2) attributes++;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int count, char **names) {
    char **texts = calloc(count, sizeof *texts);
    int *sizes = calloc(count, sizeof *sizes);
    for (int i = 1; i < count; i++) {
        FILE *file = fopen(names[i], "rb");
        if (!file) return 66;
        fseek(file, 0, SEEK_END);
        sizes[i] = ftell(file);
        rewind(file);
        texts[i] = malloc(sizes[i] + 1);
        if (fread(texts[i], 1, sizes[i], file) != (size_t)sizes[i]) return 66;
        fclose(file);
    }
    htmlSAXHandler handler;
    memset(&handler, 0, sizeof handler);
    handler.startElement = start;
    double best = 1e9, begun = now();
    do {
        double first = now();
        for (int i = 1; i < count; i++) {
            htmlParserCtxtPtr parser = htmlCreatePushParserCtxt(&handler, NULL, texts[i], sizes[i], NULL, XML_CHAR_ENCODING_UTF8);
            htmlParseChunk(parser, "", 0, 1);
            htmlFreeParserCtxt(parser);
        }
        if (now() - first < best) best = now() - first;
    } while (now() - begun < 1);
    printf("%.9f\n", best);
    return attributes == 0;
}

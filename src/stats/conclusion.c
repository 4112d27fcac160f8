#include "stats/conclusion.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "stats/conclusion_private.h"

void cln_conclusion_say(struct cln_conclusion_writer *writer, bool caution, const char *format,
                        ...) {
    struct cln_text text = {0};
    va_list args;
    va_start(args, format);
    cln_text_add_args(&text, format, args);
    va_end(args);
    struct cln_conclusion *out = writer->out;
    struct cln_sentence *grown = realloc(out->sentences, (out->count + 1) * sizeof *out->sentences);
    if (grown)
        out->sentences = grown;
    if (!grown || cln_text_check(&text) != CLN_OK) {
        writer->failed = true;
        cln_text_free(&text);
        return;
    }
    out->sentences[out->count++] = (struct cln_sentence){caution, text.chars};
}

void cln_list_add(struct cln_list *list, const char *format, ...) {
    if (list->count++ > 0)
        cln_text_add(&list->head, "%s%s", list->count > 2 ? ", " : "", list->last.chars);
    cln_text_free(&list->last);
    list->last = (struct cln_text){0};
    va_list args;
    va_start(args, format);
    cln_text_add_args(&list->last, format, args);
    va_end(args);
}

const char *cln_list_text(struct cln_conclusion_writer *writer, struct cln_list *list) {
    if (list->count > 1) {
        cln_text_add(&list->head, " and %s", list->last.chars);
        cln_text_free(&list->last);
        list->last = list->head;
        list->head = (struct cln_text){0};
        list->count = 1;
    }
    if (cln_text_check(&list->head) == CLN_OK && cln_text_check(&list->last) == CLN_OK)
        return list->count ? list->last.chars : "";
    writer->failed = true;
    return "";
}

void cln_list_done(struct cln_list *list) {
    cln_text_free(&list->head);
    cln_text_free(&list->last);
}

int cln_points_digits(double points) {
    return fabs(points) < .95 ? 2 : 1;
}

enum cln_status cln_conclude(const struct cln_study *study, struct cln_conclusion *out) {
    *out = (struct cln_conclusion){0};
    struct cln_conclusion_writer writer = {study, out, false};
    cln_conclusion_find(&writer);
    cln_conclusion_warn(&writer);
    return writer.failed ? CLN_FAIL(MEMORY, "out of memory for a conclusion") : CLN_OK;
}

void cln_conclusion_done(struct cln_conclusion *conclusion) {
    for (size_t s = 0; s < conclusion->count; s++)
        free(conclusion->sentences[s].text);
    free(conclusion->sentences);
    *conclusion = (struct cln_conclusion){0};
}

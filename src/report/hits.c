#include "report/hits.h"

#include <stdlib.h>

void cln_hits_add(struct cln_hits *hits, double x, double y, double width, double height,
                  struct cln_text *text) {
    if (hits->count == hits->capacity) {
        size_t capacity = hits->capacity ? 2 * hits->capacity : 32;
        struct cln_hit *rows = realloc(hits->rows, capacity * sizeof *rows);
        if (rows) {
            hits->rows = rows;
            hits->capacity = capacity;
        }
    }
    if (hits->count == hits->capacity || text->failed || !text->chars) {
        hits->failed = true;
        cln_text_free(text);
        return;
    }
    hits->rows[hits->count++] = (struct cln_hit){x, y, width, height, text->chars};
    *text = (struct cln_text){0};
}

void cln_hits_done(struct cln_hits *hits) {
    for (size_t h = 0; h < hits->count; h++)
        free(hits->rows[h].text);
    free(hits->rows);
    *hits = (struct cln_hits){0};
}

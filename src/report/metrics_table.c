#include "report/metrics_table.h"

#include <stdlib.h>

enum cln_status cln_metrics_table_add(struct cln_metrics_table *table,
                                      const struct cln_metrics_row *row) {
    if (table->count == table->capacity) {
        size_t capacity = table->capacity ? 2 * table->capacity : 64;
        struct cln_metrics_row *rows = NULL;
        if (capacity <= SIZE_MAX / sizeof *rows)
            rows = realloc(table->rows, capacity * sizeof *rows);
        if (!rows)
            return CLN_FAIL(MEMORY, "out of memory for %zu rows of metrics", capacity);
        table->rows = rows;
        table->capacity = capacity;
    }
    table->rows[table->count++] = *row;
    return CLN_OK;
}

void cln_metrics_table_done(struct cln_metrics_table *table) {
    free(table->rows);
    *table = (struct cln_metrics_table){0};
}

#include "report/figure_data.h"

#include <stdio.h>
#include <string.h>

static enum cln_status add_cell(struct cln_metrics_table *table,
                                const struct cln_result_cell *cell) {
    struct cln_metrics_row row = {.noise_scale = cell->noise_scale, .seed = cell->seed};
    struct cln_text kind = {0};
    cln_result_add_kind(&kind, cell);
    CLN_TRY(cln_text_check(&kind));
    snprintf(row.model, sizeof row.model, "%s", kind.chars);
    cln_text_free(&kind);
    for (int e = 0; e < cell->epoch_count; e++) {
        const struct cln_result_epoch *epoch = &cell->epochs[e];
        row.epoch = epoch->epoch;
        row.loss = epoch->loss;
        row.accuracy = epoch->accuracy;
        row.val_loss = epoch->val_loss;
        row.val_accuracy = epoch->val_accuracy;
        CLN_TRY(cln_metrics_table_add(table, &row));
    }
    return CLN_OK;
}

enum cln_status cln_figure_base_init(struct cln_figure_base *base,
                                     const struct cln_results *results) {
    *base = (struct cln_figure_base){0};
    const struct cln_result_cell *begun = cln_results_first_begun(results);
    if (begun)
        base->about = (struct cln_plot_data){begun->data.dataset, begun->data.requested,
                                             begun->data.substituted && begun->data.requested};
    for (size_t c = 0; c < results->cell_count; c++)
        CLN_TRY(add_cell(&base->table, &results->cells[c]));
    base->empty = base->table.count == 0 || !begun;
    CLN_TRY(cln_curves_init(&base->curves, &base->table));
    CLN_TRY(cln_cell_groups_make(results, &base->groups));
    base->data = (struct cln_figure_data){.curves = &base->curves,
                                          .about = &base->about,
                                          .results = results,
                                          .groups = &base->groups};
    for (size_t c = 0; c < results->cell_count && !base->data.images; c++)
        if (results->cells[c].images) {
            base->data.images = results->cells[c].images;
            base->data.image_cell = &results->cells[c];
        }
    return CLN_OK;
}

void cln_figure_base_done(struct cln_figure_base *base) {
    cln_curves_done(&base->curves);
    cln_metrics_table_done(&base->table);
    cln_cell_groups_done(&base->groups);
}

#include "cli/bench_cell.h"

#include "cli/cell_models.h"

/* Without it the model is timed on random images, which the result says. */
static void open_data(struct cln_bench_cells *bench, const struct cln_cell *cell) {
    if (bench->dataset_of && cln_data_spec_equal(&bench->dataset_of->data, &cell->data))
        return;
    const struct cln_data_source source = {.data_dir = bench->data_dir, .offline = true};
    cln_dataset_free(bench->dataset);
    bench->dataset = NULL;
    bench->dataset_of = cell;
    if (cln_dataset_open(&cell->data, &source, &bench->dataset) == CLN_OK)
        return;
    struct cln_error error;
    cln_error_save(&error);
    cln_error_drop(&error);
    bench->dataset = NULL;
}

enum cln_status cln_bench_cell(struct cln_bench_cells *bench, const struct cln_cell *cell,
                               const struct cln_bench_change *change,
                               struct cln_bench_result *out) {
    struct cln_model_shape shape;
    CLN_TRY(cln_cell_shape(cell, &shape));
    open_data(bench, cell);
    const struct cln_bench_spec spec = {.model = change->model ? change->model : &cell->model,
                                        .shape = shape,
                                        .dataset = bench->dataset,
                                        .noise = cell->noise,
                                        .batch = change->batch ? change->batch : cell->train.batch,
                                        .variants =
                                            *cell->kernel_variant ? cell->kernel_variant : NULL,
                                        .tuner = bench->tuner,
                                        .rounds = bench->rounds,
                                        .steps = CLN_BENCH_ROUND_STEPS,
                                        .whole_steps = change->whole_steps};
    return cln_bench_model(bench->context, &spec, out);
}

void cln_bench_cells_done(struct cln_bench_cells *bench) {
    cln_dataset_free(bench->dataset);
    bench->dataset = NULL;
    bench->dataset_of = NULL;
}

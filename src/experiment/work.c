#include "experiment/work.h"

#include <stdio.h>

#include "data/dataset.h"

static int64_t count_steps(int64_t images, int64_t limit, int64_t batch) {
    if (limit && limit < images)
        images = limit;
    return images > 0 ? (images + batch - 1) / batch : 0;
}

enum cln_status cln_cell_count_steps(const struct cln_cell *cell, struct cln_cell_steps *out) {
    struct cln_data_facts facts;
    const struct cln_data_spec *data = &cell->data;
    const int64_t batch = cell->train.batch;
    CLN_TRY(cln_dataset_facts(&cell->data, &facts));
    if (data->train_limit && data->train_limit < facts.train_count)
        facts.train_count = data->train_limit;
    out->training = count_steps(facts.train_count - data->validation, 0, batch);
    out->test = count_steps(facts.test_count, data->test_limit, batch);
    out->validation = count_steps(data->validation, 0, batch);
    return CLN_OK;
}

enum cln_status cln_cell_work(const struct cln_cell *cell, double *flops) {
    struct cln_data_facts facts;
    struct cln_cell_steps steps;
    CLN_TRY(cln_cell_count_steps(cell, &steps));
    CLN_TRY(cln_dataset_facts(&cell->data, &facts));
    const struct cln_model_shape shape = {(size_t)facts.height, (size_t)facts.width,
                                          (size_t)facts.channels, (size_t)facts.classes};
    struct cln_model_spec spec = cell->model; /* borrows the layers */
    struct cln_model_graph model;
    snprintf(spec.fusion, sizeof spec.fusion, "off");
    CLN_TRY(cln_model_build(&spec, &shape, NULL, (size_t)cell->train.batch, true, &model));
    double step = 0;
    for (int i = 0; i < model.graph->node_count; i++) {
        const struct cln_node *node = &model.graph->nodes[i];
        step += node->op->cost ? node->op->cost(node).flops : 0;
    }
    cln_model_graph_done(&model);
    *flops = step * (double)steps.training * (double)cell->train.epochs;
    return CLN_OK;
}

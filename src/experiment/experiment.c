#include "experiment/experiment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "data/noise.h"
#include "experiment/config.h"
#include "experiment/sweep.h"

/* Takes the text. */
static enum cln_status hash_id(struct cln_text *text, char id[CLN_CELL_ID_SIZE]) {
    char hex[CLN_SHA256_HEX_SIZE];
    enum cln_status status = cln_text_check(text);
    if (status == CLN_OK)
        status = cln_sha256(text->chars, text->length, hex);
    cln_text_free(text);
    CLN_TRY(status);
    memcpy(id, hex, CLN_CELL_ID_SIZE - 1);
    id[CLN_CELL_ID_SIZE - 1] = '\0';
    return CLN_OK;
}

static enum cln_status compute_id(const struct cln_config *config,
                                  const struct cln_model_spec *model, char id[CLN_CELL_ID_SIZE]) {
    struct cln_text text = {0};
    cln_config_print_canonical(&text, config, model);
    return hash_id(&text, id);
}

enum cln_status cln_cell_stand_in(struct cln_cell *cell, const char *dataset) {
    struct cln_text text = {0};
    cln_text_add(&text, "%s on %s", cell->id, dataset);
    return hash_id(&text, cell->id);
}

struct cln_train_job cln_cell_train_job(const struct cln_cell *cell,
                                        const struct cln_dataset *dataset) {
    return (struct cln_train_job){.model = &cell->model,
                                  .dataset = dataset,
                                  .noise = cell->noise,
                                  .train = cell->train,
                                  .validation = cell->data.validation,
                                  .split_seed = cell->data.split_seed,
                                  .variants = *cell->kernel_variant ? cell->kernel_variant : NULL};
}

int cln_cell_test_scales(const struct cln_cell *cell, double scales[CLN_MAX_EVALUATIONS + 1]) {
    int count = 0;
    scales[count++] = cln_noise_test_scale(&cell->noise);
    for (int i = 0; i < cell->evaluate.scale_count; i++)
        if (cell->evaluate.noise_scale[i] != scales[0])
            scales[count++] = cell->evaluate.noise_scale[i];
    return count;
}

/* Takes the text's characters over. */
static enum cln_status take_text(struct cln_text *text, char **out) {
    CLN_TRY(cln_text_check(text));
    *out = text->chars;
    *text = (struct cln_text){0};
    return CLN_OK;
}

/* The configuration with this one of its models. */
static enum cln_status print_cell(const struct cln_config *config, struct cln_model_spec *model,
                                  char **out) {
    struct cln_text text = {0};
    struct cln_config one = *config;
    one.models = model;
    one.model_count = 1;
    snprintf(one.model, sizeof one.model, "%s", model->name);
    cln_config_print(&text, &one);
    enum cln_status status = take_text(&text, out);
    cln_text_free(&text);
    return status;
}

/* The cell takes the chosen model over from the configuration. */
static enum cln_status fill_cell(struct cln_cell *cell, struct cln_config *config,
                                 const struct cln_yaml_node *tree, struct cln_text *label,
                                 struct cln_text *more) {
    struct cln_model_spec *model = cln_config_model(config);
    if (!model)
        return cln_config_fail_model(config, tree);
    CLN_TRY(cln_config_check_shapes(config, tree, model));
    CLN_TRY(compute_id(config, model, cell->id));
    CLN_TRY(print_cell(config, model, &cell->config));
    if (!label->length)
        cln_text_add(label, "model=%s", model->name);
    cln_text_add(more, "%s", "");
    CLN_TRY(take_text(label, &cell->label));
    CLN_TRY(take_text(more, &cell->more));
    cell->data = config->data;
    cell->noise = config->noise;
    cell->train = config->train;
    cell->evaluate = config->evaluate;
    memcpy(cell->kernel_variant, config->kernel_variant, sizeof cell->kernel_variant);
    cell->model = *model;
    memcpy(cell->model.fusion, config->fusion, sizeof cell->model.fusion);
    *model = (struct cln_model_spec){0};
    return CLN_OK;
}

static enum cln_status load_cell(const struct cln_sweep *sweep, int index,
                                 const struct cln_yaml_node *root, struct cln_cell *cell) {
    struct cln_yaml_pool pool = {0};
    struct cln_yaml_node *tree = NULL;
    struct cln_text label = {0}, more = {0};
    struct cln_config config = {0};
    enum cln_status status = cln_sweep_cell(sweep, index, &pool, root, &tree, &label, &more);
    if (status == CLN_OK)
        status = cln_config_bind(tree, &config);
    if (status == CLN_OK)
        status = fill_cell(cell, &config, tree, &label, &more);
    cln_config_done(&config);
    cln_text_free(&label);
    cln_text_free(&more);
    cln_yaml_pool_done(&pool);
    return status;
}

/* Two equal cells would write to the same place, and mean that a list names a value twice. */
static int compare_ids(const void *a, const void *b) {
    const struct cln_cell *const *x = a, *const *y = b;
    int order = strcmp((*x)->id, (*y)->id);
    return order ? order : (*x > *y) - (*x < *y);
}

static enum cln_status refuse_twins(const struct cln_experiment *experiment,
                                    const struct cln_yaml_node *root) {
    size_t count = (size_t)experiment->cell_count;
    const struct cln_cell **cells = calloc(count, sizeof *cells);
    enum cln_status status = CLN_OK;
    if (!cells)
        return CLN_FAIL(MEMORY, "out of memory for %zu cells", count);
    for (size_t i = 0; i < count; i++)
        cells[i] = &experiment->cells[i];
    qsort(cells, count, sizeof *cells, compare_ids);
    for (size_t i = 1; i < count && status == CLN_OK; i++)
        if (!strcmp(cells[i - 1]->id, cells[i]->id))
            status = cln_yaml_fail(cln_yaml_child(root, "sweep")->key_place, "sweep", NULL, NULL,
                                   "the cells '%s' and '%s' are the same", cells[i - 1]->label,
                                   cells[i]->label);
    free(cells);
    return status;
}

static long count_values(const struct cln_yaml_node *node) {
    long count = 1;
    for (const struct cln_yaml_node *child = node->first; child; child = child->next)
        count += count_values(child);
    return count;
}

static enum cln_status refuse_too_much(const struct cln_sweep *sweep,
                                       const struct cln_yaml_node *root) {
    const long values = count_values(root) - (sweep->map ? count_values(sweep->map) : 0);
    if (values <= CLN_MAX_CELL_VALUES / sweep->cell_count)
        return CLN_OK;
    return cln_yaml_fail(sweep->map->key_place, "sweep", NULL, NULL,
                         "%d cells, each made from %ld values; accepted: %d values in all cells "
                         "together",
                         sweep->cell_count, values, CLN_MAX_CELL_VALUES);
}

static enum cln_status load_cells(struct cln_experiment *experiment, const struct cln_sweep *sweep,
                                  const struct cln_yaml_node *root) {
    experiment->cells = calloc((size_t)sweep->cell_count, sizeof *experiment->cells);
    if (!experiment->cells)
        return CLN_FAIL(MEMORY, "out of memory for %d cells", sweep->cell_count);
    while (experiment->cell_count < sweep->cell_count) {
        int index = experiment->cell_count++;
        CLN_TRY(load_cell(sweep, index, root, &experiment->cells[index]));
    }
    return refuse_twins(experiment, root);
}

/* The file without its sweep must be right by itself, but for `model`, which a sweep may give. */
static enum cln_status load_base(struct cln_experiment *experiment, const struct cln_sweep *sweep,
                                 const struct cln_yaml_node *root) {
    struct cln_config config;
    struct cln_text text = {0};
    enum cln_status status = cln_config_bind(root, &config);
    for (int i = 0; i < config.model_count && status == CLN_OK; i++)
        status = cln_config_check_shapes(&config, root, &config.models[i]);
    if (status == CLN_OK) {
        memcpy(experiment->name, config.name, sizeof experiment->name);
        cln_text_add(&text, "# Resolved by clnoise: file, command line and defaults together.\n");
        cln_config_print(&text, &config);
        cln_sweep_print(&text, sweep);
        status = take_text(&text, &experiment->resolved);
    }
    cln_config_done(&config);
    cln_text_free(&text);
    return status;
}

/* `text` NULL: the file at its path. */
static enum cln_status load(struct cln_experiment *experiment, struct cln_yaml_pool *pool,
                            const char *text, const char *const *overrides, int override_count) {
    struct cln_yaml_node *root;
    struct cln_sweep sweep;
    if (text)
        CLN_TRY(cln_yaml_parse(pool, experiment->path, text, strlen(text), true, &root));
    else
        CLN_TRY(cln_yaml_read(pool, experiment->path, &root));
    for (int i = 0; i < override_count; i++)
        CLN_TRY(cln_override_apply(pool, root, overrides[i]));
    CLN_TRY(cln_map_require(root, ""));
    CLN_TRY(cln_config_resolve_data(pool, root, experiment->path));
    CLN_TRY(cln_sweep_read(pool, root, &sweep));
    CLN_TRY(refuse_too_much(&sweep, root));
    CLN_TRY(load_base(experiment, &sweep, root));
    return load_cells(experiment, &sweep, root);
}

static enum cln_status create(const char *path, const char *text, const char *const *overrides,
                              int override_count, struct cln_experiment **out) {
    struct cln_experiment *experiment = calloc(1, sizeof *experiment);
    if (!experiment || !(experiment->path = strdup(path))) {
        cln_experiment_free(experiment);
        return CLN_FAIL(MEMORY, "out of memory while loading %s", path);
    }
    struct cln_yaml_pool pool = {0};
    enum cln_status status = load(experiment, &pool, text, overrides, override_count);
    cln_yaml_pool_done(&pool);
    if (status == CLN_OK)
        *out = experiment;
    else
        cln_experiment_free(experiment);
    return status;
}

enum cln_status cln_experiment_load(const char *path, const char *const *overrides,
                                    int override_count, struct cln_experiment **out) {
    return create(path, NULL, overrides, override_count, out);
}

enum cln_status cln_experiment_load_text(const char *origin, const char *text,
                                         const char *const *overrides, int override_count,
                                         struct cln_experiment **out) {
    return create(origin, text, overrides, override_count, out);
}

static enum cln_status print_recipe(struct cln_config *config, const struct cln_dataset *dataset,
                                    char **out) {
    struct cln_text text = {0};
    config->evaluate = (struct cln_evaluate_spec){0};
    if (cln_data_spec_is_own(&config->data)) {
        *config->data.relative_to = '\0';
        config->data.facts = (struct cln_data_facts){.height = dataset->height,
                                                     .width = dataset->width,
                                                     .channels = dataset->channels,
                                                     .classes = dataset->classes};
    }
    cln_config_print(&text, config);
    enum cln_status status = take_text(&text, out);
    cln_text_free(&text);
    return status;
}

enum cln_status cln_cell_recipe(const struct cln_cell *cell, const struct cln_dataset *dataset,
                                char **out) {
    struct cln_yaml_pool pool = {0};
    struct cln_yaml_node *root;
    struct cln_config config = {0};
    enum cln_status status = cln_yaml_parse(&pool, "a cell's configuration", cell->config,
                                            strlen(cell->config), true, &root);
    if (status == CLN_OK)
        status = cln_config_bind(root, &config);
    if (status == CLN_OK)
        status = print_recipe(&config, dataset, out);
    cln_config_done(&config);
    cln_yaml_pool_done(&pool);
    return status;
}

const char *cln_experiment_resolved(const struct cln_experiment *experiment) {
    return experiment->resolved;
}

void cln_experiment_free(struct cln_experiment *experiment) {
    if (!experiment)
        return;
    for (int i = 0; i < experiment->cell_count; i++) {
        free(experiment->cells[i].label);
        free(experiment->cells[i].more);
        free(experiment->cells[i].config);
        cln_model_spec_done(&experiment->cells[i].model);
    }
    free(experiment->cells);
    free(experiment->resolved);
    free(experiment->path);
    free(experiment);
}

#include "report/results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "experiment/yaml.h"
#include "report/result_cell.h"

const struct cln_result_epoch *cln_result_last(const struct cln_result_cell *cell) {
    return cell->epoch_count ? &cell->epochs[cell->epoch_count - 1] : NULL;
}

const struct cln_result_cell *cln_results_first_begun(const struct cln_results *results) {
    for (size_t c = 0; c < results->cell_count; c++)
        if (results->cells[c].data.dataset)
            return &results->cells[c];
    return NULL;
}

/* The experiment of a run folder, or what is wrong with the folder. */
static enum cln_status load_experiment(const char *folder, struct cln_experiment **out) {
    char *path = cln_path_join(folder, "config.yaml");
    if (!path)
        return CLN_FAIL(MEMORY, "out of memory for a path");
    enum cln_status status =
        cln_file_exists(path)
            ? cln_experiment_load(path, NULL, 0, out)
            : CLN_FAIL(FILE,
                       "%s is no run folder: it holds no config.yaml; accepted: a folder that "
                       "'clnoise run' has made",
                       folder);
    free(path);
    return status;
}

static enum cln_status refuse_another_experiment(const struct cln_results *results,
                                                 const char *folder) {
    struct cln_experiment *other;
    CLN_TRY(load_experiment(folder, &other));
    bool same = other->cell_count == results->experiment->cell_count;
    for (int c = 0; same && c < other->cell_count; c++)
        same = !strcmp(other->cells[c].id, results->experiment->cells[c].id);
    cln_experiment_free(other);
    return same ? CLN_OK
                : CLN_FAIL(CONFIG,
                           "%s and %s are of different experiments: their config.yaml give other "
                           "cells; to set two experiments side by side, use --compare",
                           results->folders[0], folder);
}

static void start_cell(const struct cln_cell *plan, const char *id, struct cln_result_cell *cell) {
    *cell = (struct cln_result_cell){.plan = plan,
                                     .id = id,
                                     .label = plan->label,
                                     .more = plan->more,
                                     .model = plan->model.name,
                                     .noise_scale = plan->noise.scale,
                                     .seed = plan->train.seed,
                                     .epochs_wanted = (int)plan->train.epochs};
}

/* The id the cell has once `otherwise` stands in for its data set; NULL if nothing can. */
static enum cln_status stand_in_id(const struct cln_cell *plan, struct cln_yaml_pool *pool,
                                   const char **id) {
    *id = NULL;
    if (!*plan->data.otherwise)
        return CLN_OK;
    struct cln_cell other = {0};
    memcpy(other.id, plan->id, sizeof other.id);
    CLN_TRY(cln_cell_stand_in(&other, plan->data.otherwise));
    *id = cln_yaml_copy(pool, other.id, strlen(other.id));
    return *id ? CLN_OK : CLN_FAIL(MEMORY, "out of memory for a cell's id");
}

static enum cln_status read_planned(const char *folder, const struct cln_cell *plan,
                                    struct cln_yaml_pool *pool, struct cln_result_cell *cell) {
    start_cell(plan, plan->id, cell);
    CLN_TRY(cln_result_cell_read(folder, pool, cell));
    if (cell->folder)
        return CLN_OK;
    const char *id;
    CLN_TRY(stand_in_id(plan, pool, &id));
    if (!id)
        return CLN_OK;
    start_cell(plan, id, cell);
    CLN_TRY(cln_result_cell_read(folder, pool, cell));
    if (!cell->folder)
        cell->id = plan->id;
    return CLN_OK;
}

static bool same(double a, double b) {
    return a == b || (isnan(a) && isnan(b));
}

static bool same_epochs(const struct cln_result_cell *a, const struct cln_result_cell *b) {
    bool equal = a->epoch_count == b->epoch_count;
    for (int e = 0; equal && e < a->epoch_count; e++) {
        const struct cln_result_epoch *left = &a->epochs[e], *right = &b->epochs[e];
        equal = same(left->loss, right->loss) && same(left->accuracy, right->accuracy) &&
                same(left->val_loss, right->val_loss) &&
                same(left->val_accuracy, right->val_accuracy) &&
                same(left->test_loss, right->test_loss) &&
                same(left->test_accuracy, right->test_accuracy);
    }
    return equal;
}

/* `cell` becomes the one of the two that got farther. */
static enum cln_status choose(struct cln_result_cell *cell, const struct cln_result_cell *other) {
    static const int rank[CLN_CELL_STATUSES] = {[CLN_CELL_WAITING] = 0,
                                                [CLN_CELL_FAILED] = 1,
                                                [CLN_CELL_INTERRUPTED] = 2,
                                                [CLN_CELL_RUNNING] = 2,
                                                [CLN_CELL_DONE] = 3};
    if (!other->folder)
        return CLN_OK;
    if (cell->folder && cell->status == CLN_CELL_DONE && other->status == CLN_CELL_DONE) {
        if (strcmp(cell->id, other->id) || same_epochs(cell, other))
            return CLN_OK;
        return CLN_FAIL(FILE,
                        "%s and %s are the same cell with different results; leave one of the two "
                        "runs out",
                        cell->folder, other->folder);
    }
    if (!cell->folder || rank[other->status] > rank[cell->status] ||
        (rank[other->status] == rank[cell->status] && other->epoch_count > cell->epoch_count))
        *cell = *other;
    return CLN_OK;
}

static enum cln_status read_cells(struct cln_results *results) {
    size_t count = (size_t)results->experiment->cell_count;
    results->cells = cln_yaml_alloc(results->pool, (count + 1) * sizeof *results->cells);
    if (!results->cells)
        return CLN_FAIL(MEMORY, "out of memory for %zu cells", count);
    for (size_t c = 0; c < count; c++) {
        const struct cln_cell *plan = &results->experiment->cells[c];
        for (size_t f = 0; f < results->folder_count; f++) {
            struct cln_result_cell cell;
            CLN_TRY(read_planned(results->folders[f], plan, results->pool, &cell));
            if (f == 0)
                results->cells[c] = cell;
            else
                CLN_TRY(choose(&results->cells[c], &cell));
        }
        results->by_status[results->cells[c].status]++;
        results->cell_count++;
    }
    return CLN_OK;
}

static enum cln_status read_folders(struct cln_results *results, const char *const *folders,
                                    size_t count) {
    const char **names = cln_yaml_alloc(results->pool, (count + 1) * sizeof *names);
    for (size_t f = 0; names && f < count; f++)
        if (!(names[f] = cln_yaml_copy(results->pool, folders[f], strlen(folders[f]))))
            names = NULL;
    if (!names)
        return CLN_FAIL(MEMORY, "out of memory for %zu folders", count);
    results->folders = names;
    results->folder_count = count;
    CLN_TRY(load_experiment(folders[0], &results->experiment));
    for (size_t f = 1; f < count; f++)
        CLN_TRY(refuse_another_experiment(results, folders[f]));
    return read_cells(results);
}

enum cln_status cln_results_read(const char *const *folders, size_t count,
                                 struct cln_results **out) {
    if (!count)
        return CLN_FAIL(CONFIG, "no run folder given");
    struct cln_results *results = calloc(1, sizeof *results);
    if (results)
        results->pool = calloc(1, sizeof *results->pool);
    if (!results || !results->pool) {
        free(results);
        return CLN_FAIL(MEMORY, "out of memory for the results");
    }
    enum cln_status status = read_folders(results, folders, count);
    if (status == CLN_OK)
        *out = results;
    else
        cln_results_free(results);
    return status;
}

void cln_results_free(struct cln_results *results) {
    if (!results)
        return;
    cln_experiment_free(results->experiment);
    cln_yaml_pool_done(results->pool);
    free(results->pool);
    free(results);
}

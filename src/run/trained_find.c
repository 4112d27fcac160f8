/* Which net is meant: a file, the folder of a cell, or one of the cells of a run. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/nearest.h"
#include "base/text.h"
#include "report/results.h"
#include "run/trained_private.h"

#define WEIGHTS "model.safetensors"

/* One the plan and its folder may have different names for, if another data set stands in. */
static bool is_meant(const struct cln_result_cell *cell, const char *id) {
    const size_t length = strlen(id);
    return !strncmp(cell->id, id, length) || !strncmp(cell->plan->id, id, length);
}

static void list_cells(const struct cln_results *results, struct cln_text *text) {
    const size_t most = 4;
    for (size_t c = 0; c < results->cell_count && c < most; c++)
        cln_text_add(text, "%s%s (%s)", c ? ", " : "", results->cells[c].id,
                     results->cells[c].label ? results->cells[c].label : "");
    if (results->cell_count > most)
        cln_text_add(text, " and %zu more", results->cell_count - most);
}

static enum cln_status fail_many(const struct cln_results *results, const char *where,
                                 const char *id) {
    struct cln_text cells = {0};
    list_cells(results, &cells);
    enum cln_status status = cln_text_check(&cells);
    if (status == CLN_OK)
        status = id ? CLN_FAIL(CONFIG, "--cell %s: several cells of %s begin so: %s", id, where,
                               cells.chars)
                    : CLN_FAIL(CONFIG, "%s has %zu nets; choose one with --cell ID: %s", where,
                               results->cell_count, cells.chars);
    cln_text_free(&cells);
    return status;
}

static enum cln_status fail_none(const struct cln_results *results, const char *where,
                                 const char *id) {
    struct cln_nearest nearest = cln_nearest_start(id ? id : "");
    for (size_t c = 0; id && c < results->cell_count; c++)
        cln_nearest_offer(&nearest, results->cells[c].id);
    return CLN_FAIL(CONFIG,
                    "--cell %s: %s has no such cell%s%s%s; 'clnoise plan %s/config.yaml' "
                    "lists them",
                    id ? id : "", where, nearest.name ? "; did you mean " : "",
                    nearest.name ? nearest.name : "", nearest.name ? "?" : "", where);
}

static enum cln_status find_cell(const struct cln_results *results, const char *where,
                                 const char *id, const struct cln_result_cell **out) {
    *out = NULL;
    for (size_t c = 0; c < results->cell_count; c++) {
        if (id && !is_meant(&results->cells[c], id))
            continue;
        if (*out)
            return fail_many(results, where, id);
        *out = &results->cells[c];
    }
    return *out ? CLN_OK : fail_none(results, where, id);
}

static enum cln_status find_in_run(const char *where, const char *id, char **out) {
    struct cln_results *results;
    const struct cln_result_cell *cell;
    CLN_TRY(cln_results_read(&where, 1, &results));
    enum cln_status status = find_cell(results, where, id, &cell);
    if (status == CLN_OK) {
        *out = cell->folder ? cln_path_join(cell->folder, WEIGHTS) : NULL;
        if (!cell->folder || (*out && !cln_file_exists(*out)))
            status =
                CLN_FAIL(FILE, "%s: cell %s (%s) has no " WEIGHTS ": it is %s%s", where, cell->id,
                         cell->label ? cell->label : "", cln_cell_status_name(cell->status),
                         cell->status == CLN_CELL_DONE ? ", so its weights were removed" : "");
        else if (!*out)
            status = CLN_FAIL(MEMORY, "out of memory for a path");
    }
    cln_results_free(results);
    return status;
}

static enum cln_status fail_no_run(const char *where, const char *id) {
    return CLN_FAIL(CONFIG, "--cell %s: only for the folder of a run, which %s is not", id, where);
}

/* That of a run is known by its config.yaml; others are taken for a cell's. */
static enum cln_status find_in_folder(const char *where, const char *id, char **out) {
    char *config = cln_path_join(where, "config.yaml"), *weights = cln_path_join(where, WEIGHTS);
    enum cln_status status = CLN_OK;
    if (!config || !weights) {
        status = CLN_FAIL(MEMORY, "out of memory for a path");
    } else if (cln_file_exists(config)) {
        status = find_in_run(where, id, out);
    } else if (id) {
        status = fail_no_run(where, id);
    } else if (!cln_file_exists(weights)) {
        status = CLN_FAIL(FILE,
                          "%s holds neither " WEIGHTS " nor config.yaml; accepted: the "
                          "folder of a cell that is done, or of a run",
                          where);
    } else {
        *out = weights;
        weights = NULL;
    }
    free(config);
    free(weights);
    return status;
}

enum cln_status cln_trained_find(const char *where, const char *cell, char **out) {
    struct stat info;
    if (stat(where, &info))
        return CLN_FAIL(FILE,
                        "%s: %s; accepted: a model.safetensors, the folder of a cell, or the "
                        "folder of a run",
                        where, strerror(errno));
    if (S_ISDIR(info.st_mode))
        return find_in_folder(where, cell, out);
    if (cell)
        return fail_no_run(where, cell);
    return (*out = strdup(where)) ? CLN_OK : CLN_FAIL(MEMORY, "out of memory for a path");
}

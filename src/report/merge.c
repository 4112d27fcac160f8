#include "report/merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/folder.h"
#include "base/text.h"
#include "report/results.h"

struct merge {
    const struct cln_results *results;
    const char *out;
    void (*on_note)(void *context, const char *line);
    void *context;
};

static enum cln_status join(const char *folder, const char *name, char **out) {
    *out = cln_path_join(folder, name);
    return *out ? CLN_OK : CLN_FAIL(MEMORY, "out of memory for a path");
}

static enum cln_status copy_file(const char *from, const char *to) {
    char *bytes;
    size_t length;
    CLN_TRY(cln_file_read(from, &bytes, &length));
    enum cln_status status = cln_file_write(to, bytes, length);
    free(bytes);
    return status;
}

static enum cln_status copy_entry(const char *from, const char *to, const char *name) {
    char *source, *target;
    struct stat info;
    CLN_TRY(join(from, name, &source));
    enum cln_status status = join(to, name, &target);
    if (status == CLN_OK && lstat(source, &info))
        status = CLN_FAIL(FILE, "cannot look at %s: %s", source, strerror(errno));
    else if (status == CLN_OK && S_ISREG(info.st_mode)) /* links and folders are not ours */
        status = copy_file(source, target);
    free(target);
    free(source);
    return status;
}

/* The files of a cell's folder; cell.json last, for it says that the others are there. */
static enum cln_status copy_folder(const char *from, const char *to) {
    struct cln_names names;
    const char *last = NULL;
    CLN_TRY(cln_folder_list(from, false, &names));
    enum cln_status status = cln_folder_make(to);
    if (status == CLN_OK) /* of an attempt that failed */
        status = cln_file_sweep(to);
    for (size_t i = 0; status == CLN_OK && i < names.count; i++)
        if (!strcmp(names.items[i], "cell.json"))
            last = names.items[i];
        else
            status = copy_entry(from, to, names.items[i]);
    if (status == CLN_OK && last)
        status = copy_entry(from, to, last);
    cln_names_free(&names);
    return status;
}

static enum cln_status refuse_run(const char *out) {
    char *path;
    CLN_TRY(join(out, "config.yaml", &path));
    bool taken = cln_file_exists(path);
    free(path);
    return taken
               ? CLN_FAIL(FILE, "%s holds a run already; give another --out, or move it away", out)
               : CLN_OK;
}

static enum cln_status write_config(const struct merge *merge) {
    char *from, *to;
    CLN_TRY(join(merge->results->folders[0], "config.yaml", &from));
    enum cln_status status = join(merge->out, "config.yaml", &to);
    if (status == CLN_OK) {
        status = copy_file(from, to);
        free(to);
    }
    free(from);
    return status;
}

/* Whether both files are there and differ; what only one of them has is no contradiction. */
static enum cln_status differ(const char *a, const char *b, const char *name, bool *out) {
    char *paths[2] = {cln_path_join(a, name), cln_path_join(b, name)}, *bytes[2] = {NULL, NULL};
    size_t lengths[2] = {0, 0};
    enum cln_status status =
        paths[0] && paths[1] ? CLN_OK : CLN_FAIL(MEMORY, "out of memory for a path");
    *out = false;
    if (status == CLN_OK && cln_file_exists(paths[0]) && cln_file_exists(paths[1])) {
        for (int f = 0; f < 2 && status == CLN_OK; f++)
            status = cln_file_read(paths[f], &bytes[f], &lengths[f]);
        *out = status == CLN_OK &&
               (lengths[0] != lengths[1] || memcmp(bytes[0], bytes[1], lengths[0]) != 0);
    }
    for (int f = 0; f < 2; f++) {
        free(paths[f]);
        free(bytes[f]);
    }
    return status;
}

/* Tells which of two folders a cell is taken from; two finished ones must agree to the byte. */
static enum cln_status compare(const struct merge *merge, const struct cln_result_cell *taken,
                               const struct cln_result_cell *other) {
    if (!other->folder || !strcmp(other->folder, taken->folder))
        return CLN_OK;
    if (taken->status == CLN_CELL_DONE && other->status == CLN_CELL_DONE) {
        bool weights;
        if (strcmp(taken->id, other->id)) /* on another data set: it stands in for the first */
            return CLN_OK;
        CLN_TRY(differ(taken->folder, other->folder, "model.safetensors", &weights));
        return weights ? CLN_FAIL(FILE,
                                  "%s and %s are the same training with different weights; "
                                  "leave one of the two runs out",
                                  taken->folder, other->folder)
                       : CLN_OK;
    }
    struct cln_text line = {0};
    cln_text_add(&line, "cell %s: taken from %s (%s, %d epochs), not from %s (%s, %d)", taken->id,
                 taken->folder, cln_cell_status_name(taken->status), taken->epoch_count,
                 other->folder, cln_cell_status_name(other->status), other->epoch_count);
    enum cln_status status = cln_text_check(&line);
    if (status == CLN_OK && merge->on_note)
        merge->on_note(merge->context, line.chars);
    cln_text_free(&line);
    return status;
}

/* Beside each folder's own reading of the cells. */
static enum cln_status compare_all(const struct merge *merge) {
    for (size_t f = 0; f < merge->results->folder_count; f++) {
        struct cln_results *single;
        CLN_TRY(cln_results_read(&merge->results->folders[f], 1, &single));
        enum cln_status status = CLN_OK;
        for (size_t c = 0; c < single->cell_count && status == CLN_OK; c++)
            if (merge->results->cells[c].folder)
                status = compare(merge, &merge->results->cells[c], &single->cells[c]);
        cln_results_free(single);
        CLN_TRY(status);
    }
    return CLN_OK;
}

static enum cln_status copy_cells(const struct merge *merge) {
    for (size_t c = 0; c < merge->results->cell_count; c++) {
        const struct cln_result_cell *cell = &merge->results->cells[c];
        struct cln_text to = {0};
        if (!cell->folder)
            continue;
        cln_text_add(&to, "%s/cells/%s", merge->out, cell->id);
        enum cln_status status = cln_text_check(&to);
        if (status == CLN_OK)
            status = copy_folder(cell->folder, to.chars);
        cln_text_free(&to);
        CLN_TRY(status);
    }
    return CLN_OK;
}

static enum cln_status merge_results(const struct merge *merge) {
    CLN_TRY(compare_all(merge));
    CLN_TRY(refuse_run(merge->out));
    CLN_TRY(cln_folder_make(merge->out));
    CLN_TRY(copy_cells(merge));
    return write_config(merge); /* last: with it the folder is a run's */
}

enum cln_status cln_runs_merge(const char *const *folders, size_t count, const char *out,
                               void (*on_note)(void *context, const char *line), void *context) {
    struct cln_results *results;
    CLN_TRY(cln_results_read(folders, count, &results));
    const struct merge merge = {results, out, on_note, context};
    enum cln_status status = merge_results(&merge);
    cln_results_free(results);
    return status;
}

#include "run/run_folder.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/folder.h"
#include "run/config_diff.h"
#include "run/lock.h"

struct cln_run_folder {
    char *path, *config; /* of the folder, of its config.yaml */
    bool outdated;       /* that asks for tests at other scales */
    const struct cln_experiment *experiment;
    struct cln_lock *lock;
};

/* "runs/convnet-vs-mlp-20240131-120000" */
static char *default_path(const char *name) {
    char stamp[32];
    struct cln_text path = {0};
    time_t now = time(NULL);
    struct tm local;
    localtime_r(&now, &local);
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &local);
    cln_text_add(&path, "runs/%s-%s", name, stamp);
    for (char *c = path.chars ? path.chars + 5 : NULL; c && *c; c++)
        if (*c == '/' || (unsigned char)*c <= ' ' || (c == path.chars + 5 && *c == '.'))
            *c = '_'; /* a name must not lead out of runs/ */
    return path.chars;
}

/* The resolved configuration of the run that is there, as this version writes it: a key that is new
 * has its default. Where this version cannot read it, as it was written. free() it. */
static enum cln_status older_config(const struct cln_run_folder *folder, char **out) {
    struct cln_experiment *older;
    size_t length;
    const enum cln_status status = cln_experiment_load(folder->config, NULL, 0, &older);
    if (status != CLN_OK)
        return status == CLN_MEMORY ? status : cln_file_read(folder->config, out, &length);
    *out = strdup(cln_experiment_resolved(older));
    cln_experiment_free(older);
    return *out ? CLN_OK : CLN_FAIL(MEMORY, "out of memory for a configuration");
}

/* Whether every line of a diff is about what decides no training: how nets are tested, and where
 * files of the user's own lie, whose hashes are compared. */
static bool is_about_no_training(const char *lines) {
    static const char tests[] = "evaluate", place[] = "data.relative_to:";
    for (const char *line = lines; line && *line;) {
        if (strncmp(line, tests, strlen(tests)) != 0 && strncmp(line, place, strlen(place)) != 0)
            return false;
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    return true;
}

static enum cln_status compare_config(struct cln_run_folder *folder) {
    const char *ours = cln_experiment_resolved(folder->experiment);
    struct cln_text lines = {0};
    char *older;
    int count;
    CLN_TRY(older_config(folder, &older));
    enum cln_status status = CLN_OK;
    if (strcmp(older, ours) != 0) {
        status = cln_config_diff(older, ours, &lines, &count);
        if (status == CLN_OK && count == 0)
            cln_text_add(&lines, "the order of keys, and so that of the cells");
        folder->outdated = status == CLN_OK && is_about_no_training(lines.chars);
        if (status == CLN_OK && !folder->outdated) {
            status = CLN_FAIL(CONFIG,
                              "%s holds a run of another configuration; give another --out, or "
                              "take these back:",
                              folder->path);
            cln_error_set_detail(lines.chars);
        }
    }
    cln_text_free(&lines);
    free(older);
    return status;
}

/* What a run leaves that was killed before its config.yaml stood there, and what systems put into
 * folders by themselves. */
static bool is_no_stranger(const char *name) {
    return !strcmp(name, "lock") || !strcmp(name, "lost+found");
}

/* A folder without a run must be empty, but for hidden files: what is in there might be written
 * over. */
static enum cln_status refuse_strangers(const struct cln_run_folder *folder) {
    struct cln_names names;
    enum cln_status status = CLN_OK;
    CLN_TRY(cln_folder_list(folder->path, false, &names));
    for (size_t i = 0; status == CLN_OK && i < names.count; i++)
        if (!is_no_stranger(names.items[i]))
            status = CLN_FAIL(FILE,
                              "%s is neither empty nor the folder of a run: it holds %s but no "
                              "config.yaml; give another --out, or move that away",
                              folder->path, names.items[i]);
    cln_names_free(&names);
    return status;
}

enum cln_status cln_run_folder_open(const char *path, const struct cln_experiment *experiment,
                                    struct cln_run_folder **out) {
    struct cln_run_folder *folder = calloc(1, sizeof *folder);
    enum cln_status status = CLN_OK;
    if (folder)
        folder->path = path ? strdup(path) : default_path(experiment->name);
    if (folder && folder->path)
        folder->config = cln_path_join(folder->path, "config.yaml");
    if (!folder || !folder->config) {
        status = CLN_FAIL(MEMORY, "out of memory for a run folder");
        goto fail;
    }
    folder->experiment = experiment;
    CLN_TRY_GOTO(cln_folder_make(folder->path));
    if (!cln_file_exists(folder->config)) /* before a lock is added to what is there */
        CLN_TRY_GOTO(refuse_strangers(folder));
    CLN_TRY_GOTO(cln_lock_take(folder->path, &folder->lock));
    if (cln_file_exists(folder->config)) /* by now */
        CLN_TRY_GOTO(compare_config(folder));
    *out = folder;
    return CLN_OK;
fail:
    cln_run_folder_free(folder);
    return status;
}

void cln_run_folder_free(struct cln_run_folder *folder) {
    if (!folder)
        return;
    cln_lock_release(folder->lock);
    free(folder->config);
    free(folder->path);
    free(folder);
}

const char *cln_run_folder_path(const struct cln_run_folder *folder) {
    return folder->path;
}

enum cln_status cln_run_folder_begin(struct cln_run_folder *folder) {
    const char *text = cln_experiment_resolved(folder->experiment);
    if (cln_file_exists(folder->config) && !folder->outdated)
        return CLN_OK;
    return cln_file_write(folder->config, text, strlen(text));
}

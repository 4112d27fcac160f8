#include "run/trained.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/file.h"
#include "base/json.h"
#include "base/json_put.h"
#include "base/utf8.h"
#include "clnoise/version.h"
#include "model/safetensors.h"
#include "report/json_read.h"
#include "report/weights.h"
#include "run/cell_json.h"
#include "run/trained_private.h"

enum cln_status cln_trained_write(const char *path, const struct cln_cell *cell,
                                  const struct cln_dataset *dataset, struct cln_trainer *trainer) {
    char *recipe = NULL, *names = NULL;
    cJSON *array = cJSON_CreateArray();
    enum cln_status status = cln_cell_recipe(cell, dataset, &recipe);
    for (uint32_t c = 0; status == CLN_OK && c < dataset->classes; c++)
        cln_json_put_text(array, NULL, dataset->class_names[c]);
    if (status == CLN_OK && !(names = cln_json_print(array, false)))
        status = CLN_FAIL(MEMORY, "out of memory for the names of %u classes", dataset->classes);
    if (status == CLN_OK) {
        const struct cln_safetensors_text texts[] = {
            {"clnoise", cln_version()}, {"model", cell->model.name}, {"cell", cell->id},
            {"config", recipe},         {"dataset", dataset->name},  {"class_names", names}};
        status = cln_weights_write(path, trainer, texts, sizeof texts / sizeof *texts);
    }
    cJSON_free(names);
    cJSON_Delete(array);
    free(recipe);
    return status;
}

static bool overrides_key(const char *const *overrides, int count, const char *key) {
    const size_t length = strlen(key);
    for (int i = 0; i < count; i++)
        if (!strncmp(overrides[i], key, length) && strchr(".=", overrides[i][length]))
            return true;
    return false;
}

/* What a text of the file means, or a failure that names it. */
static enum cln_status need(const struct cln_safetensors *file, const char *path, const char *key,
                            const char **out) {
    *out = cln_safetensors_find(file, key);
    return *out ? CLN_OK
                : CLN_FAIL(FILE,
                           "%s: its metadata have no '%s', so there is no telling what net it is; "
                           "accepted: a model.safetensors that 'clnoise run' has written",
                           path, key);
}

/* The net was trained on what stood in for the data set it names: it is that one's from now on. */
static void set_dataset(struct cln_data_spec *data, const char *name) {
    if (cln_data_spec_is_own(data) || !strcmp(data->dataset, name))
        return;
    snprintf(data->dataset, sizeof data->dataset, "%s", name);
    *data->otherwise = '\0';
}

static enum cln_status load_config(struct cln_trained *trained, const struct cln_safetensors *file,
                                   const char *const *overrides, int count) {
    const char *config, *id, *dataset;
    CLN_TRY(need(file, trained->path, "config", &config));
    CLN_TRY(need(file, trained->path, "cell", &id));
    CLN_TRY(need(file, trained->path, "dataset", &dataset));
    CLN_TRY(
        cln_experiment_load_text(trained->path, config, overrides, count, &trained->experiment));
    if (trained->experiment->cell_count != 1)
        return CLN_FAIL(CONFIG, "a trained net is one cell; these keys make %d of it",
                        trained->experiment->cell_count);
    trained->cell = trained->experiment->cells;
    snprintf(trained->cell_id, sizeof trained->cell_id, "%s", id);
    if (!overrides_key(overrides, count, "data.dataset"))
        set_dataset(&trained->cell->data, dataset);
    return CLN_OK;
}

/* The names as the file has them, else numbers. */
static enum cln_status load_names(struct cln_trained *trained, const struct cln_safetensors *file) {
    const char *text = cln_safetensors_find(file, "class_names");
    const size_t classes = (size_t)trained->facts.classes, digits = 24;
    cJSON *array = NULL;
    if (text)
        CLN_TRY(cln_json_parse(text, strlen(text), &array, NULL));
    const bool named = cJSON_IsArray(array) && (size_t)cJSON_GetArraySize(array) == classes;
    size_t bytes = classes * digits + 1, at = 0;
    for (const cJSON *name = named ? array->child : NULL; name; name = name->next)
        bytes += strlen(cJSON_IsString(name) ? name->valuestring : "");
    char *chars = malloc(bytes);
    trained->class_names = calloc(classes + 1, sizeof *trained->class_names);
    trained->memory = chars;
    const cJSON *name = named ? array->child : NULL;
    for (size_t c = 0; chars && trained->class_names && c < classes; c++) {
        char *start = chars + at;
        trained->class_names[c] = start;
        if (cJSON_IsString(name))
            at += (size_t)snprintf(chars + at, bytes - at, "%s", name->valuestring) + 1;
        else
            at += (size_t)snprintf(chars + at, bytes - at, "%zu", c) + 1;
        cln_utf8_disarm(start, false);
        name = name ? name->next : NULL;
    }
    cJSON_Delete(array);
    return chars && trained->class_names ? CLN_OK
                                         : CLN_FAIL(MEMORY, "out of memory for names of classes");
}

/* "name, driver version". */
static char *device_text(const char *name, const char *driver) {
    struct cln_text text = {0};
    cln_text_add(&text, "%s, driver %s", name, driver);
    return text.chars;
}

/* Where the cell of this cell.json has files of the user's own. */
static enum cln_status take_place(struct cln_trained *trained, const char *path,
                                  const char *config) {
    struct cln_experiment *whole;
    if (!*config || !cln_data_spec_is_own(&trained->cell->data))
        return CLN_OK;
    const enum cln_status status = cln_experiment_load_text(path, config, NULL, 0, &whole);
    if (status != CLN_OK) /* if the files are not there, who needs them will say so */
        return status == CLN_MEMORY ? status : CLN_OK;
    memcpy(trained->cell->data.relative_to, whole->cells[0].data.relative_to,
           sizeof trained->cell->data.relative_to);
    cln_experiment_free(whole);
    return CLN_OK;
}

static enum cln_status take_record(struct cln_trained *trained, const char *path, const cJSON *root,
                                   const char *const *overrides, int count) {
    const cJSON *device = cJSON_GetObjectItemCaseSensitive(root, "device");
    const char *kernels = cln_cell_json_get_text(root, "kernels");
    if (strcmp(cln_cell_json_get_text(root, "id"), trained->cell_id) != 0)
        return CLN_OK;
    if (!overrides_key(overrides, count, "data.relative_to"))
        CLN_TRY(take_place(trained, path, cln_cell_json_get_text(root, "config")));
    /* Other kernels may be asked for; other fusions have other nodes. */
    if (!*kernels || getenv("CLNOISE_VARIANT") || getenv("CLNOISE_FUSION") ||
        overrides_key(overrides, count, "kernel_variant") ||
        overrides_key(overrides, count, "fusion"))
        return CLN_OK;
    trained->kernels = strdup(kernels);
    trained->device = device_text(cln_cell_json_get_text(device, "name"),
                                  cln_cell_json_get_text(device, "driver"));
    return trained->kernels && trained->device ? CLN_OK
                                               : CLN_FAIL(MEMORY, "out of memory for %s", path);
}

/* The cell.json beside the weights, if there is one. */
static enum cln_status load_record(struct cln_trained *trained, const char *const *overrides,
                                   int count) {
    const char *slash = strrchr(trained->path, '/');
    struct cln_text path = {0};
    cJSON *root = NULL;
    cln_text_add(&path, "%.*scell.json", slash ? (int)(slash - trained->path) + 1 : 0,
                 trained->path);
    enum cln_status status = cln_text_check(&path);
    if (status == CLN_OK && cln_file_exists(path.chars))
        status = cln_json_read(path.chars, &root);
    if (status == CLN_OK && root)
        status = take_record(trained, path.chars, root, overrides, count);
    cJSON_Delete(root);
    cln_text_free(&path);
    return status;
}

static enum cln_status load(struct cln_trained *trained, const char *const *overrides, int count) {
    struct cln_safetensors file;
    CLN_TRY(cln_safetensors_read(trained->path, &file));
    enum cln_status status = load_config(trained, &file, overrides, count);
    if (status == CLN_OK)
        status = cln_dataset_facts(&trained->cell->data, &trained->facts);
    if (status == CLN_OK)
        status = load_names(trained, &file);
    cln_safetensors_done(&file);
    CLN_TRY(status);
    return load_record(trained, overrides, count);
}

enum cln_status cln_trained_open(const char *where, const char *cell, const char *const *overrides,
                                 int override_count, struct cln_trained **out) {
    struct cln_trained *trained = calloc(1, sizeof *trained);
    if (!trained)
        return CLN_FAIL(MEMORY, "out of memory for %s", where);
    enum cln_status status = cln_trained_find(where, cell, &trained->path);
    if (status == CLN_OK)
        status = load(trained, overrides, override_count);
    if (status == CLN_OK)
        *out = trained;
    else
        cln_trained_free(trained);
    return status;
}

void cln_trained_free(struct cln_trained *trained) {
    if (!trained)
        return;
    cln_experiment_free(trained->experiment);
    free(trained->path);
    free(trained->class_names);
    free(trained->kernels);
    free(trained->device);
    free(trained->memory);
    free(trained);
}

bool cln_trained_knows_kernels(const struct cln_trained *trained, const struct cln_device *device) {
    char *here = trained->kernels ? device_text(device->name, device->driver) : NULL;
    const bool same = here && !strcmp(here, trained->device);
    free(here);
    return same;
}

static enum cln_status check_shape(const struct cln_trained *trained,
                                   const struct cln_dataset *dataset) {
    const struct cln_data_facts *net = &trained->facts;
    if (net->height == dataset->height && net->width == dataset->width &&
        net->channels == dataset->channels && net->classes == dataset->classes)
        return CLN_OK;
    return CLN_FAIL(CONFIG,
                    "%s takes images of %lldx%lldx%lld in %lld classes; those of %s are "
                    "%lux%lux%lu in %lu",
                    trained->path, (long long)net->height, (long long)net->width,
                    (long long)net->channels, (long long)net->classes, dataset->name,
                    (unsigned long)dataset->height, (unsigned long)dataset->width,
                    (unsigned long)dataset->channels, (unsigned long)dataset->classes);
}

enum cln_status cln_trained_put(const struct cln_trained *trained, struct cln_context *context,
                                const struct cln_dataset *dataset, struct cln_tuner *tuner,
                                struct cln_trainer **out) {
    struct cln_train_job job = cln_cell_train_job(trained->cell, dataset);
    struct cln_trainer *trainer;
    CLN_TRY(check_shape(trained, dataset));
    job.evaluate_only = true;
    if (cln_trained_knows_kernels(trained, cln_context_device(context)))
        job.variants = trained->kernels;
    else
        job.tuner = tuner;
    CLN_TRY(cln_trainer_create(context, &job, &trainer));
    enum cln_status status = cln_weights_read(trained->path, trainer);
    if (status == CLN_OK)
        *out = trainer;
    else
        cln_trainer_free(trainer);
    return status;
}

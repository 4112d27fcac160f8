#include "report/weights.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/safetensors.h"

enum cln_status cln_weights_write(const char *path, struct cln_trainer *trainer,
                                  const struct cln_safetensors_text *texts, size_t text_count) {
    const struct cln_model_graph *graph = cln_trainer_model(trainer);
    size_t count = (size_t)graph->variable_count, elems = 0;
    for (size_t i = 0; i < count; i++)
        elems += cln_tensor_elems(&graph->graph->tensors[graph->variables[i].tensor]);
    struct cln_safetensor *tensors = calloc(count + 1, sizeof *tensors);
    float *values = malloc((elems + 1) * sizeof *values), *at = values;
    enum cln_status status = CLN_OK;
    if (!tensors || !values) {
        status = CLN_FAIL(MEMORY, "out of memory for %zu weights", elems);
        goto fail;
    }
    for (size_t i = 0; i < count; i++) {
        const struct cln_tensor *tensor = &graph->graph->tensors[graph->variables[i].tensor];
        tensors[i] =
            (struct cln_safetensor){.name = tensor->name, .rank = tensor->rank, .values = at};
        for (int d = 0; d < tensor->rank; d++)
            tensors[i].shape[d] = (int64_t)tensor->dim[d];
        CLN_TRY_GOTO(cln_trainer_read_variable(trainer, (int)i, at));
        at += cln_tensor_elems(tensor);
    }
    status = cln_safetensors_write(path, tensors, count, texts, text_count);
fail:
    free(tensors);
    free(values);
    return status;
}

static const struct cln_tensor *variable_of(const struct cln_model_graph *model, int variable) {
    return &model->graph->tensors[model->variables[variable].tensor];
}

static const struct cln_safetensor *find(const struct cln_safetensors *file, const char *name) {
    for (size_t i = 0; i < file->count; i++)
        if (!strcmp(file->tensors[i].name, name))
            return &file->tensors[i];
    return NULL;
}

static void add_shape(struct cln_text *text, const struct cln_safetensor *tensor) {
    for (int d = 0; d < tensor->rank; d++)
        cln_text_add(text, "%s%lld", d ? ", " : "", (long long)tensor->shape[d]);
}

static bool fits(const struct cln_safetensor *stored, const struct cln_tensor *tensor) {
    bool same = stored->rank == tensor->rank;
    for (int d = 0; d < tensor->rank && same; d++)
        same = stored->shape[d] == (int64_t)tensor->dim[d];
    return same;
}

static enum cln_status fail_shape(const char *path, const struct cln_safetensor *stored,
                                  const struct cln_tensor *tensor) {
    struct cln_safetensor wanted = {.rank = tensor->rank};
    struct cln_text has = {0}, wants = {0};
    for (int d = 0; d < tensor->rank; d++)
        wanted.shape[d] = (int64_t)tensor->dim[d];
    add_shape(&has, stored);
    add_shape(&wants, &wanted);
    const enum cln_status status =
        has.failed || wants.failed
            ? CLN_FAIL(MEMORY, "out of memory for a message")
            : CLN_FAIL(FILE, "%s: %s is (%s); the model has (%s)", path, tensor->name,
                       has.chars ? has.chars : "", wants.chars ? wants.chars : "");
    cln_text_free(&has);
    cln_text_free(&wants);
    return status;
}

static enum cln_status check(const char *path, const struct cln_safetensors *file,
                             const struct cln_model_graph *model) {
    for (int v = 0; v < model->variable_count; v++) {
        const struct cln_tensor *tensor = variable_of(model, v);
        const struct cln_safetensor *stored = find(file, tensor->name);
        if (!stored)
            return CLN_FAIL(FILE, "%s: there is no %s, which the model has", path, tensor->name);
        if (!fits(stored, tensor))
            return fail_shape(path, stored, tensor);
    }
    if (file->count != (size_t)model->variable_count)
        return CLN_FAIL(FILE, "%s: %zu tensors; the model has %d, all of which are there", path,
                        file->count, model->variable_count);
    return CLN_OK;
}

enum cln_status cln_weights_read(const char *path, struct cln_trainer *trainer) {
    const struct cln_model_graph *model = cln_trainer_model(trainer);
    struct cln_safetensors file;
    CLN_TRY(cln_safetensors_read(path, &file));
    enum cln_status status = check(path, &file, model);
    for (int v = 0; v < model->variable_count && status == CLN_OK; v++)
        status = cln_trainer_write_variable(trainer, v,
                                            find(&file, variable_of(model, v)->name)->values);
    cln_safetensors_done(&file);
    return status;
}

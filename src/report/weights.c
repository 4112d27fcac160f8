#include "report/weights.h"

#include <stdlib.h>

#include "model/safetensors.h"

enum cln_status cln_weights_write(const char *path, struct cln_trainer *trainer, const char *model,
                                  const char *cell) {
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
    const struct cln_safetensors_text texts[] = {{"model", model}, {"cell", cell}};
    status = cln_safetensors_write(path, tensors, count, texts, 2);
fail:
    free(tensors);
    free(values);
    return status;
}

/* The variables of a trainer's model, from and to the host. */
#include "train/train_private.h"

static const struct cln_tensor *find(const struct cln_trainer *trainer, int variable,
                                     const char **slot) {
    const struct cln_model_graph *model = cln_trainer_model(trainer);
    const struct cln_tensor *tensor = &model->graph->tensors[model->variables[variable].tensor];
    *slot = model->graph->slots[tensor->slot].name;
    return tensor;
}

enum cln_status cln_trainer_read_variable(struct cln_trainer *trainer, int variable, float *out) {
    const char *slot;
    const struct cln_tensor *tensor = find(trainer, variable, &slot);
    return cln_store_read(trainer->store, slot, tensor->offset_elems * sizeof *out, out,
                          cln_tensor_elems(tensor) * sizeof *out);
}

enum cln_status cln_trainer_write_variable(struct cln_trainer *trainer, int variable,
                                           const float *from) {
    const char *slot;
    trainer->weights_written = true; /* what was kept of the state is no longer so */
    cln_state_done(&trainer->base);
    const struct cln_tensor *tensor = find(trainer, variable, &slot);
    return cln_store_write(trainer->store, slot, tensor->offset_elems * sizeof *from, from,
                           cln_tensor_elems(tensor) * sizeof *from);
}

#include "cli/trained_net.h"

#include "cli/open_device.h"
#include "cli/tuning.h"

enum cln_status cln_trained_net_open(const struct cln_options *options,
                                     const char *const *overrides, int override_count,
                                     struct cln_trained_net *net) {
    *net = (struct cln_trained_net){0};
    if (options->cell.count > 1)
        return CLN_FAIL(CONFIG, "--cell: %d cells; accepted: one", options->cell.count);
    return cln_trained_open(options->operands[0],
                            options->cell.count ? options->cell.items[0] : NULL, overrides,
                            override_count, &net->trained);
}

enum cln_status cln_trained_net_start(const struct cln_options *options,
                                      const struct cln_dataset *dataset,
                                      struct cln_trained_net *net) {
    const struct cln_device *device;
    CLN_TRY(cln_open_device(options, &net->devices, &device, &net->context));
    if (!cln_trained_knows_kernels(net->trained, device))
        CLN_TRY(cln_tuning_open(net->context, CLN_TUNE_BUDGET, false, NULL, &net->tuner));
    return cln_trained_put(net->trained, net->context, dataset, net->tuner, &net->trainer);
}

void cln_trained_net_done(struct cln_trained_net *net) {
    cln_trainer_free(net->trainer);
    cln_tuner_free(net->tuner);
    cln_context_free(net->context);
    cln_devices_free(net->devices);
    cln_trained_free(net->trained);
}

/* A trained net on the device that the options ask for, for commands that use one. */
#ifndef CLN_CLI_TRAINED_NET_H
#define CLN_CLI_TRAINED_NET_H

#include "cli/command.h"
#include "run/trained.h"
#include "runtime/device.h"

struct cln_trained_net {
    struct cln_trained *trained;
    struct cln_device_list *devices;
    struct cln_context *context;
    struct cln_tuner *tuner;
    struct cln_trainer *trainer;
};

/* Opens the first operand, with --cell. Call cln_trained_net_done() also after a failure. */
enum cln_status cln_trained_net_open(const struct cln_options *options,
                                     const char *const *overrides, int override_count,
                                     struct cln_trained_net *net);

/* Puts it on the device of --device, to work on this data set, which must outlive it. Blocks. */
enum cln_status cln_trained_net_start(const struct cln_options *options,
                                      const struct cln_dataset *dataset,
                                      struct cln_trained_net *net);
void cln_trained_net_done(struct cln_trained_net *net);

#endif

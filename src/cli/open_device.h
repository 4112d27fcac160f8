/* The device that --device asks for, opened for a command to compute on. */
#ifndef CLN_CLI_OPEN_DEVICE_H
#define CLN_CLI_OPEN_DEVICE_H

#include "cli/command.h"
#include "runtime/context.h"
#include "runtime/device.h"

/*
 * Kernel variants that a self-test found wrong there are not used. CLN_SELFTEST for a device that
 * was refused. The caller frees list and context, also after a failure: both are set as far as it
 * got, so they must be NULL before. `device` belongs to the list, and may be NULL.
 */
enum cln_status cln_open_device(const struct cln_options *options, struct cln_device_list **devices,
                                const struct cln_device **device, struct cln_context **context);

#endif

#include "cli/open_device.h"

#include "selftest/first_use.h"

enum cln_status cln_open_device(const struct cln_options *options, struct cln_device_list **devices,
                                const struct cln_device **device, struct cln_context **context) {
    const struct cln_device *picked;
    CLN_TRY(cln_devices_list(devices));
    CLN_TRY(cln_device_select(*devices, options->device, &picked, NULL));
    if (device)
        *device = picked;
    CLN_TRY(cln_context_create(picked, context));
    return cln_selftest_heed(*context);
}

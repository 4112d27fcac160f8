#include "runtime/device_part.h"

#include <string.h>

#include "runtime/opencl.h"

const char *cln_device_cores_variable(const struct cln_device *device) {
    bool pocl = !strcmp(device->platform, "Portable Computing Language");
    return pocl && device->type == CLN_DEVICE_CPU ? "POCL_MAX_PTHREAD_COUNT" : NULL;
}

enum cln_status cln_device_part(const struct cln_device *device, int units,
                                struct cln_device *out) {
    const cl_device_partition_property parts[] = {CL_DEVICE_PARTITION_BY_COUNTS, units,
                                                  CL_DEVICE_PARTITION_BY_COUNTS_LIST_END, 0};
    cl_device_id part;
    cl_int code = clCreateSubDevices(device->id, parts, 1, &part, NULL);
    if (code != CL_SUCCESS)
        return CLN_FAIL(
            DEVICE,
            "%s cannot be divided into %d of %d compute units: clCreateSubDevices failed with %s",
            device->name, units, device->compute_units, cln_cl_code_name(code));
    *out = *device;
    out->id = part;
    out->compute_units = units;
    return CLN_OK;
}

void cln_device_part_done(struct cln_device *part) {
    if (part->id)
        clReleaseDevice(part->id);
    part->id = NULL;
}

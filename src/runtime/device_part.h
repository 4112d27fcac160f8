/* A part of a device, to see what more cores are worth. */
#ifndef CLN_RUNTIME_DEVICE_PART_H
#define CLN_RUNTIME_DEVICE_PART_H

#include "base/error.h"
#include "runtime/device.h"

/* The name of the environment variable by which the device's driver takes fewer cores when it
 * starts; NULL where none is known. */
const char *cln_device_cores_variable(const struct cln_device *device);

/* The device with `units` of its compute units, by OpenCL's device fission. CLN_DEVICE where the
 * device cannot be divided so. Contexts of the part must go before it does. */
enum cln_status cln_device_part(const struct cln_device *device, int units, struct cln_device *out);
void cln_device_part_done(struct cln_device *part);

#endif

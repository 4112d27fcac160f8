/* What `clnoise selftest` prints. */
#ifndef CLN_CLI_SELFTEST_TABLE_H
#define CLN_CLI_SELFTEST_TABLE_H

#include "runtime/device.h"
#include "selftest/selftest.h"

/* To stdout: a line a check, what failed, and what this device will not use. */
void cln_selftest_table_print(const struct cln_device *device, const struct cln_selftest *selftest);
enum cln_status cln_selftest_json_print(const struct cln_device *device,
                                        const struct cln_selftest *selftest);

#endif

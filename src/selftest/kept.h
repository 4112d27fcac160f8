/*
 * What self-tests found, kept in the cache folder under selftest/, a file for each device, driver,
 * version of clnoise and set of kernels.
 *
 * CLNOISE_CACHE=off leaves the disk alone. A file that is damaged, not of this device, or that
 * somebody else can have written counts for nothing, and one that cannot be written is no error.
 */
#ifndef CLN_SELFTEST_KEPT_H
#define CLN_SELFTEST_KEPT_H

#include "runtime/device.h"
#include "selftest/selftest.h"

#define CLN_SELFTEST_WHEN_SIZE 24
#define CLN_SELFTEST_WHY_SIZE  512

struct cln_selftest_kept {
    bool brief;                        /* kernel variants were not tested */
    bool refused;                      /* nothing should be trained there, as of this one */
    int passed, failed;                /* items */
    char when[CLN_SELFTEST_WHEN_SIZE]; /* "2026-11-23T08:15:00Z" */
    char why[CLN_SELFTEST_WHY_SIZE];   /* of a refusal: "philox: philox cpu_vector, ..." */
    char *avoid;                       /* kernel variants: "conv2d=cpu_vector,..."; "": none */
};

/* The last self-test of the device; `*known` false: there is none, or it was of another driver or
 * other kernels. cln_selftest_kept_done() frees what is in `*out` in any case. CLN_MEMORY. */
enum cln_status cln_selftest_recall(const struct cln_device *device, struct cln_selftest_kept *out,
                                    bool *known);
void cln_selftest_kept_done(struct cln_selftest_kept *kept);

/* Keeps what a self-test of the device found. A brief one takes the place of a full one only if it
 * refuses the device. */
void cln_selftest_keep(const struct cln_device *device, const struct cln_selftest *selftest);

#endif

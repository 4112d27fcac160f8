/*
 * The self-test: is what this device computes right? Random numbers against known answers, noise
 * against its published hash, built-in functions against their limits, kernels against the host in
 * double precision, and a few steps of training against the host's.
 *
 * The brief form takes a second and few programs: what a run wants to know before it trusts a
 * device (selftest/first_use.h). A device that is wrong is no error here: it is a result.
 */
#ifndef CLN_SELFTEST_SELFTEST_H
#define CLN_SELFTEST_SELFTEST_H

#include <stdbool.h>

#include "base/hash.h"
#include "base/text.h"
#include "graph/graph.h"
#include "runtime/context.h"

#define CLN_SELFTEST_SUBJECT_SIZE 160

/* What follows from an item that did not pass. */
enum cln_selftest_then {
    CLN_SELFTEST_REFUSE, /* the device is not to be trained on */
    CLN_SELFTEST_AVOID,  /* the kernel variant is not to be used */
    CLN_SELFTEST_WARN,   /* it is not what OpenCL promises; other checks say whether it matters */
};

/* One comparison. */
struct cln_selftest_item {
    const char *check; /* the name of its check; static */
    char subject[CLN_SELFTEST_SUBJECT_SIZE];
    bool passed;
    double error, limit; /* in `measure`; an infinite error: it does not run at all */
    const char *measure; /* "ULP"; static */
    enum cln_selftest_then then;
    char op[CLN_NAME_SIZE], variant[CLN_NAME_SIZE]; /* to avoid; "": none */
};

struct cln_selftest {
    bool brief;
    bool partial; /* not all checks were asked for */
    struct cln_selftest_item *items;
    int count, capacity;
    char noise_hash[CLN_SHA256_HEX_SIZE]; /* of the Gaussian noise, as the device has it */
    double seconds;
};

/* A check there is: for tables. */
struct cln_check;
const char *cln_check_name(const struct cln_check *check);
const char *cln_check_help(const struct cln_check *check);
bool cln_check_is_brief(const struct cln_check *check);
extern const struct cln_check *const cln_checks[]; /* in their order; ends with NULL */

struct cln_selftest_observer {
    void *context;
    /* Before each check, and between its parts. A status other than CLN_OK ends the self-test with
     * it. */
    enum cln_status (*on_check)(void *context, const struct cln_check *check);
};

/* How much is tested. */
struct cln_selftest_form {
    bool brief;
    const char *const *only; /* names of checks; none: all */
    int only_count;
    bool backwards; /* in the other order, for a process that is only to compile */
};

/* CLN_CONFIG unless there are checks of those names. */
enum cln_status cln_selftest_form_check(const struct cln_selftest_form *form);

/* Blocks. What comes out is in `*out`, to be freed; a device that fails in OpenCL outside of what
 * is tested is an error. `observer` may be NULL. */
enum cln_status cln_selftest_run(struct cln_context *context, const struct cln_selftest_form *form,
                                 const struct cln_selftest_observer *observer,
                                 struct cln_selftest **out);
void cln_selftest_free(struct cln_selftest *selftest);

/* What one check found; the check may be NULL for all. `worst` is the item that came closest to
 * its limit, or went furthest beyond it; NULL if there is none. */
struct cln_selftest_count {
    int passed, failed;
    const struct cln_selftest_item *worst;
};
struct cln_selftest_count cln_selftest_count(const struct cln_selftest *selftest,
                                             const char *check);

/* The first item for which the device is to be refused; NULL: none. */
const struct cln_selftest_item *cln_selftest_refusal(const struct cln_selftest *selftest);

/* Appends "philox cpu_vector, 1x4 2: 0.12 of the values differ; accepted: none". */
void cln_selftest_item_text(const struct cln_selftest_item *item, struct cln_text *out);

/* Appends the kernel variants that are wrong here, "conv2d=cpu_vector,dense=gpu_local". */
void cln_selftest_avoid(const struct cln_selftest *selftest, struct cln_text *out);

#endif

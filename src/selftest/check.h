/*
 * Inside the self-test: what a check is. Adding one = a file check_<name>.c that defines
 * `const struct cln_check cln_check_<name>`, and a row in checks.c.
 */
#ifndef CLN_SELFTEST_CHECK_H
#define CLN_SELFTEST_CHECK_H

#include "graph/trial.h"
#include "selftest/selftest.h"

struct cln_check_run {
    struct cln_context *context;
    struct cln_selftest *out;
    const struct cln_check *check;
    bool backwards;                               /* what comes last is to be done first */
    const struct cln_selftest_observer *observer; /* NULL: nobody */
};

/* Of `count` things in order, which is the i-th to be done. */
int cln_check_turn(const struct cln_check_run *run, int i, int count);

struct cln_check {
    const char *name;
    const char *help; /* one line: what is held against what */
    bool brief;       /* part of the brief form */
    enum cln_status (*run)(struct cln_check_run *run);
};

/* Notes an item. The subject is printed; `item` says the rest, its check aside. */
enum cln_status cln_check_add(struct cln_check_run *run, struct cln_selftest_item item,
                              const char *subject, ...) CLN_PRINTF(3, 4);

/* To be called between parts that take long: forwards what the observer says. */
enum cln_status cln_check_pause(const struct cln_check_run *run);

/* A node by itself, its inputs intermediates: what a trial takes. Free the graph. */
struct cln_check_input {
    enum cln_dtype dtype;
    int rank;
    size_t dim[CLN_MAX_RANK];
};
enum cln_status cln_check_node(const struct cln_op *op, const void *attrs,
                               const struct cln_check_input *inputs, int count,
                               struct cln_graph **out);

/* Sets up a trial of the node with every variant that fits it on this device, or with the reference
 * alone, which is the witness. */
void cln_check_trial(const struct cln_check_run *run, const struct cln_node *node,
                     bool reference_only, struct cln_tune_trial *out);

/* Runs it; once more if a candidate does not build or run, for a driver that fails once, short of
 * memory maybe, is no reason to do without a kernel for good. */
enum cln_status cln_check_run_trial(struct cln_tune_trial *trial);

/* Notes what a trial found of each candidate: its error, and that a second run gave the same bits
 * if there was one. A reference that is wrong refuses the device, any other variant is avoided. */
enum cln_status cln_check_add_trial(struct cln_check_run *run, const struct cln_tune_trial *trial);

#endif

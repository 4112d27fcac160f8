/*
 * Status codes and the error record.
 *
 * Every call that can fail returns an enum cln_status; CLN_OK is zero. The reason for the last
 * failure on this thread is kept in a record that cln_error_last() borrows out. The library never
 * prints, exits or aborts.
 */
#ifndef CLNOISE_ERROR_H
#define CLNOISE_ERROR_H

/* name, exit code of the command-line program, text */
#define CLN_STATUS_LIST(X)                                                                         \
    X(OK, 0, "no error")                                                                           \
    X(CELL, 1, "a cell of the experiment failed")                                                  \
    X(MEMORY, 1, "out of host memory")                                                             \
    X(INTERNAL, 1, "internal error")                                                               \
    X(CONFIG, 2, "usage or configuration")                                                         \
    X(DEVICE, 3, "no usable device")                                                               \
    X(OPENCL, 4, "OpenCL call or kernel build")                                                    \
    X(DATA, 5, "data set")                                                                         \
    X(FILE, 6, "file system")                                                                      \
    X(SELFTEST, 7, "the device computes wrong results")                                            \
    X(DIVERGED, 8, "a training lost its numbers, which was to end the run")                        \
    X(INTERRUPTED, 130, "interrupted")

enum cln_status {
#define CLN_STATUS_ENUM(name, exit_code, text) CLN_##name,
    CLN_STATUS_LIST(CLN_STATUS_ENUM)
#undef CLN_STATUS_ENUM
};

struct cln_error {
    enum cln_status status;
    char message[1024]; /* one line of UTF-8, without control characters */
    const char *file;   /* where in our sources it was raised */
    int line;
    const char *detail; /* several such lines, as a build log; NULL if there is none */
};

/* The last error on this thread; borrowed, valid until the next failing call on it. */
const struct cln_error *cln_error_last(void);

/* "CLN_DATA" and the like; never NULL. */
const char *cln_status_name(enum cln_status status);

/* The exit code the command-line program uses for a status. */
int cln_status_exit_code(enum cln_status status);

#endif

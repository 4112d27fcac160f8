/*
 * Programs: files of cl/ built for a device with options. What was built once is kept by the
 * context; binaries are kept on disk as well, in the user's cache folder under programs/, named by
 * all that they depend on. CLNOISE_CACHE=off leaves the disk alone. An entry that does not fit is
 * built anew, and a folder that cannot be written is no error.
 *
 * Binaries go to the disk only when asked for: some drivers compile once more to hand one out, as
 * long as for the build itself, which should not stand between a user and the first step.
 */
#ifndef CLN_RUNTIME_PROGRAM_H
#define CLN_RUNTIME_PROGRAM_H

#include "runtime/context.h"

struct cln_program_request {
    const char *file;    /* "conv.cl" */
    const char *options; /* "-DWIDTH=16 ..."; NULL: none */
};

/*
 * Makes the programs that the context does not have yet, with several threads (one where the device
 * is a simulator). Blocks. CLN_OPENCL if one does not build, with the compiler's log in the error's
 * detail; those that did are kept. `on_progress` (NULL: nobody) counts the programs that were not
 * there yet.
 */
enum cln_status cln_programs_build(struct cln_context *context,
                                   const struct cln_program_request *requests, int count,
                                   cln_work_progress on_progress, void *user);

/*
 * Writes the binaries of programs that were built from source to the disk, so that the next start
 * finds them. Blocks, on some drivers for as long as the builds took. A binary that cannot be had
 * or written is no error. `on_progress` may be NULL.
 */
enum cln_status cln_programs_keep(struct cln_context *context, cln_work_progress on_progress,
                                  void *user);

/* How many programs were built from source by this context, and how many came from the disk. */
struct cln_programs_count {
    int built, loaded;
};
struct cln_programs_count cln_programs_count(const struct cln_context *context);

#endif

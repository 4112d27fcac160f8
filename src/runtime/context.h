/*
 * A context: one device opened for work, with its queues and the programs built for it.
 * Not thread-safe; one thread drives a context.
 */
#ifndef CLN_RUNTIME_CONTEXT_H
#define CLN_RUNTIME_CONTEXT_H

#include "base/error.h"
#include "runtime/caps.h"

struct cln_device;
struct cln_context;

/* Called on the caller's thread in the course of long work, first with 0: `done` of `count` parts
 * are done. A status other than CLN_OK ends the work with it, once what is under way has ended. */
typedef enum cln_status (*cln_work_progress)(void *user, int done, int count);

/* Opens the device. The caller frees the context; the device list may go before it. */
enum cln_status cln_context_create(const struct cln_device *device, struct cln_context **out);
void cln_context_free(struct cln_context *context);

const struct cln_caps *cln_context_caps(const struct cln_context *context);
const struct cln_device *cln_context_device(const struct cln_context *context);

/* Kernel variants that are not to be used, for its capabilities: "conv2d=cpu_vector,..." (copied),
 * in place of those before. CLN_MEMORY. */
enum cln_status cln_context_avoid(struct cln_context *context, const char *variants);

/* Blocks until everything enqueued has run; reports an error that a command ended with. */
enum cln_status cln_context_finish(struct cln_context *context);

#endif

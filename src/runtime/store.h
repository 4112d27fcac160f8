/*
 * A store: device buffers by name, shared by every plan that works on the same model and data
 * ("params", "grads", "control", "metrics", "data.images", ...). New buffers are zeroed. The
 * buffers live as long as the store. Reads and writes block and see every command enqueued before.
 */
#ifndef CLN_RUNTIME_STORE_H
#define CLN_RUNTIME_STORE_H

#include <stddef.h>

#include "runtime/context.h"

struct cln_store;
struct cln_buffer; /* a cl_mem, seen by the runtime only */

enum cln_status cln_store_create(struct cln_context *context, struct cln_store **out);
void cln_store_free(struct cln_store *store);

/* The buffer with that name, made when new; CLN_INTERNAL if it exists and is smaller. */
enum cln_status cln_store_require(struct cln_store *store, const char *name, size_t bytes,
                                  struct cln_buffer **out);

/*
 * A new buffer of that name with these bytes, for kernels that only read. Where the device is the
 * CPU it is the caller's memory itself, which then saves a copy, else the bytes are written. They
 * must stay there, and stay the same, as long as the store does.
 */
enum cln_status cln_store_lend(struct cln_store *store, const char *name, const void *bytes,
                               size_t length);

enum cln_status cln_store_write(struct cln_store *store, const char *name, size_t offset_bytes,
                                const void *from, size_t bytes);
enum cln_status cln_store_read(struct cln_store *store, const char *name, size_t offset_bytes,
                               void *to, size_t bytes);
enum cln_status cln_store_zero(struct cln_store *store, const char *name);
enum cln_status cln_store_zero_all(struct cln_store *store); /* but for what was lent */

/* Bytes of all buffers together. */
size_t cln_store_bytes(const struct cln_store *store);

#endif

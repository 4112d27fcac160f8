/* Memory for buffers of a CPU device in pages of megabytes, where the system gives them. */
#ifndef CLN_RUNTIME_LARGE_PAGES_H
#define CLN_RUNTIME_LARGE_PAGES_H

#include <stddef.h>

struct cln_large_pages;

/*
 * Zeroed memory in large pages, as far as the system has any to spare. A kernel that walks through
 * a few megabytes of small pages, say by columns of a matrix, waits for their addresses more than
 * for their bytes, and longest within a virtual machine. NULL, which is no error, where the bytes
 * are fewer than a large page or the system has no such call.
 */
struct cln_large_pages *cln_large_pages_take(size_t bytes);

void *cln_large_pages_bytes(const struct cln_large_pages *pages);
void cln_large_pages_free(struct cln_large_pages *pages);

#endif

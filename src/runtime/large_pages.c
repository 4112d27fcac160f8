#define _DEFAULT_SOURCE 1 /* madvise() is not POSIX's */
#include "runtime/large_pages.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define PAGE_BYTES ((size_t)2 << 20) /* of x86-64, and of arm64 with pages of 4 KiB */

struct cln_large_pages {
    void *mapped, *bytes;
    size_t length;
};

#if defined(MADV_HUGEPAGE) && defined(MAP_ANONYMOUS)

struct cln_large_pages *cln_large_pages_take(size_t bytes) {
    if (bytes < PAGE_BYTES || bytes > SIZE_MAX - PAGE_BYTES)
        return NULL;
    struct cln_large_pages *pages = calloc(1, sizeof *pages);
    if (!pages)
        return NULL;
    pages->length = bytes + PAGE_BYTES; /* what is not touched takes no memory */
    pages->mapped =
        mmap(NULL, pages->length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages->mapped == MAP_FAILED) {
        free(pages);
        return NULL;
    }
    const size_t over = (uintptr_t)pages->mapped % PAGE_BYTES;
    pages->bytes = (char *)pages->mapped + (over ? PAGE_BYTES - over : 0);
    (void)madvise(pages->bytes, bytes, MADV_HUGEPAGE); /* a wish: small pages do as well */
    return pages;
}

#else

struct cln_large_pages *cln_large_pages_take(size_t bytes) {
    (void)bytes;
    return NULL;
}

#endif

void *cln_large_pages_bytes(const struct cln_large_pages *pages) {
    return pages->bytes;
}

void cln_large_pages_free(struct cln_large_pages *pages) {
    if (!pages)
        return;
    munmap(pages->mapped, pages->length);
    free(pages);
}

#include "runtime/store.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/large_pages.h"
#include "runtime/opencl.h"

/* Filled four bytes at a time, so a buffer is a whole number of them. */
#define FILL_BYTES sizeof(cl_uint)

struct entry {
    char *name;
    struct cln_buffer *buffer; /* on its own: plans keep its address */
    bool lent;
};

struct cln_store {
    struct cln_context *context;
    struct entry *entries;
    size_t count;
};

enum cln_status cln_store_create(struct cln_context *context, struct cln_store **out) {
    struct cln_store *store = calloc(1, sizeof *store);
    if (!store)
        return CLN_FAIL(MEMORY, "out of memory for a store");
    store->context = context;
    *out = store;
    return CLN_OK;
}

static void free_entry(struct entry *entry) {
    if (entry->buffer && entry->buffer->mem)
        clReleaseMemObject(entry->buffer->mem);
    free(entry->buffer);
    free(entry->name);
}

void cln_store_free(struct cln_store *store) {
    bool lent = false;
    if (!store)
        return;
    for (size_t i = 0; i < store->count; i++)
        lent |= store->entries[i].lent;
    if (lent) /* after a failure commands may still read what its owner is about to free */
        cln_context_settle(store->context);
    for (size_t i = 0; i < store->count; i++)
        free_entry(&store->entries[i]);
    free(store->entries);
    free(store);
}

static struct cln_buffer *find(const struct cln_store *store, const char *name) {
    for (size_t i = 0; i < store->count; i++)
        if (!strcmp(store->entries[i].name, name))
            return store->entries[i].buffer;
    return NULL;
}

static size_t round_up(size_t bytes) {
    return (bytes + FILL_BYTES - 1) / FILL_BYTES * FILL_BYTES;
}

static enum cln_status write_zeros(struct cln_context *context, const struct cln_buffer *buffer) {
    void *zeros = calloc(1, round_up(buffer->bytes));
    if (!zeros)
        return CLN_FAIL(MEMORY, "out of memory for %zu zeros", buffer->bytes);
    cl_int code = clEnqueueWriteBuffer(context->in_order_queue, buffer->mem, CL_TRUE, 0,
                                       round_up(buffer->bytes), zeros, 0, NULL, NULL);
    free(zeros);
    return cln_cl_check(code, "clEnqueueWriteBuffer", __FILE__, __LINE__);
}

static enum cln_status fill_zero(struct cln_context *context, const struct cln_buffer *buffer) {
    const cl_uint zero = 0;
    CLN_TRY(cln_context_finish(context));
    if (context->device->simulator) /* Oclgrind takes what was filled for memory nobody wrote */
        return write_zeros(context, buffer);
    CLN_CL(clEnqueueFillBuffer(context->in_order_queue, buffer->mem, &zero, sizeof zero, 0,
                               round_up(buffer->bytes), 0, NULL, NULL));
    CLN_CL(clFinish(context->in_order_queue));
    return CLN_OK;
}

static void CL_CALLBACK free_pages(cl_mem mem, void *pages) {
    (void)mem;
    cln_large_pages_free(pages);
}

/* A buffer in large pages; `*out` stays NULL where there is none to be had. */
static void allocate_large(struct cln_context *context, size_t bytes, cl_mem *out) {
    struct cln_large_pages *pages = context->caps.is_cpu ? cln_large_pages_take(bytes) : NULL;
    cl_int code;
    if (!pages)
        return;
    cl_mem mem = clCreateBuffer(context->context, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, bytes,
                                cln_large_pages_bytes(pages), &code);
    if (code == CL_SUCCESS)
        code = clSetMemObjectDestructorCallback(mem, free_pages, pages);
    else
        mem = NULL;
    if (code == CL_SUCCESS) {
        *out = mem;
        return;
    }
    if (mem)
        clReleaseMemObject(mem);
    cln_large_pages_free(pages);
}

static enum cln_status allocate(struct cln_context *context, const char *name, size_t bytes,
                                struct cln_buffer *buffer) {
    uint64_t limit = context->device->max_allocation_bytes;
    if (bytes == 0)
        return CLN_FAIL(INTERNAL, "buffer '%s' of no bytes", name);
    if (bytes > limit - FILL_BYTES)
        return CLN_FAIL(OPENCL,
                        "buffer '%s' needs %zu MiB, but %s gives at most %llu MiB at a time; a "
                        "smaller batch needs less",
                        name, bytes >> 20, context->device->name, (unsigned long long)limit >> 20);
    cl_int code = CL_SUCCESS;
    allocate_large(context, round_up(bytes), &buffer->mem);
    if (!buffer->mem)
        buffer->mem =
            clCreateBuffer(context->context, CL_MEM_READ_WRITE, round_up(bytes), NULL, &code);
    if (code != CL_SUCCESS)
        return CLN_FAIL(OPENCL, "buffer '%s' of %zu bytes: clCreateBuffer failed with %s (%d)",
                        name, bytes, cln_cl_code_name(code), (int)code);
    buffer->bytes = bytes;
    return fill_zero(context, buffer);
}

static enum cln_status lend(struct cln_context *context, const char *name, const void *bytes,
                            size_t length, struct cln_buffer *buffer) {
    cl_int code;
    /* Kernels do not write there, whatever the type says. */
    buffer->mem = clCreateBuffer(context->context, CL_MEM_READ_ONLY | CL_MEM_USE_HOST_PTR, length,
                                 (void *)bytes, &code);
    if (code != CL_SUCCESS)
        return CLN_FAIL(OPENCL, "buffer '%s' of %zu bytes: clCreateBuffer failed with %s (%d)",
                        name, length, cln_cl_code_name(code), (int)code);
    buffer->bytes = length;
    return CLN_OK;
}

/* `lent`: the caller's memory; NULL: new, zeroed. */
static enum cln_status add(struct cln_store *store, const char *name, size_t bytes,
                           const void *lent, struct cln_buffer **out) {
    struct entry *entries = realloc(store->entries, (store->count + 1) * sizeof *entries);
    if (!entries)
        return CLN_FAIL(MEMORY, "out of memory for buffer '%s'", name);
    store->entries = entries;
    struct entry entry = {.name = strdup(name), .buffer = calloc(1, sizeof *entry.buffer)};
    enum cln_status status = CLN_OK;
    if (!entry.name || !entry.buffer)
        status = CLN_FAIL(MEMORY, "out of memory for buffer '%s'", name);
    if (status == CLN_OK)
        status = lent ? lend(store->context, name, lent, bytes, entry.buffer)
                      : allocate(store->context, name, bytes, entry.buffer);
    if (status != CLN_OK) {
        free_entry(&entry);
        return status;
    }
    entries[store->count++] = entry;
    *out = entry.buffer;
    return CLN_OK;
}

enum cln_status cln_store_require(struct cln_store *store, const char *name, size_t bytes,
                                  struct cln_buffer **out) {
    struct cln_buffer *buffer = find(store, name);
    if (!buffer)
        return add(store, name, bytes, NULL, out);
    if (buffer->bytes < bytes)
        return CLN_FAIL(INTERNAL, "buffer '%s' has %zu bytes, %zu are needed", name, buffer->bytes,
                        bytes);
    *out = buffer;
    return CLN_OK;
}

enum cln_status cln_store_lend(struct cln_store *store, const char *name, const void *bytes,
                               size_t length) {
    struct cln_buffer *buffer;
    if (!length || find(store, name))
        return CLN_FAIL(INTERNAL, "buffer '%s' %s", name, length ? "exists" : "of no bytes");
    const struct cln_device *device = store->context->device;
    /* Nor does Oclgrind know that the caller has written what it lends. */
    if (!store->context->caps.is_cpu || device->simulator ||
        length > device->max_allocation_bytes) {
        CLN_TRY(cln_store_require(store, name, length, &buffer));
        CLN_TRY(cln_store_write(store, name, 0, bytes, length));
    } else {
        CLN_TRY(add(store, name, length, bytes, &buffer));
    }
    store->entries[store->count - 1].lent = true;
    return CLN_OK;
}

/* The buffer that a transfer is about, checked, with all work on it done. */
static enum cln_status prepare(struct cln_store *store, const char *name, size_t offset_bytes,
                               size_t bytes, struct cln_buffer **out) {
    *out = find(store, name);
    if (!*out)
        return CLN_FAIL(INTERNAL, "the store has no buffer '%s'", name);
    if (offset_bytes > (*out)->bytes || bytes > (*out)->bytes - offset_bytes)
        return CLN_FAIL(INTERNAL, "buffer '%s' has %zu bytes, not %zu from %zu on", name,
                        (*out)->bytes, bytes, offset_bytes);
    return cln_context_finish(store->context);
}

enum cln_status cln_store_write(struct cln_store *store, const char *name, size_t offset_bytes,
                                const void *from, size_t bytes) {
    struct cln_buffer *buffer;
    CLN_TRY(prepare(store, name, offset_bytes, bytes, &buffer));
    if (bytes)
        CLN_CL(clEnqueueWriteBuffer(store->context->in_order_queue, buffer->mem, CL_TRUE,
                                    offset_bytes, bytes, from, 0, NULL, NULL));
    return CLN_OK;
}

enum cln_status cln_store_read(struct cln_store *store, const char *name, size_t offset_bytes,
                               void *to, size_t bytes) {
    struct cln_buffer *buffer;
    CLN_TRY(prepare(store, name, offset_bytes, bytes, &buffer));
    if (bytes)
        CLN_CL(clEnqueueReadBuffer(store->context->in_order_queue, buffer->mem, CL_TRUE,
                                   offset_bytes, bytes, to, 0, NULL, NULL));
    return CLN_OK;
}

enum cln_status cln_store_zero(struct cln_store *store, const char *name) {
    struct cln_buffer *buffer;
    CLN_TRY(prepare(store, name, 0, 0, &buffer));
    return fill_zero(store->context, buffer);
}

enum cln_status cln_store_zero_all(struct cln_store *store) {
    for (size_t i = 0; i < store->count; i++)
        if (!store->entries[i].lent)
            CLN_TRY(fill_zero(store->context, store->entries[i].buffer));
    return CLN_OK;
}

size_t cln_store_bytes(const struct cln_store *store) {
    size_t bytes = 0;
    for (size_t i = 0; i < store->count; i++)
        bytes += store->entries[i].buffer->bytes;
    return bytes;
}

/* cl_khr_command_buffer between program and driver. */
#include <string.h>

#include "fault.h"

typedef struct fault_command_buffer *command_buffer;

static struct {
    command_buffer(CL_API_CALL *create)(cl_uint count, const cl_command_queue *queues,
                                        const cl_ulong *properties, cl_int *code);
    cl_int(CL_API_CALL *finalize)(command_buffer buffer);
    cl_int(CL_API_CALL *release)(command_buffer buffer);
    cl_int(CL_API_CALL *enqueue)(cl_uint queue_count, cl_command_queue *queues,
                                 command_buffer buffer, cl_uint count, const cl_event *waits,
                                 cl_event *event);
    cl_int(CL_API_CALL *kernel)(command_buffer buffer, cl_command_queue queue,
                                const cl_ulong *properties, cl_kernel kernel, cl_uint dimensions,
                                const size_t *offset, const size_t *global, const size_t *local,
                                cl_uint count, const cl_uint *waits, cl_uint *point, void *handle);
} extension;

static command_buffer CL_API_CALL create_command_buffer(cl_uint count,
                                                        const cl_command_queue *queues,
                                                        const cl_ulong *properties, cl_int *code) {
    cl_int own = CL_SUCCESS;
    code = code ? code : &own;
    return fails(ID_clCreateCommandBufferKHR, false)
               ? refuse(code)
               : created(COMMAND_BUFFER, extension.create(count, queues, properties, code), code);
}

static cl_int CL_API_CALL finalize_command_buffer(command_buffer buffer) {
    return fails(ID_clFinalizeCommandBufferKHR, false) ? rule.code : extension.finalize(buffer);
}

static cl_int CL_API_CALL release_command_buffer(command_buffer buffer) {
    bool failed = fails(ID_clReleaseCommandBufferKHR, false);
    cl_int code = extension.release(buffer);
    gone(COMMAND_BUFFER);
    return failed ? rule.code : code;
}

static cl_int CL_API_CALL enqueue_command_buffer(cl_uint queue_count, cl_command_queue *queues,
                                                 command_buffer buffer, cl_uint count,
                                                 const cl_event *waits, cl_event *event) {
    bool failed = fails(ID_clEnqueueCommandBufferKHR, event != NULL);
    if (failed && !is_kind("event"))
        return rule.code;
    return enqueued(extension.enqueue(queue_count, queues, buffer, count, waits, event), failed,
                    count, waits, event);
}

static cl_int CL_API_CALL command_kernel(command_buffer buffer, cl_command_queue queue,
                                         const cl_ulong *properties, cl_kernel kernel,
                                         cl_uint dimensions, const size_t *offset,
                                         const size_t *global, const size_t *local, cl_uint count,
                                         const cl_uint *waits, cl_uint *point, void *handle) {
    return fails(ID_clCommandNDRangeKernelKHR, false)
               ? rule.code
               : extension.kernel(buffer, queue, properties, kernel, dimensions, offset, global,
                                  local, count, waits, point, handle);
}

/* The driver's function goes to `*real`, ours is handed out. C has no cast between the two kinds of
 * pointers. */
void *swap_extension(const char *name, void *address) {
    void *mine = address;
#define SWAP(wanted, member, function)                                                             \
    if (address && !strcmp(name, wanted)) {                                                        \
        memcpy(&extension.member, &address, sizeof address);                                       \
        __typeof__(&function) own = function;                                                      \
        memcpy(&mine, &own, sizeof mine);                                                          \
    }
    SWAP("clCreateCommandBufferKHR", create, create_command_buffer)
    SWAP("clFinalizeCommandBufferKHR", finalize, finalize_command_buffer)
    SWAP("clReleaseCommandBufferKHR", release, release_command_buffer)
    SWAP("clEnqueueCommandBufferKHR", enqueue, enqueue_command_buffer)
    SWAP("clCommandNDRangeKernelKHR", kernel, command_kernel)
#undef SWAP
    return mine;
}

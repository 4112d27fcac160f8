#include <stdlib.h>
#include <string.h>

#include "runtime/opencl.h"

static enum cln_status make_queue(struct cln_context *context,
                                  cl_command_queue_properties properties, cl_command_queue *out) {
    cl_int code;
    *out = clCreateCommandQueue(context->context, context->device->id, properties, &code);
    return cln_cl_check(code, "clCreateCommandQueue", __FILE__, __LINE__);
}

/* A driver that names the extension but has no such functions is taken as one without it. */
static void load_command_buffer(struct cln_context *context) {
    struct cln_command_buffer_calls *calls = &context->command_buffer;
    const struct {
        const char *name;
        void *to;
    } rows[] = {
        {"clCreateCommandBufferKHR", &calls->create},
        {"clFinalizeCommandBufferKHR", &calls->finalize},
        {"clReleaseCommandBufferKHR", &calls->release},
        {"clEnqueueCommandBufferKHR", &calls->enqueue},
        {"clCommandNDRangeKernelKHR", &calls->kernel},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        void *address =
            clGetExtensionFunctionAddressForPlatform(context->device->platform_id, rows[i].name);
        if (!address) {
            *calls = (struct cln_command_buffer_calls){0};
            return;
        }
        /* Copied, since C has no cast from a data pointer to a function pointer. */
        memcpy(rows[i].to, &address, sizeof address);
    }
}

static enum cln_status open_device(struct cln_context *context) {
    const struct cln_device *device = context->device;
    if (*device->unusable)
        return CLN_FAIL(DEVICE, "device %d: %s cannot be used: %s", device->index, device->name,
                        device->unusable);
    CLN_TRY(cln_device_caps(device, &context->caps));
    const cl_context_properties properties[] = {CL_CONTEXT_PLATFORM,
                                                (cl_context_properties)device->platform_id, 0};
    cl_device_id id = device->id;
    cl_int code;
    context->context = clCreateContext(properties, 1, &id, NULL, NULL, &code);
    CLN_TRY(cln_cl_check(code, "clCreateContext", __FILE__, __LINE__));
    CLN_TRY(make_queue(context, 0, &context->in_order_queue));
    CLN_TRY(make_queue(context, CL_QUEUE_PROFILING_ENABLE, &context->profiling_queue));
    if (device->out_of_order)
        CLN_TRY(make_queue(context, CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE,
                           &context->out_of_order_queue));
    if (device->command_buffer)
        load_command_buffer(context);
    return CLN_OK;
}

enum cln_status cln_context_create(const struct cln_device *device, struct cln_context **out) {
    struct cln_context *context = calloc(1, sizeof *context);
    if (!context)
        return CLN_FAIL(MEMORY, "out of memory for a context");
    context->device_copy = *device;
    context->device = &context->device_copy;
    enum cln_status status = open_device(context);
    if (status != CLN_OK) {
        cln_context_free(context);
        return status;
    }
    *out = context;
    return CLN_OK;
}

void cln_context_free(struct cln_context *context) {
    if (!context)
        return;
    cln_programs_free(context);
    cl_command_queue queues[] = {context->in_order_queue, context->out_of_order_queue,
                                 context->profiling_queue};
    for (size_t i = 0; i < sizeof queues / sizeof *queues; i++)
        if (queues[i])
            clReleaseCommandQueue(queues[i]);
    if (context->context)
        clReleaseContext(context->context);
    free(context->avoid);
    free(context);
}

enum cln_status cln_context_avoid(struct cln_context *context, const char *variants) {
    char *copy = strdup(variants);
    if (!copy)
        return CLN_FAIL(MEMORY, "out of memory for the variants to avoid");
    free(context->avoid);
    context->avoid = copy;
    context->caps.avoid = copy;
    return CLN_OK;
}

const struct cln_caps *cln_context_caps(const struct cln_context *context) {
    return &context->caps;
}

const struct cln_device *cln_context_device(const struct cln_context *context) {
    return context->device;
}

enum cln_status cln_context_finish(struct cln_context *context) {
    CLN_CL(clFinish(context->in_order_queue));
    CLN_CL(clFinish(context->profiling_queue));
    if (context->out_of_order_queue)
        CLN_CL(clFinish(context->out_of_order_queue));
    /* A queue may be finished well though a command of it was not. */
    return cln_recordings_check(context);
}

void cln_context_settle(struct cln_context *context) {
    cl_command_queue queues[] = {context->in_order_queue, context->profiling_queue,
                                 context->out_of_order_queue};
    for (size_t i = 0; i < sizeof queues / sizeof *queues; i++)
        if (queues[i])
            (void)clFinish(queues[i]);
}

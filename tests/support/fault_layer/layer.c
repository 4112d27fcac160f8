/*
 * An OpenCL layer that makes calls fail, for tests of what then becomes of the program. The loader
 * puts it between program and driver: OPENCL_LAYERS=<this module>. Variables of the environment say
 * what it does; without any it only counts.
 *
 *   FAULT_CALL=N        the Nth call of the process fails, counted from 1
 *   FAULT_NAME=CALL     only calls of that function are counted
 *   FAULT_KIND=code     the call returns an error and does nothing (the default)
 *             =event    the command runs, but its event ends in an error; calls without one do not
 * count =hang     the call never returns FAULT_CODE=-5       the error (default:
 * CL_OUT_OF_RESOURCES) FAULT_ALWAYS=1      every later call that counts fails too
 *   FAULT_PROCESS=WORD  only in processes whose first argument is that word
 *   FAULT_ONCE=FILE     only in the process that can make that file
 *   FAULT_LOG=FILE      gets a line for what happened in each process: "PID WORD calls N", "PID
 * WORD fault N CALL", and for objects that were not released "PID WORD leak N KIND" FAULT_LIST=1
 * and a line "PID WORD call N CALL" for each call
 *
 * A release that fails releases all the same, so that what is left over is the program's doing.
 */
#include <CL/cl_layer.h>
#include <string.h>

#include "fault.h"

/* All else is hidden: names as short as ours may be the program's as well. */
#define EXPORT __attribute__((visibility("default")))

static const cl_icd_dispatch *driver;
static cl_icd_dispatch layer;

/* Calls that make nothing: PARAMETERS and ARGUMENTS are in parentheses. */
#define PLAIN(name, PARAMETERS, ARGUMENTS)                                                         \
    static cl_int CL_API_CALL my_##name PARAMETERS {                                               \
        return fails(ID_##name, false) ? rule.code : driver->name ARGUMENTS;                       \
    }

#define RELEASE(name, type, object)                                                                \
    static cl_int CL_API_CALL my_##name(type it) {                                                 \
        bool failed = fails(ID_##name, false);                                                     \
        cl_int code = driver->name(it);                                                            \
        gone(object);                                                                              \
        return failed ? rule.code : code;                                                          \
    }

#define CREATE(type, name, object, PARAMETERS, ARGUMENTS)                                          \
    static type CL_API_CALL my_##name PARAMETERS {                                                 \
        cl_int own = CL_SUCCESS;                                                                   \
        code = code ? code : &own;                                                                 \
        return fails(ID_##name, false) ? refuse(code)                                              \
                                       : created(object, driver->name ARGUMENTS, code);            \
    }

#define ENQUEUE(name, PARAMETERS, ARGUMENTS)                                                       \
    static cl_int CL_API_CALL my_##name PARAMETERS {                                               \
        bool failed = fails(ID_##name, event != NULL);                                             \
        if (failed && !is_kind("event"))                                                           \
            return rule.code;                                                                      \
        return enqueued(driver->name ARGUMENTS, failed, count, waits, event);                      \
    }

PLAIN(clGetPlatformIDs, (cl_uint room, cl_platform_id *to, cl_uint *count), (room, to, count))
PLAIN(clGetPlatformInfo,
      (cl_platform_id id, cl_platform_info what, size_t size, void *to, size_t *needs),
      (id, what, size, to, needs))
PLAIN(clGetDeviceIDs,
      (cl_platform_id id, cl_device_type type, cl_uint room, cl_device_id *to, cl_uint *count),
      (id, type, room, to, count))
PLAIN(clGetDeviceInfo, (cl_device_id id, cl_device_info what, size_t size, void *to, size_t *needs),
      (id, what, size, to, needs))
PLAIN(clBuildProgram,
      (cl_program program, cl_uint count, const cl_device_id *ids, const char *options,
       void(CL_CALLBACK *notify)(cl_program, void *), void *user),
      (program, count, ids, options, notify, user))
PLAIN(clGetProgramInfo,
      (cl_program program, cl_program_info what, size_t size, void *to, size_t *needs),
      (program, what, size, to, needs))
PLAIN(clGetProgramBuildInfo,
      (cl_program program, cl_device_id id, cl_program_build_info what, size_t size, void *to,
       size_t *needs),
      (program, id, what, size, to, needs))
PLAIN(clSetKernelArg, (cl_kernel kernel, cl_uint index, size_t size, const void *value),
      (kernel, index, size, value))
PLAIN(clGetKernelWorkGroupInfo,
      (cl_kernel kernel, cl_device_id id, cl_kernel_work_group_info what, size_t size, void *to,
       size_t *needs),
      (kernel, id, what, size, to, needs))
PLAIN(clSetMemObjectDestructorCallback,
      (cl_mem mem, void(CL_CALLBACK *notify)(cl_mem, void *), void *user), (mem, notify, user))
PLAIN(clGetEventProfilingInfo,
      (cl_event event, cl_profiling_info what, size_t size, void *to, size_t *needs),
      (event, what, size, to, needs))
PLAIN(clFlush, (cl_command_queue queue), (queue))

/* A single failure here comes back while commands still run, as the worst of drivers may do it.
 * Where everything fails from some call on, nobody could ever wait again: then it has waited. */
#define WAIT(name, PARAMETERS, ARGUMENTS)                                                          \
    static cl_int CL_API_CALL my_##name PARAMETERS {                                               \
        bool failed = fails(ID_##name, false);                                                     \
        cl_int code = failed && !rule.always ? CL_SUCCESS : driver->name ARGUMENTS;                \
        return failed ? rule.code : code;                                                          \
    }

WAIT(clFinish, (cl_command_queue queue), (queue))

RELEASE(clReleaseContext, cl_context, CONTEXT)
RELEASE(clReleaseCommandQueue, cl_command_queue, QUEUE)
RELEASE(clReleaseMemObject, cl_mem, BUFFER)
RELEASE(clReleaseProgram, cl_program, PROGRAM)
RELEASE(clReleaseKernel, cl_kernel, KERNEL)
RELEASE(clReleaseDevice, cl_device_id, DEVICE_PART)

CREATE(cl_context, clCreateContext, CONTEXT,
       (const cl_context_properties *properties, cl_uint count, const cl_device_id *ids,
        void(CL_CALLBACK *notify)(const char *, const void *, size_t, void *), void *user,
        cl_int *code),
       (properties, count, ids, notify, user, code))
CREATE(cl_command_queue, clCreateCommandQueue, QUEUE,
       (cl_context context, cl_device_id id, cl_command_queue_properties properties, cl_int *code),
       (context, id, properties, code))
CREATE(cl_mem, clCreateBuffer, BUFFER,
       (cl_context context, cl_mem_flags flags, size_t size, void *host, cl_int *code),
       (context, flags, size, host, code))
CREATE(cl_program, clCreateProgramWithSource, PROGRAM,
       (cl_context context, cl_uint count, const char **texts, const size_t *lengths, cl_int *code),
       (context, count, texts, lengths, code))
CREATE(cl_program, clCreateProgramWithBinary, PROGRAM,
       (cl_context context, cl_uint count, const cl_device_id *ids, const size_t *lengths,
        const unsigned char **binaries, cl_int *states, cl_int *code),
       (context, count, ids, lengths, binaries, states, code))
CREATE(cl_kernel, clCreateKernel, KERNEL, (cl_program program, const char *name, cl_int *code),
       (program, name, code))

ENQUEUE(clEnqueueReadBuffer,
        (cl_command_queue queue, cl_mem mem, cl_bool blocks, size_t offset, size_t size, void *to,
         cl_uint count, const cl_event *waits, cl_event *event),
        (queue, mem, blocks, offset, size, to, count, waits, event))
ENQUEUE(clEnqueueWriteBuffer,
        (cl_command_queue queue, cl_mem mem, cl_bool blocks, size_t offset, size_t size,
         const void *from, cl_uint count, const cl_event *waits, cl_event *event),
        (queue, mem, blocks, offset, size, from, count, waits, event))
ENQUEUE(clEnqueueFillBuffer,
        (cl_command_queue queue, cl_mem mem, const void *pattern, size_t pattern_size,
         size_t offset, size_t size, cl_uint count, const cl_event *waits, cl_event *event),
        (queue, mem, pattern, pattern_size, offset, size, count, waits, event))
ENQUEUE(clEnqueueNDRangeKernel,
        (cl_command_queue queue, cl_kernel kernel, cl_uint dimensions, const size_t *offset,
         const size_t *global, const size_t *local, cl_uint count, const cl_event *waits,
         cl_event *event),
        (queue, kernel, dimensions, offset, global, local, count, waits, event))
ENQUEUE(clEnqueueBarrierWithWaitList,
        (cl_command_queue queue, cl_uint count, const cl_event *waits, cl_event *event),
        (queue, count, waits, event))

static cl_int CL_API_CALL my_clRetainEvent(cl_event event) {
    if (fails(ID_clRetainEvent, false))
        return rule.code;
    refer(event, 1);
    return born(EVENT, driver->clRetainEvent(event));
}

static cl_int CL_API_CALL my_clReleaseEvent(cl_event event) {
    bool failed = fails(ID_clReleaseEvent, false);
    refer(event, -1);
    cl_int code = driver->clReleaseEvent(event);
    gone(EVENT);
    return failed ? rule.code : code;
}

static cl_int CL_API_CALL my_clWaitForEvents(cl_uint count, const cl_event *events) {
    bool failed = fails(ID_clWaitForEvents, false);
    cl_int code = failed && !rule.always ? CL_SUCCESS : driver->clWaitForEvents(count, events);
    if (failed)
        return rule.code;
    return any_spoiled(count, events) ? CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST : code;
}

static cl_int CL_API_CALL my_clGetEventInfo(cl_event event, cl_event_info what, size_t size,
                                            void *to, size_t *needs) {
    if (fails(ID_clGetEventInfo, false))
        return rule.code;
    cl_int code = driver->clGetEventInfo(event, what, size, to, needs);
    if (code == CL_SUCCESS && to && what == CL_EVENT_COMMAND_EXECUTION_STATUS && is_spoiled(event))
        memcpy(to, &rule.code, sizeof rule.code);
    return code;
}

static cl_int CL_API_CALL my_clCreateSubDevices(cl_device_id id,
                                                const cl_device_partition_property *properties,
                                                cl_uint room, cl_device_id *to, cl_uint *count) {
    if (fails(ID_clCreateSubDevices, false))
        return rule.code;
    cl_int code = driver->clCreateSubDevices(id, properties, room, to, count);
    for (cl_uint i = 0; to && i < room; i++)
        (void)born(DEVICE_PART, code);
    return code;
}

static void *CL_API_CALL my_clGetExtensionFunctionAddressForPlatform(cl_platform_id id,
                                                                     const char *name) {
    if (fails(ID_clGetExtensionFunctionAddressForPlatform, false))
        return NULL;
    return swap_extension(name, driver->clGetExtensionFunctionAddressForPlatform(id, name));
}

EXPORT CL_API_ENTRY cl_int CL_API_CALL clGetLayerInfo(cl_layer_info what, size_t size, void *to,
                                                      size_t *needs) {
    const cl_layer_api_version version = CL_LAYER_API_VERSION_100;
    if (what != CL_LAYER_API_VERSION || (to && size < sizeof version))
        return CL_INVALID_VALUE;
    if (to)
        memcpy(to, &version, sizeof version);
    if (needs)
        *needs = sizeof version;
    return CL_SUCCESS;
}

EXPORT CL_API_ENTRY cl_int CL_API_CALL clInitLayer(cl_uint count, const cl_icd_dispatch *target,
                                                   cl_uint *own_count,
                                                   const cl_icd_dispatch **own) {
    if (!target || !own_count || !own || count < sizeof layer / sizeof layer.clGetPlatformIDs)
        return CL_INVALID_VALUE;
    fault_begin();
    driver = target;
    layer = *target;
#define OVERRIDE(name) layer.name = my_##name;
    FAULT_CORE_CALLS(OVERRIDE)
#undef OVERRIDE
    *own = &layer;
    *own_count = sizeof layer / sizeof layer.clGetPlatformIDs;
    return CL_SUCCESS;
}

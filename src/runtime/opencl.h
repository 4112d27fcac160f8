/*
 * The only place that includes OpenCL's headers, and what the files of src/runtime share. Nothing
 * outside of src/runtime may include this.
 */
#ifndef CLN_RUNTIME_OPENCL_H
#define CLN_RUNTIME_OPENCL_H

#ifndef CL_TARGET_OPENCL_VERSION
#define CL_TARGET_OPENCL_VERSION 120
#endif
#ifdef __APPLE__
#define CL_SILENCE_DEPRECATION
#include <OpenCL/opencl.h>
#else
#include <CL/cl.h>
#endif

#include "runtime/context.h"
#include "runtime/device.h"

/* "CL_OUT_OF_RESOURCES" and the like; "an unknown code" for others. */
const char *cln_cl_code_name(cl_int code);

/* Makes the error of a failed call; returns CLN_OK for CL_SUCCESS. */
enum cln_status cln_cl_check(cl_int code, const char *call, const char *file, int line);

/* Calls and forwards: CLN_CL(clFinish(queue)); the message names the call and the code. */
#define CLN_CL(call) CLN_TRY(cln_cl_check((call), #call, __FILE__, __LINE__))

/* The same in a function with a `status` variable and a `fail:` label. */
#define CLN_CL_GOTO(call) CLN_TRY_GOTO(cln_cl_check((call), #call, __FILE__, __LINE__))

/*
 * What we use of cl_khr_command_buffer, declared here because headers differ in what they have of
 * it: none (macOS, old ones) or that of one version. These five calls have had the same parameters
 * since 0.9.0; later versions only renamed the type of `properties`. The copy, fill and barrier
 * commands have not: 0.9.5 gave them one parameter more, so they are left out on purpose.
 */
typedef struct cln_cl_command_buffer *cln_cl_command_buffer;
typedef cl_uint cln_cl_sync_point;

enum {
    CLN_CL_DEVICE_COMMAND_BUFFER_CAPABILITIES = 0x12A9,
    CLN_CL_CAPABILITY_SIMULTANEOUS_USE = 1 << 2,
    CLN_CL_COMMAND_BUFFER_FLAGS = 0x1293,
    CLN_CL_COMMAND_BUFFER_SIMULTANEOUS_USE = 1 << 0
};

/* All are set, or all are NULL. */
struct cln_command_buffer_calls {
    /* `properties`: name, value, ..., 0; NULL for none. Each number is 64 bits wide. */
    cln_cl_command_buffer(CL_API_CALL *create)(cl_uint queue_count, const cl_command_queue *queues,
                                               const cl_ulong *properties, cl_int *code);
    cl_int(CL_API_CALL *finalize)(cln_cl_command_buffer buffer);
    cl_int(CL_API_CALL *release)(cln_cl_command_buffer buffer);

    /* No queues (0, NULL): those it was created with. */
    cl_int(CL_API_CALL *enqueue)(cl_uint queue_count, cl_command_queue *queues,
                                 cln_cl_command_buffer buffer, cl_uint wait_count,
                                 const cl_event *waits, cl_event *event);

    /* `queue`, `properties` and `mutable_handle` are NULL. */
    cl_int(CL_API_CALL *kernel)(cln_cl_command_buffer buffer, cl_command_queue queue,
                                const cl_ulong *properties, cl_kernel kernel, cl_uint dimensions,
                                const size_t *offset, const size_t *global, const size_t *local,
                                cl_uint wait_count, const cln_cl_sync_point *waits,
                                cln_cl_sync_point *sync_point, void *mutable_handle);
};

struct cln_program;
struct cln_recording;

struct cln_context {
    struct cln_device device_copy; /* so that the list may go */
    const struct cln_device *device;
    struct cln_caps caps;
    cl_context context;
    cl_command_queue in_order_queue;
    cl_command_queue out_of_order_queue;            /* NULL where the device has none */
    cl_command_queue profiling_queue;               /* in order */
    struct cln_command_buffer_calls command_buffer; /* all NULL where the device has none */
    struct cln_program *programs;                   /* built so far; see program.c */
    struct cln_recording *recordings;               /* all there are; see recording.c */
    char *avoid;                                    /* the text of caps.avoid; may be NULL */
    bool unlaunched; /* programs were built from source since kernels were last tried out */
};

struct cln_buffer {
    cl_mem mem;
    size_t bytes;
};

/* A kernel of its own for the caller, who releases it; builds the program if that was not done. */
enum cln_status cln_context_kernel(struct cln_context *context, const char *file,
                                   const char *options, const char *name, cl_kernel *out);

/* What recordings have enqueued must have ended well; waits for it. In recording.c. */
enum cln_status cln_recordings_check(struct cln_context *context);

/* Waits for all commands, as well as a driver lets us that may have failed: before memory goes that
 * they use. Leaves the thread's error as it is. */
void cln_context_settle(struct cln_context *context);

/* Frees the context's programs. */
void cln_programs_free(struct cln_context *context);

#endif

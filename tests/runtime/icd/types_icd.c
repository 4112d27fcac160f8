/* An OpenCL driver whose devices can be asked what they are, and do nothing: one of each type, and
 * some of several types at once. */
#include <CL/cl.h>
#include <CL/cl_icd.h>
#include <string.h>

struct _cl_platform_id {
    cl_icd_dispatch *dispatch; /* must be first */
};

struct _cl_device_id {
    cl_icd_dispatch *dispatch; /* must be first */
    const char *name;
    cl_device_type type;
};

static cl_icd_dispatch dispatch;
static struct _cl_platform_id platform = {&dispatch};
static struct _cl_device_id devices[] = {
    {&dispatch, "processor", CL_DEVICE_TYPE_CPU},
    {&dispatch, "first processor", CL_DEVICE_TYPE_CPU | CL_DEVICE_TYPE_DEFAULT},
    {&dispatch, "graphics", CL_DEVICE_TYPE_GPU | CL_DEVICE_TYPE_DEFAULT},
    {&dispatch, "accelerator", CL_DEVICE_TYPE_ACCELERATOR},
    {&dispatch, "graphics accelerator", CL_DEVICE_TYPE_GPU | CL_DEVICE_TYPE_ACCELERATOR},
    {&dispatch, "host accelerator", CL_DEVICE_TYPE_CPU | CL_DEVICE_TYPE_ACCELERATOR},
    {&dispatch, "graphics in software", CL_DEVICE_TYPE_CPU | CL_DEVICE_TYPE_GPU},
    {&dispatch, "everything", /* Oclgrind's */
     CL_DEVICE_TYPE_CPU | CL_DEVICE_TYPE_GPU | CL_DEVICE_TYPE_ACCELERATOR | CL_DEVICE_TYPE_DEFAULT},
};

static cl_int give(const void *from, size_t bytes, size_t size, void *value, size_t *size_ret) {
    if (size_ret)
        *size_ret = bytes;
    if (value && size < bytes)
        return CL_INVALID_VALUE;
    if (value)
        memcpy(value, from, bytes);
    return CL_SUCCESS;
}

static cl_int give_text(const char *text, size_t size, void *value, size_t *size_ret) {
    return give(text, strlen(text) + 1, size, value, size_ret);
}

static cl_int CL_API_CALL get_platform_info(cl_platform_id id, cl_platform_info what, size_t size,
                                            void *value, size_t *size_ret) {
    (void)id;
    switch (what) {
    case CL_PLATFORM_NAME:
        return give_text("Made up", size, value, size_ret);
    case CL_PLATFORM_VERSION:
        return give_text("OpenCL 1.2 Made up", size, value, size_ret);
    case CL_PLATFORM_PROFILE:
        return give_text("FULL_PROFILE", size, value, size_ret);
    case CL_PLATFORM_VENDOR:
        return give_text("Nobody", size, value, size_ret);
    case CL_PLATFORM_EXTENSIONS:
        return give_text("cl_khr_icd", size, value, size_ret);
    case CL_PLATFORM_ICD_SUFFIX_KHR:
        return give_text("MADEUP", size, value, size_ret);
    default:
        return CL_INVALID_VALUE;
    }
}

static cl_int CL_API_CALL get_device_ids(cl_platform_id id, cl_device_type type, cl_uint entries,
                                         cl_device_id *ids, cl_uint *count) {
    (void)id;
    cl_uint found = 0;
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) {
        if (!(devices[i].type & type))
            continue;
        if (ids && found < entries)
            ids[found] = &devices[i];
        found++;
    }
    if (count)
        *count = found;
    return found ? CL_SUCCESS : CL_DEVICE_NOT_FOUND;
}

static cl_int CL_API_CALL get_device_info(cl_device_id id, cl_device_info what, size_t size,
                                          void *value, size_t *size_ret) {
    static const size_t item_sizes[3] = {1024, 1024, 1024};
    const cl_ulong memory = (cl_ulong)1 << 30;
    const cl_uint one = 1;
    const size_t group = 1024;
    const cl_device_local_mem_type local = CL_GLOBAL;
    const cl_command_queue_properties queue = 0;
    switch (what) {
    case CL_DEVICE_NAME:
        return give_text(id->name, size, value, size_ret);
    case CL_DEVICE_TYPE:
        return give(&id->type, sizeof id->type, size, value, size_ret);
    case CL_DEVICE_VENDOR:
    case CL_DRIVER_VERSION:
        return give_text("1", size, value, size_ret);
    case CL_DEVICE_VERSION:
        return give_text("OpenCL 1.2", size, value, size_ret);
    case CL_DEVICE_OPENCL_C_VERSION:
        return give_text("OpenCL C 1.2", size, value, size_ret);
    case CL_DEVICE_PROFILE:
        return give_text("FULL_PROFILE", size, value, size_ret);
    case CL_DEVICE_EXTENSIONS:
        return give_text("", size, value, size_ret);
    case CL_DEVICE_MAX_COMPUTE_UNITS:
    case CL_DEVICE_MAX_CLOCK_FREQUENCY:
    case CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT:
    case CL_DEVICE_AVAILABLE: /* CL_TRUE is 1 */
    case CL_DEVICE_COMPILER_AVAILABLE:
        return give(&one, sizeof one, size, value, size_ret);
    case CL_DEVICE_GLOBAL_MEM_SIZE:
    case CL_DEVICE_MAX_MEM_ALLOC_SIZE:
    case CL_DEVICE_GLOBAL_MEM_CACHE_SIZE:
    case CL_DEVICE_LOCAL_MEM_SIZE:
        return give(&memory, sizeof memory, size, value, size_ret);
    case CL_DEVICE_MAX_WORK_GROUP_SIZE:
        return give(&group, sizeof group, size, value, size_ret);
    case CL_DEVICE_MAX_WORK_ITEM_SIZES:
        return give(item_sizes, sizeof item_sizes, size, value, size_ret);
    case CL_DEVICE_LOCAL_MEM_TYPE:
        return give(&local, sizeof local, size, value, size_ret);
    case CL_DEVICE_QUEUE_PROPERTIES:
        return give(&queue, sizeof queue, size, value, size_ret);
    default:
        return CL_INVALID_VALUE;
    }
}

static cl_int CL_API_CALL get_platform_ids(cl_uint entries, cl_platform_id *ids, cl_uint *count) {
    dispatch.clGetPlatformInfo = get_platform_info;
    dispatch.clGetDeviceIDs = get_device_ids;
    dispatch.clGetDeviceInfo = get_device_info;
    if (ids && entries)
        *ids = &platform;
    if (count)
        *count = 1;
    return CL_SUCCESS;
}

CL_API_ENTRY void *CL_API_CALL clGetExtensionFunctionAddress(const char *name) {
    void *address = NULL;
    cl_api_clGetPlatformIDs ids = get_platform_ids;
    cl_api_clGetPlatformInfo info = get_platform_info;
    if (!strcmp(name, "clIcdGetPlatformIDsKHR"))
        memcpy(&address, &ids, sizeof address);
    if (!strcmp(name, "clGetPlatformInfo"))
        memcpy(&address, &info, sizeof address);
    return address;
}

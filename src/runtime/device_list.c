/* Asks OpenCL for its platforms and devices. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/opencl.h"

/* Newer than the headers of some systems. */
#define DEVICE_EXTENSIONS_WITH_VERSION 0x1060
#define PLATFORM_NOT_FOUND             (-1001)

struct name_version {
    cl_uint version; /* 10 bits major, 10 bits minor, 12 bits patch */
    char name[64];
};

enum kind { TEXT, INT, SIZE, LONG, BOOL };

/* What is asked of a device as it stands. */
static const struct question {
    cl_device_info what;
    const char *name;
    enum kind kind;
    size_t offset;
} questions[] = {
#define ASK(what, kind, member)                                                                    \
    { what, #what, kind, offsetof(struct cln_device, member) }
    ASK(CL_DEVICE_NAME, TEXT, name),
    ASK(CL_DEVICE_VENDOR, TEXT, vendor),
    ASK(CL_DEVICE_VERSION, TEXT, version),
    ASK(CL_DEVICE_OPENCL_C_VERSION, TEXT, c_version),
    ASK(CL_DRIVER_VERSION, TEXT, driver),
    ASK(CL_DEVICE_PROFILE, TEXT, profile),
    ASK(CL_DEVICE_MAX_COMPUTE_UNITS, INT, compute_units),
    ASK(CL_DEVICE_MAX_CLOCK_FREQUENCY, INT, clock_mhz),
    ASK(CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, INT, float_vector_width),
    ASK(CL_DEVICE_GLOBAL_MEM_SIZE, LONG, global_memory_bytes),
    ASK(CL_DEVICE_MAX_MEM_ALLOC_SIZE, LONG, max_allocation_bytes),
    ASK(CL_DEVICE_GLOBAL_MEM_CACHE_SIZE, LONG, cache_bytes),
    ASK(CL_DEVICE_LOCAL_MEM_SIZE, LONG, local_memory_bytes),
    ASK(CL_DEVICE_MAX_WORK_GROUP_SIZE, SIZE, max_group_items),
    ASK(CL_DEVICE_AVAILABLE, BOOL, available),
    ASK(CL_DEVICE_COMPILER_AVAILABLE, BOOL, compiler),
#undef ASK
};

/* Without the blanks that some drivers put before and after; cut to the size of `text`. */
static void copy_text(char text[CLN_DEVICE_TEXT_SIZE], const char *from) {
    from += strspn(from, " \t");
    size_t length = strlen(from);
    while (length && strchr(" \t\r\n", from[length - 1]))
        length--;
    if (length >= CLN_DEVICE_TEXT_SIZE)
        length = CLN_DEVICE_TEXT_SIZE - 1;
    memcpy(text, from, length);
    text[length] = '\0';
}

/* free() the text; NULL, and `*code` why, when the device does not answer. */
static enum cln_status device_text(cl_device_id id, cl_device_info what, char **out, cl_int *code) {
    size_t size = 0;
    *out = NULL;
    *code = clGetDeviceInfo(id, what, 0, NULL, &size);
    if (*code != CL_SUCCESS)
        return CLN_OK;
    char *text = calloc(1, size + 1);
    if (!text)
        return CLN_FAIL(MEMORY, "out of memory for what a driver says of its device");
    *code = clGetDeviceInfo(id, what, size, text, NULL);
    if (*code == CL_SUCCESS)
        *out = text;
    else
        free(text);
    return CLN_OK;
}

static enum cln_status answer(cl_device_id id, const struct question *question, void *member,
                              cl_int *code) {
    cl_uint number = 0;
    cl_ulong large = 0;
    char *text;
    switch (question->kind) {
    case TEXT:
        CLN_TRY(device_text(id, question->what, &text, code));
        if (text)
            copy_text(member, text);
        free(text);
        break;
    case INT:
        *code = clGetDeviceInfo(id, question->what, sizeof number, &number, NULL);
        *(int *)member = (int)number;
        break;
    case LONG:
        *code = clGetDeviceInfo(id, question->what, sizeof large, &large, NULL);
        *(uint64_t *)member = large;
        break;
    case BOOL:
        *code = clGetDeviceInfo(id, question->what, sizeof number, &number, NULL);
        *(bool *)member = number != CL_FALSE;
        break;
    case SIZE:
        *code = clGetDeviceInfo(id, question->what, sizeof(size_t), member, NULL);
        break;
    }
    return CLN_OK;
}

/* A word of a list parted by blanks, whole. */
static bool has_word(const char *words, const char *word) {
    size_t length = strlen(word);
    for (const char *at = words; (at = strstr(at, word)); at += length)
        if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}

static enum cln_status ask_command_buffer(cl_device_id id, struct cln_device *device) {
    device->command_buffer = true;
    cl_bitfield bits = 0;
    if (clGetDeviceInfo(id, CLN_CL_DEVICE_COMMAND_BUFFER_CAPABILITIES, sizeof bits, &bits, NULL) ==
        CL_SUCCESS)
        device->simultaneous_use = bits & CLN_CL_CAPABILITY_SIMULTANEOUS_USE;
    size_t size = 0;
    if (clGetDeviceInfo(id, DEVICE_EXTENSIONS_WITH_VERSION, 0, NULL, &size) != CL_SUCCESS)
        return CLN_OK;
    struct name_version *rows = calloc(1, size + sizeof *rows);
    if (!rows)
        return CLN_FAIL(MEMORY, "out of memory for what a driver says of its device");
    if (clGetDeviceInfo(id, DEVICE_EXTENSIONS_WITH_VERSION, size, rows, NULL) == CL_SUCCESS)
        for (size_t i = 0; i < size / sizeof *rows; i++)
            if (!strncmp(rows[i].name, "cl_khr_command_buffer", sizeof rows[i].name)) {
                device->command_buffer_version[0] = (int)(rows[i].version >> 22);
                device->command_buffer_version[1] = (int)(rows[i].version >> 12 & 0x3ff);
                device->command_buffer_version[2] = (int)(rows[i].version & 0xfff);
            }
    free(rows);
    return CLN_OK;
}

static enum cln_status ask_extensions(cl_device_id id, struct cln_device *device) {
    cl_int code;
    char *extensions;
    CLN_TRY(device_text(id, CL_DEVICE_EXTENSIONS, &extensions, &code));
    if (!extensions)
        return CLN_OK;
    device->fp16 = has_word(extensions, "cl_khr_fp16");
    const bool command_buffer = has_word(extensions, "cl_khr_command_buffer");
    free(extensions);
    return command_buffer ? ask_command_buffer(id, device) : CLN_OK;
}

/* What does not come as it is kept. */
static cl_int ask_the_rest(cl_device_id id, struct cln_device *device) {
    cl_device_type type = 0;
    cl_device_local_mem_type local = 0;
    cl_command_queue_properties queue = 0;
    size_t sizes[16] = {0}; /* a device may have more than three dimensions */
    const struct {
        cl_device_info what;
        size_t size;
        void *to;
    } rest[] = {{CL_DEVICE_TYPE, sizeof type, &type},
                {CL_DEVICE_LOCAL_MEM_TYPE, sizeof local, &local},
                {CL_DEVICE_QUEUE_PROPERTIES, sizeof queue, &queue},
                {CL_DEVICE_MAX_WORK_ITEM_SIZES, sizeof sizes, sizes}};
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) {
        cl_int code = clGetDeviceInfo(id, rest[i].what, rest[i].size, rest[i].to, NULL);
        if (code != CL_SUCCESS)
            return code;
    }
    /* A simulator may be all types at once: then kernels for a CPU suit it best. */
    device->type = type & CL_DEVICE_TYPE_CPU   ? CLN_DEVICE_CPU
                   : type & CL_DEVICE_TYPE_GPU ? CLN_DEVICE_GPU
                                               : CLN_DEVICE_ACCELERATOR;
    device->simulator = type & CL_DEVICE_TYPE_CPU && type & CL_DEVICE_TYPE_GPU;
    device->local_memory_dedicated = local == CL_LOCAL;
    device->out_of_order = queue & CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE;
    memcpy(device->max_item_sizes, sizes, sizeof device->max_item_sizes);
    return CL_SUCCESS;
}

static void judge(struct cln_device *device) {
    int major = 0, minor = 0;
    const char *reason = NULL;
    if (sscanf(device->version, "OpenCL %d.%d", &major, &minor) != 2 || major * 10 + minor < 12)
        reason = "it is older than OpenCL 1.2";
    if (!device->compiler)
        reason = "it has no kernel compiler";
    if (!device->available)
        reason = "its driver says that it is not available";
    if (reason)
        snprintf(device->unusable, sizeof device->unusable, "%s", reason);
    device->fp16_storage = major > 0;
}

static enum cln_status ask_device(cl_device_id id, struct cln_device *device) {
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        const struct question *question = &questions[i];
        cl_int code = CL_INVALID_VALUE;
        CLN_TRY(answer(id, question, (char *)device + question->offset, &code));
        if (code != CL_SUCCESS) {
            snprintf(device->unusable, sizeof device->unusable,
                     "its driver does not answer clGetDeviceInfo for %s: %s", question->name,
                     cln_cl_code_name(code));
            return CLN_OK;
        }
    }
    /* Some GPUs give a width of 0 or 1 for whatever they do not widen. */
    if (device->float_vector_width < 1)
        device->float_vector_width = 1;
    cl_int code = ask_the_rest(id, device);
    if (code != CL_SUCCESS) {
        snprintf(device->unusable, sizeof device->unusable,
                 "its driver does not describe it when asked by clGetDeviceInfo: %s",
                 cln_cl_code_name(code));
        return CLN_OK;
    }
    CLN_TRY(ask_extensions(id, device));
    judge(device);
    device->score = cln_device_score(device);
    return CLN_OK;
}

static enum cln_status add_trouble(struct cln_device_list *list, struct cln_text *text) {
    CLN_TRY(cln_text_check(text));
    char **troubles = realloc(list->troubles, ((size_t)list->trouble_count + 1) * sizeof *troubles);
    if (!troubles)
        return CLN_FAIL(MEMORY, "out of memory for the list of devices");
    list->troubles = troubles;
    troubles[list->trouble_count++] = text->chars;
    *text = (struct cln_text){0};
    return CLN_OK;
}

static enum cln_status add_devices(struct cln_device_list *list, cl_platform_id platform,
                                   const cl_device_id *ids, cl_uint count, const char *name,
                                   const char *version) {
    struct cln_device *devices =
        realloc(list->devices, ((size_t)list->count + count) * sizeof *devices);
    if (!devices)
        return CLN_FAIL(MEMORY, "out of memory for the list of devices");
    list->devices = devices;
    for (cl_uint i = 0; i < count; i++) {
        struct cln_device *device = &devices[list->count];
        *device =
            (struct cln_device){.index = list->count++, .platform_id = platform, .id = ids[i]};
        copy_text(device->platform, name);
        copy_text(device->platform_version, version);
        CLN_TRY(ask_device(ids[i], device));
    }
    return CLN_OK;
}

static enum cln_status ask_platform(struct cln_device_list *list, cl_platform_id platform,
                                    cl_uint number) {
    char name[256] = "", version[256] = "";
    cl_int code = clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof name - 1, name, NULL);
    if (code != CL_SUCCESS)
        snprintf(name, sizeof name, "number %u", (unsigned)number);
    (void)clGetPlatformInfo(platform, CL_PLATFORM_VERSION, sizeof version - 1, version, NULL);

    struct cln_text trouble = {0};
    enum cln_status status = CLN_OK;
    cl_device_id *ids = NULL;
    cl_uint count = 0;
    code = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, NULL, &count);
    if (code == CL_DEVICE_NOT_FOUND || (code == CL_SUCCESS && count == 0)) {
        cln_text_add(&trouble, "platform %s has no devices", name);
        status = add_trouble(list, &trouble);
        goto fail;
    }
    ids = calloc((size_t)count + 1, sizeof *ids);
    if (!ids) {
        status = CLN_FAIL(MEMORY, "out of memory for the list of devices");
        goto fail;
    }
    if (code == CL_SUCCESS)
        code = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, count, ids, NULL);
    if (code == CL_SUCCESS) {
        status = add_devices(list, platform, ids, count, name, version);
    } else {
        cln_text_add(&trouble, "platform %s: clGetDeviceIDs failed with %s (%d)", name,
                     cln_cl_code_name(code), (int)code);
        status = add_trouble(list, &trouble);
    }
fail:
    cln_text_free(&trouble);
    free(ids);
    return status;
}

static enum cln_status ask_all(struct cln_device_list *list) {
    cl_uint count = 0;
    cl_int code = clGetPlatformIDs(0, NULL, &count);
    if (code == PLATFORM_NOT_FOUND || (code == CL_SUCCESS && count == 0))
        return CLN_OK;
    cl_platform_id *ids = calloc((size_t)count + 1, sizeof *ids);
    if (!ids)
        return CLN_FAIL(MEMORY, "out of memory for the list of platforms");
    enum cln_status status = CLN_OK;
    if (code == CL_SUCCESS)
        code = clGetPlatformIDs(count, ids, NULL);
    if (code != CL_SUCCESS) {
        struct cln_text trouble = {0};
        cln_text_add(&trouble, "the OpenCL loader: clGetPlatformIDs failed with %s (%d)",
                     cln_cl_code_name(code), (int)code);
        status = add_trouble(list, &trouble);
        cln_text_free(&trouble);
        count = 0;
    }
    for (cl_uint i = 0; i < count && status == CLN_OK; i++)
        status = ask_platform(list, ids[i], i);
    free(ids);
    return status;
}

/* Drivers are loaded when they are first asked, and some set handlers for signals then. PoCL's LLVM
 * has one for SIGINT that gives the signal back its default before it passes it on: of two that
 * come together, as timeout(1) sends them, the second ended the program. What a signal does is up
 * to the program. */
static enum cln_status ask_keeping_signals(struct cln_device_list *list) {
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
    enum { COUNT = sizeof signals / sizeof *signals };
    struct sigaction before[COUNT];
    for (int i = 0; i < COUNT; i++)
        sigaction(signals[i], NULL, &before[i]);
    enum cln_status status = ask_all(list);
    for (int i = 0; i < COUNT; i++)
        sigaction(signals[i], &before[i], NULL);
    return status;
}

enum cln_status cln_devices_list(struct cln_device_list **out) {
    struct cln_device_list *list = calloc(1, sizeof *list);
    if (!list)
        return CLN_FAIL(MEMORY, "out of memory for the list of devices");
    enum cln_status status = ask_keeping_signals(list);
    if (status != CLN_OK) {
        cln_devices_free(list);
        return status;
    }
    *out = list;
    return CLN_OK;
}

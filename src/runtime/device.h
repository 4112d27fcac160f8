/*
 * The devices of this machine: what is there, what each can do, and which one is meant.
 *
 * A list is plain data, so tests make their own. Nothing here picks a device that was not asked
 * for: a selector that fits none, or several, is an error.
 */
#ifndef CLN_RUNTIME_DEVICE_H
#define CLN_RUNTIME_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "runtime/caps.h"

enum cln_device_type { CLN_DEVICE_CPU, CLN_DEVICE_GPU, CLN_DEVICE_ACCELERATOR };

#define CLN_DEVICE_TEXT_SIZE 192

struct cln_device {
    int index; /* in its list */
    enum cln_device_type type;
    bool simulator; /* of several types at once, as only a program that plays them all can be */
    char name[CLN_DEVICE_TEXT_SIZE];
    char vendor[CLN_DEVICE_TEXT_SIZE];
    char platform[CLN_DEVICE_TEXT_SIZE];
    char platform_version[CLN_DEVICE_TEXT_SIZE];
    char version[CLN_DEVICE_TEXT_SIZE];   /* "OpenCL 3.0 ..." */
    char c_version[CLN_DEVICE_TEXT_SIZE]; /* "OpenCL C 1.2 ..." */
    char driver[CLN_DEVICE_TEXT_SIZE];
    char profile[CLN_DEVICE_TEXT_SIZE]; /* "FULL_PROFILE" or "EMBEDDED_PROFILE" */

    int compute_units;
    int clock_mhz;          /* 0 if the device does not say */
    int float_vector_width; /* native: 1, 2, 4, 8 or 16 */
    uint64_t global_memory_bytes, max_allocation_bytes, cache_bytes, local_memory_bytes;
    bool local_memory_dedicated;
    size_t max_group_items;
    size_t max_item_sizes[3];

    bool available, compiler;
    bool fp16_storage; /* vload_half and vstore_half: core since OpenCL 1.0 */
    bool fp16;         /* cl_khr_fp16 */
    bool out_of_order;
    bool command_buffer;
    int command_buffer_version[3]; /* 0.0.0 if the device does not say */
    bool simultaneous_use;         /* a command buffer may be enqueued while it still runs */

    double score;
    char unusable[CLN_DEVICE_TEXT_SIZE]; /* why it cannot be used; "" if it can */

    void *platform_id, *id; /* OpenCL's handles */
};

struct cln_device_list {
    struct cln_device *devices;
    int count;
    char **troubles; /* one line for each platform or device that could not be asked */
    int trouble_count;
};

/*
 * Asks every platform for its devices. One that fails leaves a line in `troubles`, and the others
 * are listed all the same; no device at all is no error here. CLN_MEMORY only. SIGINT, SIGTERM and
 * the like do afterwards what they did before, whatever a driver has made of them. Free with
 * cln_devices_free().
 */
enum cln_status cln_devices_list(struct cln_device_list **out);
void cln_devices_free(struct cln_device_list *list);

/*
 * The device meant by `selector`: an index, cpu / gpu / accelerator (the best of these), or a part
 * of a name (or, if no name has it, of a platform's or vendor's), in either case of letters. NULL
 * asks $CLNOISE_DEVICE, and takes the usable device with the best score if that is not set either.
 * `reason` (may be NULL) gets one line that says why it is this one. CLN_DEVICE if none fits, if
 * several do, or if the one that does cannot be used; the message lists what there is. The device
 * belongs to the list.
 */
enum cln_status cln_device_select(const struct cln_device_list *list, const char *selector,
                                  const struct cln_device **out, char reason[256]);

/*
 * How fast a device promises to be: compute units x clock in GHz x lanes, and 10 times that for a
 * GPU or accelerator, whose memory is faster than a CPU's. Lanes are the native float vector width,
 * but 64 at least on a GPU or accelerator, where that width says nothing; an unknown clock counts
 * as 1 GHz. A rough order for picking one, not a measurement. 0 for a device that cannot be used.
 */
double cln_device_score(const struct cln_device *device);

/*
 * What kernel variants are chosen by. $CLNOISE_VECTOR_WIDTH (1, 2, 4, 8 or 16) takes the place of
 * the native width, and $CLNOISE_GEMM=clblast wants CLBlast on a CPU as well. CLN_CONFIG for other
 * values of either.
 */
enum cln_status cln_device_caps(const struct cln_device *device, struct cln_caps *caps);

/* "cpu", "gpu" or "accelerator". */
const char *cln_device_type_name(enum cln_device_type type);

#endif

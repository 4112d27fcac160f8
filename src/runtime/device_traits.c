#include "runtime/device_traits.h"

static bool says_clock(const struct cln_device *device) {
    return device->clock_mhz > 0;
}

static bool says_cache(const struct cln_device *device) {
    return device->cache_bytes > 0;
}

static bool has_command_buffer(const struct cln_device *device) {
    return device->command_buffer;
}

static bool says_command_buffer_version(const struct cln_device *device) {
    const int *version = device->command_buffer_version;
    return device->command_buffer && (version[0] || version[1] || version[2]);
}

static bool is_simulator(const struct cln_device *device) {
    return device->simulator;
}

static bool is_unusable(const struct cln_device *device) {
    return *device->unusable != '\0';
}

#define ROW(member, label, kind, unit, known)                                                      \
    { #member, label, CLN_TRAIT_##kind, offsetof(struct cln_device, member), unit, known }

const struct cln_device_trait cln_device_traits[] = {
    ROW(index, "Index", COUNT, NULL, NULL),
    ROW(name, "Name", TEXT, NULL, NULL),
    ROW(unusable, "Cannot be used", TEXT, NULL, is_unusable),
    ROW(type, "Type", TYPE, NULL, NULL),
    ROW(simulator, "Simulator", BOOL, NULL, is_simulator),
    ROW(vendor, "Vendor", TEXT, NULL, NULL),
    ROW(platform, "Platform", TEXT, NULL, NULL),
    ROW(platform_version, "Platform version", TEXT, NULL, NULL),
    ROW(version, "OpenCL version", TEXT, NULL, NULL),
    ROW(c_version, "OpenCL C version", TEXT, NULL, NULL),
    ROW(driver, "Driver", TEXT, NULL, NULL),
    ROW(profile, "Profile", TEXT, NULL, NULL),
    ROW(compute_units, "Compute units", COUNT, NULL, NULL),
    ROW(clock_mhz, "Clock", COUNT, "MHz", says_clock),
    ROW(float_vector_width, "Float vector width", COUNT, NULL, NULL),
    ROW(global_memory_bytes, "Memory", BYTES, NULL, NULL),
    ROW(max_allocation_bytes, "Largest buffer", BYTES, NULL, NULL),
    ROW(cache_bytes, "Cache", BYTES, NULL, says_cache),
    ROW(local_memory_bytes, "Local memory", BYTES, NULL, NULL),
    ROW(local_memory_dedicated, "Local memory is its own", BOOL, NULL, NULL),
    ROW(max_group_items, "Largest work-group", SIZE, "items", NULL),
    ROW(fp16_storage, "Half precision in memory", BOOL, NULL, NULL),
    ROW(fp16, "Half precision arithmetic", BOOL, NULL, NULL),
    ROW(out_of_order, "Out-of-order queue", BOOL, NULL, NULL),
    ROW(command_buffer, "Command buffer", BOOL, NULL, NULL),
    ROW(command_buffer_version, "Command buffer version", VERSION, NULL,
        says_command_buffer_version),
    ROW(simultaneous_use, "Command buffer in flight twice", BOOL, NULL, has_command_buffer),
    ROW(score, "Score", REAL, NULL, NULL),
    {0},
};

bool cln_device_trait_known(const struct cln_device_trait *trait, const struct cln_device *device) {
    return !trait->known || trait->known(device);
}

static void print_bytes(uint64_t bytes, struct cln_text *out) {
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;
    double value = (double)bytes;
    while (value >= 1024 && unit + 1 < sizeof units / sizeof *units) {
        value /= 1024;
        unit++;
    }
    cln_text_add(out, value < 100 && value != (double)(int)value ? "%.1f %s" : "%.0f %s", value,
                 units[unit]);
}

void cln_device_trait_print(const struct cln_device_trait *trait, const struct cln_device *device,
                            struct cln_text *out) {
    const void *member = (const char *)device + trait->offset;
    const int *version = member;
    switch (trait->kind) {
    case CLN_TRAIT_TEXT:
        cln_text_add(out, "%s", (const char *)member);
        break;
    case CLN_TRAIT_TYPE:
        cln_text_add(out, "%s", cln_device_type_name(*(const enum cln_device_type *)member));
        break;
    case CLN_TRAIT_COUNT:
        cln_text_add(out, "%d", *(const int *)member);
        break;
    case CLN_TRAIT_SIZE:
        cln_text_add(out, "%zu", *(const size_t *)member);
        break;
    case CLN_TRAIT_BYTES:
        print_bytes(*(const uint64_t *)member, out);
        break;
    case CLN_TRAIT_BOOL:
        cln_text_add(out, "%s", *(const bool *)member ? "yes" : "no");
        break;
    case CLN_TRAIT_VERSION:
        cln_text_add(out, "%d.%d.%d", version[0], version[1], version[2]);
        break;
    case CLN_TRAIT_REAL:
        cln_text_add(out, "%.1f", *(const double *)member);
        break;
    }
    if (trait->unit)
        cln_text_add(out, " %s", trait->unit);
}

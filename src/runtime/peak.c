#include "runtime/peak.h"

#include "base/clock.h"
#include "base/median.h"
#include "base/text.h"
#include "runtime/recording.h"
#include "runtime/store.h"

#define RUNS         7
#define ACCUMULATORS 12
#define ROUNDS       200000
#define COPY_BYTES   ((size_t)64 << 20) /* each way; well beyond the caches of today's CPUs */
#define COPY_EACH    1024               /* vectors a work-item */

/* Median seconds of one call, after one to warm up. */
static enum cln_status time_call(struct cln_context *context, const struct cln_call *call,
                                 double *seconds) {
    struct cln_recording *recording;
    double times[RUNS];
    CLN_TRY(cln_recording_create(context, call, 1, NULL, false, &recording));
    enum cln_status status = CLN_OK;
    for (int i = -1; i < RUNS; i++) {
        double began = cln_clock_seconds();
        CLN_TRY_GOTO(cln_recording_replay(recording));
        CLN_TRY_GOTO(cln_context_finish(context));
        if (i >= 0)
            times[i] = cln_clock_seconds() - began;
    }
    *seconds = cln_median(times, RUNS);
fail:
    cln_recording_free(recording);
    return status;
}

static enum cln_status measure_flops(struct cln_context *context, struct cln_store *store,
                                     const char *options, size_t width, double *out) {
    const struct cln_caps *caps = cln_context_caps(context);
    /* A CPU wants a few items a core, a GPU enough to fill it. */
    size_t items = (size_t)caps->compute_units * (caps->is_cpu ? 4 : 2048);
    uint32_t rounds = caps->is_cpu ? ROUNDS : ROUNDS / 100;
    struct cln_buffer *y;
    double seconds;
    CLN_TRY(cln_store_require(store, "peak.flops", items * width * sizeof(float), &y));
    struct cln_call call = {
        .label = "peak_fma",
        .program = "peak.cl",
        .options = options,
        .kernel = "peak_fma",
        .args = {{.kind = CLN_CALL_TENSOR, .buffer = y}, {.kind = CLN_CALL_U32, .u32 = rounds}},
        .arg_count = 2,
        .dimensions = 1,
        .global = {items, 1, 1},
        .local = {caps->is_cpu, 1, 1}};
    CLN_TRY(time_call(context, &call, &seconds));
    *out = 2.0 * (double)width * ACCUMULATORS * (double)rounds * (double)items / seconds;
    return CLN_OK;
}

static enum cln_status measure_bytes(struct cln_context *context, struct cln_store *store,
                                     const char *options, size_t width, double *out) {
    size_t vectors = COPY_BYTES / (sizeof(float) * width);
    struct cln_buffer *x, *y;
    double seconds;
    CLN_TRY(cln_store_require(store, "peak.x", COPY_BYTES, &x));
    CLN_TRY(cln_store_require(store, "peak.y", COPY_BYTES, &y));
    struct cln_call call = {.label = "peak_copy",
                            .program = "peak.cl",
                            .options = options,
                            .kernel = "peak_copy",
                            .args = {{.kind = CLN_CALL_TENSOR, .buffer = x},
                                     {.kind = CLN_CALL_TENSOR, .buffer = y},
                                     {.kind = CLN_CALL_U32, .u32 = COPY_EACH},
                                     {.kind = CLN_CALL_U32, .u32 = (uint32_t)vectors}},
                            .arg_count = 4,
                            .dimensions = 1,
                            .global = {(vectors + COPY_EACH - 1) / COPY_EACH, 1, 1},
                            .local = {cln_context_caps(context)->is_cpu, 1, 1}};
    CLN_TRY(time_call(context, &call, &seconds));
    *out = 2.0 * COPY_BYTES / seconds;
    return CLN_OK;
}

static enum cln_status measure(struct cln_context *context, struct cln_peak *out, bool with_bytes) {
    int native = cln_context_caps(context)->float_vector_width;
    int width = native < 4 ? 1 : native; /* widths cl/vector.clh has */
    struct cln_text options = {0};
    struct cln_store *store = NULL;
    enum cln_status status;
    cln_text_add(&options, "-DWIDTH=%d -DACCUMULATORS=%d", width, ACCUMULATORS);
    CLN_TRY_GOTO(cln_text_check(&options));
    CLN_TRY_GOTO(cln_store_create(context, &store));
    CLN_TRY_GOTO(
        measure_flops(context, store, options.chars, (size_t)width, &out->flops_per_second));
    if (with_bytes)
        CLN_TRY_GOTO(
            measure_bytes(context, store, options.chars, (size_t)width, &out->bytes_per_second));
fail:
    cln_store_free(store);
    cln_text_free(&options);
    return status;
}

enum cln_status cln_peak_raise(struct cln_context *context, struct cln_peak *peak) {
    struct cln_peak again;
    CLN_TRY(cln_peak_measure(context, &again));
    if (again.flops_per_second > peak->flops_per_second)
        peak->flops_per_second = again.flops_per_second;
    if (again.bytes_per_second > peak->bytes_per_second)
        peak->bytes_per_second = again.bytes_per_second;
    return CLN_OK;
}

double cln_peak_seconds(const struct cln_peak *peak, double flops, double bytes) {
    double by_flops = flops / peak->flops_per_second;
    double by_bytes = bytes / peak->bytes_per_second;
    return by_flops > by_bytes ? by_flops : by_bytes;
}

enum cln_status cln_peak_measure(struct cln_context *context, struct cln_peak *out) {
    return measure(context, out, true);
}

enum cln_status cln_peak_measure_flops(struct cln_context *context, double *flops_per_second) {
    struct cln_peak peak = {0};
    CLN_TRY(measure(context, &peak, false));
    *flops_per_second = peak.flops_per_second;
    return CLN_OK;
}

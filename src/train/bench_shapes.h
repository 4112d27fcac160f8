/*
 * How fast a matrix product or a convolution of a given shape is, without a model: the layer by
 * itself, and both of its gradients.
 */
#ifndef CLN_TRAIN_BENCH_SHAPES_H
#define CLN_TRAIN_BENCH_SHAPES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "runtime/context.h"

struct cln_bench_shape {
    bool is_conv;
    size_t m, n, k;                               /* dense: x (m, k), weights (k, n) */
    size_t images, height, width, ci, co, kernel; /* conv2d without padding, stride 1 */
};

enum { CLN_BENCH_FORWARD, CLN_BENCH_WEIGHTS_GRADIENT, CLN_BENCH_INPUT_GRADIENT, CLN_BENCH_PASSES };

struct cln_bench_shape_result {
    double flops; /* of each pass */
    struct cln_bench_pass {
        double seconds; /* all of its launches; a median */
        double
            peak_share; /* flops a second against the device's peak, measured in turn; a median */
        char variant[32];
    } pass[CLN_BENCH_PASSES];
};

/* "MxNxK" of dense, or "NxHxWxCIxCOxK" of conv2d, to a comma or the end of the text, where `*next`
 * then points. CLN_CONFIG for anything else. */
enum cln_status cln_bench_shape_parse(const char *text, const char **next,
                                      struct cln_bench_shape *out);

/* Random numbers, with caches as the run before left them: `rounds` times the peak and then some
 * runs. Blocks. */
enum cln_status cln_bench_shape_run(struct cln_context *context,
                                    const struct cln_bench_shape *shape, int rounds,
                                    struct cln_bench_shape_result *out);

#endif

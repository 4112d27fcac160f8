/* What a kernel needs to apply dropout in an epilogue of its own: see cl/dropout.clh. */
#ifndef CLN_NN_DROPOUT_H
#define CLN_NN_DROPOUT_H

#include <stdint.h>

#include "graph/lower.h"

struct cln_dropout_attrs {
    double rate;     /* the share of elements dropped, 0 <= rate < 1 */
    uint32_t stream; /* STREAM_DROPOUT + index of the layer; set by the builder */
};

/* Words below this are dropped: rate * 2^32, rounded. */
uint32_t cln_dropout_threshold(double rate);

/* For infer() of what drops elements of `rows` rows: input `samples` must be their samples, and the
 * one behind it the control words. */
enum cln_status cln_dropout_check(const struct cln_node *node, int samples, size_t rows);

/* Emits the pass y = dropout of x (N, ...), with samples (N) and control; y may be x. `vector`: as
 * CPUs like it. */
void cln_dropout_emit(struct cln_lowering *lowering, const struct cln_dropout_attrs *attrs,
                      cln_tensor_id x, cln_tensor_id samples, cln_tensor_id control,
                      cln_tensor_id y, bool vector);

/* Of the kernels in cl/dropout.cl: a work-item takes `chunks` chunks of 4 * lanes elements of one
 * row, on a CPU so many that it takes 1024 at full width. */
#define CLN_DROPOUT_CHUNKS 16
void cln_dropout_grid(struct cln_launch *launch, size_t rows, size_t elems, int lanes,
                      size_t chunks);

#endif

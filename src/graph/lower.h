/*
 * Lowering: a node becomes launches. An op's variant calls cln_emit() once per kernel and lists the
 * arguments in the kernel's order; the plan turns tensors into buffers and offsets, derives
 * dependencies from what each launch reads and writes, and the runtime builds the programs.
 *
 *     struct cln_launch *l = cln_emit(lowering, "pool.cl", "max_pool2d", NULL);
 *     cln_arg_read(l, node->input[0]);
 *     cln_arg_write(l, node->output[0]);
 *     cln_arg_u32(l, channels);
 *     cln_grid(l, 1, (size_t[]){elems}, NULL);
 *
 * In the kernel a tensor argument is TWO parameters, a buffer and the tensor's first element in it:
 *
 *     #include "tensor.clh"
 *     kernel void max_pool2d(TENSOR(const float, x), TENSOR(float, y), uint channels) {
 *         OPEN(const float, x);      -- see cl/tensor.clh
 *
 * Emitting never fails half-way: an error (out of memory, too many arguments) is kept in the
 * lowering and returned by cln_lowering_status(), so that variants read as plain lists.
 */
#ifndef CLN_GRAPH_LOWER_H
#define CLN_GRAPH_LOWER_H

#include "graph/graph.h"
#include "runtime/caps.h"
#include "runtime/gemm.h"

struct cln_launch;

struct cln_lowering {
    struct cln_graph *graph;
    const struct cln_caps *caps;
    struct cln_launch *launches;
    int launch_count, launch_capacity;
    int node; /* whose launches are being emitted */
    enum cln_status status;
};

/*
 * Appends a launch of `kernel` from the file `program` in cl/. `options` are the compiler options,
 * printf style ("-DTILE=%d"), or NULL; launches with equal program and options share one build.
 */
struct cln_launch *cln_emit(struct cln_lowering *lowering, const char *program, const char *kernel,
                            const char *options, ...) CLN_PRINTF(4, 5);

/* A library GEMM instead of a kernel of ours; beta != 0 reads C. */
struct cln_launch *cln_emit_gemm(struct cln_lowering *lowering, const struct cln_gemm_shape *shape,
                                 cln_tensor_id a, cln_tensor_id b, cln_tensor_id c);

/* Arguments in the kernel's order. CLN_NO_TENSOR passes a null buffer and offset 0. */
void cln_arg_read(struct cln_launch *launch, cln_tensor_id tensor);
void cln_arg_write(struct cln_launch *launch, cln_tensor_id tensor);
void cln_arg_update(struct cln_launch *launch, cln_tensor_id tensor); /* reads and writes */
void cln_arg_u32(struct cln_launch *launch, size_t value);
void cln_arg_f32(struct cln_launch *launch, double value);
void cln_arg_local(struct cln_launch *launch, size_t bytes); /* __local memory */

/*
 * Number of work-items per dimension and per group. `local` NULL: groups of 1 on CPUs' explicit
 * kernels are asked for with {1}; NULL leaves the choice to the engine (a power of two that fits),
 * which rounds `global` up, so kernels must check their bounds. With `local`, `global` is rounded
 * up to a multiple of it.
 */
void cln_grid(struct cln_launch *launch, int dimensions, const size_t *global, const size_t *local);

/* A `local` for cln_grid(): each work-item is a group by itself. */
extern const size_t cln_groups_of_one[3];

/* Flops and bytes of this launch; without it the node's cost is split evenly. */
void cln_launch_cost(struct cln_launch *launch, double flops, double bytes);

/* An intermediate for this node alone. */
cln_tensor_id cln_scratch(struct cln_lowering *lowering, const char *name, enum cln_dtype dtype,
                          size_t elems);

#endif

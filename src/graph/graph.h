/*
 * The graph: tensors, and nodes that apply ops to them. It knows no OpenCL and needs no device.
 *
 * Forward nodes are appended by the model; cln_graph_backward() appends the gradient nodes, and an
 * optimizer is a node like any other. A graph is built for one batch size; a remainder batch gets a
 * graph of its own, and both share their persistent tensors by slot name.
 *
 * Where a tensor lives is its slot. Slot CLN_ARENA holds intermediates, placed by lifetime when the
 * graph is compiled into a plan. Every other slot is a named device buffer that outlives the plan
 * ("params", "grads", "data.images", ...), see runtime/store.h.
 */
#ifndef CLN_GRAPH_GRAPH_H
#define CLN_GRAPH_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct cln_op;
struct cln_variant;
struct cln_graph;

enum cln_dtype { CLN_F32, CLN_U32, CLN_U8 };

#define CLN_MAX_RANK    4
#define CLN_MAX_INPUTS  10
#define CLN_MAX_OUTPUTS 4
#define CLN_NAME_SIZE   64
#define CLN_ARENA       0 /* slot of intermediates */

typedef int cln_tensor_id; /* index into the graph's tensors */
#define CLN_NO_TENSOR (-1)

struct cln_tensor {
    char name[CLN_NAME_SIZE];
    enum cln_dtype dtype;
    int rank;
    size_t dim[CLN_MAX_RANK]; /* outermost first; images are (N, H, W, C) */
    int slot;
    size_t offset_elems;    /* in its slot; of an arena tensor, set by the plan */
    cln_tensor_id base;     /* a view shares the memory of `base`; else CLN_NO_TENSOR */
    cln_tensor_id gradient; /* d(loss)/d(this); CLN_NO_TENSOR until there is one */
    bool needs_gradient;    /* a parameter, or computed from one */
};

struct cln_slot {
    char name[CLN_NAME_SIZE];
    enum cln_dtype dtype;
    size_t elems; /* grows as tensors are added */
};

struct cln_node {
    const struct cln_op *op;
    char name[CLN_NAME_SIZE]; /* "conv2d_1", "conv2d_1/weights_gradient" */
    struct cln_graph *graph;
    void *attrs; /* a copy of the op's attribute struct; owned by the graph */
    cln_tensor_id input[CLN_MAX_INPUTS];
    int input_count;
    cln_tensor_id output[CLN_MAX_OUTPUTS];
    int output_count;
    const struct cln_variant *measured; /* what the tuner found best here; NULL: it was not asked */
};

struct cln_graph {
    struct cln_tensor *tensors;
    int tensor_count, tensor_capacity;
    struct cln_node *nodes;
    int node_count, node_capacity;
    struct cln_slot *slots;
    int slot_count, slot_capacity;
};

enum cln_status cln_graph_create(struct cln_graph **out);
void cln_graph_free(struct cln_graph *graph);

/* Index of the slot with that name, made when new. All its tensors share the dtype. */
enum cln_status cln_graph_slot(struct cln_graph *graph, const char *name, enum cln_dtype dtype,
                               int *out);

/* A tensor at the end of a slot (64-byte aligned within it), or an intermediate for CLN_ARENA.
 * CLN_CONFIG for one of 2^32 elements and more: kernels count them in 32 bits. */
enum cln_status cln_graph_tensor(struct cln_graph *graph, const char *name, enum cln_dtype dtype,
                                 int rank, const size_t *dim, int slot, cln_tensor_id *out);

/* The same memory under another shape of as many elements. */
enum cln_status cln_graph_view(struct cln_graph *graph, const char *name, cln_tensor_id base,
                               int rank, const size_t *dim, cln_tensor_id *out);

/*
 * Appends a node. `attrs` (op->attrs_bytes, may be NULL for the defaults) is copied. The op's
 * infer() checks the inputs and makes the output tensors; read them from the returned node.
 * The pointer is valid until the next node is added.
 */
enum cln_status cln_graph_add(struct cln_graph *graph, const struct cln_op *op, const char *name,
                              const void *attrs, const cln_tensor_id *input, int input_count,
                              struct cln_node **out);

/* Appends gradient nodes for everything the loss (a node of kind CLN_OP_LOSS) depends on. */
enum cln_status cln_graph_backward(struct cln_graph *graph, int loss_node);

/* For infer(): makes output `index` of the node, an intermediate. */
enum cln_status cln_node_output(struct cln_node *node, int index, const char *suffix,
                                enum cln_dtype dtype, int rank, const size_t *dim);

struct cln_tensor *cln_node_in(const struct cln_node *node, int index);
struct cln_tensor *cln_node_out(const struct cln_node *node, int index);

/*
 * For backward(): the tensor that a node writing d(loss)/d(`of`) must fill, made on demand. Of a
 * parameter it lies in slot "grads" at the parameter's own offset. CLN_NO_TENSOR in `*out` when
 * nobody needs that gradient.
 */
enum cln_status cln_graph_gradient(struct cln_graph *graph, cln_tensor_id of, cln_tensor_id *out);

size_t cln_tensor_elems(const struct cln_tensor *tensor);
size_t cln_dtype_bytes(enum cln_dtype dtype);

#endif

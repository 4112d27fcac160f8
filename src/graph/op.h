/*
 * The op descriptor: the one row that says everything about an op.
 *
 * From it come the YAML checks, shape inference, the gradient, flop and byte counts, the kernel
 * variants, the roofline table and the generic tests. Adding an op = one file in src/nn, its
 * kernels in cl/, one line in src/nn/registry.c, one test.
 */
#ifndef CLN_GRAPH_OP_H
#define CLN_GRAPH_OP_H

#include "base/field.h"
#include "graph/builder.h"
#include "graph/graph.h"
#include "graph/lower.h"
#include "runtime/caps.h"

enum cln_op_kind {
    CLN_OP_LAYER,     /* may stand in a model's `layers` */
    CLN_OP_OPTIMIZER, /* may stand in a model's `optimizer` */
    CLN_OP_LOSS,      /* where cln_graph_backward() starts */
    CLN_OP_INTERNAL,  /* added by the engine: gradients, loading, initialisers */
};

struct cln_cost {
    double flops; /* multiply and add count one each */
    double bytes; /* read + written, each tensor once */
    bool product; /* a convolution or matrix product; its flops are a direct one's */
};

/*
 * One way to compute an op. Of those whose fits() agrees the fastest is taken, if a tuner measures
 * them (graph/tune.h), else the first; unless one is pinned. The last is named "reference": plain
 * code, right on any device, that the others are compared with. A name that begins with "gpu_" says
 * that CPUs need not try it.
 */
struct cln_variant {
    const char *name; /* "reference", "cpu_vector", "gpu_local", "clblast" */
    bool (*fits)(const struct cln_node *node, const struct cln_caps *caps); /* NULL: always */
    enum cln_status (*lower)(const struct cln_node *node, struct cln_lowering *lowering);
};

struct cln_op {
    const char *name;
    const char *help; /* one line */
    enum cln_op_kind kind;
    const struct cln_field *fields; /* of the attribute struct */
    size_t field_count;
    size_t attrs_bytes;

    /* Checks input shapes and attributes, makes the outputs. No device needed. */
    enum cln_status (*infer)(struct cln_node *node);

    /* Appends the nodes that turn gradients of outputs into gradients of inputs; NULL: none. */
    enum cln_status (*backward)(struct cln_graph *graph, int node_index);

    /* Of an op that writes the gradient of a tensor `y` that went through a relu: has the node take
     * the relu's gradient along, or returns false where it cannot. NULL: it never can. */
    bool (*absorb_relu)(struct cln_node *node, cln_tensor_id y);

    struct cln_cost (*cost)(const struct cln_node *node);

    const struct cln_variant *variants; /* ends with a row whose name is NULL */

    /* Whether a variant that fits may be the fastest for the node; if not, the tuner saves its
     * time, unless all are to be measured. NULL: any may. */
    bool (*may_win)(const struct cln_node *node, const struct cln_variant *variant);

    /* For the tuner: makes the values of input `index` like those of a training step. They are
     * floats in [-1, 1), in [0, 1) if the node updates them, and integers that are 0.
     * NULL: so they may stay. */
    void (*example)(const struct cln_node *node, int index, void *values);

    /* LAYER: adds the layer's variables and nodes, moves builder->x on to its output. */
    enum cln_status (*build)(struct cln_builder *builder, const void *attrs);
    /* OPTIMIZER: state vectors as long as the parameters. */
    int state_count;
};

#endif

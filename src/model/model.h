/*
 * A model: a list of layers and an optimizer, and the graphs they become.
 *
 * One specification gives up to three kinds of graph over the same named slots: initial values,
 * training steps (forward, backward, optimizer) and evaluation, the latter two once a batch size.
 */
#ifndef CLN_MODEL_MODEL_H
#define CLN_MODEL_MODEL_H

#include "graph/builder.h"
#include "graph/op.h"
#include "nn/load_batch.h"

#define CLN_SLOT_PARAMS        "params"        /* trainable variables, one after another */
#define CLN_SLOT_BUFFERS       "buffers"       /* other variables: running means and variances */
#define CLN_SLOT_GRADS         "grads"         /* gradients of the parameters, at the same places */
#define CLN_SLOT_STATE         "optimizer"     /* "optimizer.0", ...: state vectors like params */
#define CLN_SLOT_TRAIN_CONTROL "control.train" /* see cl/control.clh */
#define CLN_SLOT_TEST_CONTROL  "control.test"
#define CLN_SLOT_TRAIN_METRICS "metrics.train"
#define CLN_SLOT_TEST_METRICS  "metrics.test"

struct cln_layer_spec {
    const struct cln_op *op; /* kind CLN_OP_LAYER */
    void *attrs;             /* op->attrs_bytes, owned by the spec */
};

struct cln_model_spec {
    char name[CLN_NAME_SIZE];
    struct cln_layer_spec *layers;
    int layer_count;
    const struct cln_op *optimizer; /* kind CLN_OP_OPTIMIZER */
    void *optimizer_attrs;
    char fusion[CLN_FIELD_TEXT_SIZE]; /* which of nn/rules.h: see cln_rewrite_choose() */
};

void cln_model_spec_done(struct cln_model_spec *spec);

/* What goes in and out: images (height, width, channels), one of `classes` labels. */
struct cln_model_shape {
    size_t height, width, channels, classes;
};

/* One layer as built, for tables. */
struct cln_layer_info {
    char name[CLN_NAME_SIZE]; /* "conv2d_1" */
    const struct cln_op *op;
    int rank;
    size_t dim[CLN_MAX_RANK]; /* of the output; dim[0] is the batch */
    size_t parameters, trainable_parameters;
};

struct cln_model_graph {
    struct cln_graph *graph;
    struct cln_model_variable *variables; /* in the order of the layers */
    int variable_count;
    struct cln_layer_info *layers;
    int layer_count;
    cln_tensor_id logits; /* (batch, classes) */
};

/* Where a graph takes its samples from. */
struct cln_model_source {
    const char *images_slot, *labels_slot, *order_slot; /* see data/device_data.h */
    size_t samples;                                     /* in the slots of images and labels */
    size_t places; /* in the order, which may leave samples out; 0: as many */
    const char
        *logits_slot; /* where logits stay to be read once a step has run; NULL: they do not */
    struct cln_load_batch_attrs load; /* noise; `batch` is set from the call */
};

/*
 * The graph of one step over `batch` samples. Training: load, layers, loss, gradients, optimizer.
 * Else: load, layers without dropout, loss. Layers that rewrite rules merge are one node; `layers`
 * has them all. `source` may be NULL: the data set's slots, no noise.
 * CLN_CONFIG when the layers do not fit each other or the shape; the message names the layer.
 * Free with cln_model_graph_done().
 */
enum cln_status cln_model_build(const struct cln_model_spec *spec,
                                const struct cln_model_shape *shape,
                                const struct cln_model_source *source, size_t batch, bool training,
                                struct cln_model_graph *out);
void cln_model_graph_done(struct cln_model_graph *model);

/* The graph that gives every variable its first value from the seed in `control`. */
enum cln_status cln_model_build_init(const struct cln_model_graph *model, struct cln_graph **out);

/* Whether the layers can be built on that shape at all; needs no device. */
enum cln_status cln_model_check(const struct cln_model_spec *spec,
                                const struct cln_model_shape *shape);

/* Parameters of all variables together, trainable or not. */
size_t cln_model_parameters(const struct cln_model_graph *model);

#endif

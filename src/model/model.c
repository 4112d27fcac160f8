#include "model/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cl/control.clh"
#include "nn/init.h"
#include "nn/registry.h"
#include "nn/rules.h"

void cln_model_spec_done(struct cln_model_spec *spec) {
    for (int i = 0; i < spec->layer_count; i++)
        free(spec->layers[i].attrs);
    free(spec->layers);
    free(spec->optimizer_attrs);
    *spec = (struct cln_model_spec){0};
}

void cln_model_graph_done(struct cln_model_graph *model) {
    cln_graph_free(model->graph);
    free(model->variables);
    free(model->layers);
    *model = (struct cln_model_graph){0};
}

size_t cln_model_parameters(const struct cln_model_graph *model) {
    size_t total = 0;
    for (int i = 0; i < model->layer_count; i++)
        total += model->layers[i].parameters;
    return total;
}

static const struct cln_op *internal_op(const char *name) {
    return cln_op_find(CLN_OP_INTERNAL, name);
}

/* A tensor that fills a slot of its own. */
static enum cln_status slot_tensor(struct cln_graph *graph, const char *slot_name,
                                   enum cln_dtype dtype, int rank, const size_t *dim,
                                   cln_tensor_id *out) {
    int slot;
    CLN_TRY(cln_graph_slot(graph, slot_name, dtype, &slot));
    return cln_graph_tensor(graph, slot_name, dtype, rank, dim, slot, out);
}

/* What is carried from one part of building to the next. */
struct build {
    const struct cln_model_spec *spec;
    const struct cln_model_shape *shape;
    struct cln_model_graph *out;
    struct cln_builder builder;
    size_t batch;
    cln_tensor_id labels, metrics;
};

static enum cln_status add_source(struct build *build, const struct cln_model_source *source) {
    static const struct cln_model_source defaults = {.images_slot = "data.train.images",
                                                     .labels_slot = "data.train.labels",
                                                     .order_slot = "data.train.order"};
    struct cln_graph *graph = build->out->graph;
    const struct cln_model_shape *shape = build->shape;
    bool training = build->builder.training;
    const struct cln_model_source *from = source ? source : &defaults;
    size_t samples = source ? source->samples : build->batch;
    size_t places = from->places ? from->places : samples;
    cln_tensor_id input[4];
    CLN_TRY(slot_tensor(graph, from->images_slot, CLN_U8, 4,
                        (size_t[]){samples, shape->height, shape->width, shape->channels},
                        &input[0]));
    CLN_TRY(slot_tensor(graph, from->labels_slot, CLN_U8, 1, &samples, &input[1]));
    CLN_TRY(slot_tensor(graph, from->order_slot, CLN_U32, 1, &places, &input[2]));
    CLN_TRY(slot_tensor(graph, training ? CLN_SLOT_TRAIN_CONTROL : CLN_SLOT_TEST_CONTROL, CLN_U32,
                        1, (size_t[]){CONTROL_WORDS}, &input[3]));
    CLN_TRY(slot_tensor(graph, training ? CLN_SLOT_TRAIN_METRICS : CLN_SLOT_TEST_METRICS, CLN_U32,
                        1, (size_t[]){2 * METRIC_WORDS}, &build->metrics));
    struct cln_load_batch_attrs load = from->load;
    load.batch = (int64_t)build->batch;
    struct cln_node *node;
    CLN_TRY(cln_graph_add(graph, internal_op("load_batch"), "load", &load, input, 4, &node));
    build->builder.x = node->output[0];
    build->labels = node->output[1];
    build->builder.samples = node->output[2];
    build->builder.control = input[3];
    return CLN_OK;
}

/*
 * The loss works on what goes into the softmax, so the last layer's softmax is taken off: a layer
 * of its own is left out (`*skip`), an `activation: softmax` is replaced in a copy of the
 * attributes.
 */
static enum cln_status strip_softmax(const struct cln_layer_spec *layer, bool *skip, void **attrs) {
    const struct cln_op *op = layer->op;
    *skip = !strcmp(op->name, "softmax");
    *attrs = NULL;
    if (*skip)
        return CLN_OK;
    const struct cln_field *field = cln_field_find(op->fields, op->field_count, "activation");
    int choice = field ? *(const int *)((const char *)layer->attrs + field->offset) : 0;
    if (!field || field->type != CLN_FIELD_CHOICE || strcmp(field->choices[choice], "softmax"))
        return CLN_FAIL(CONFIG,
                        "the last layer, %s, must end in a softmax; accepted: `dense: {units: N, "
                        "activation: softmax}`, or `softmax` as a layer of its own",
                        op->name);
    *attrs = malloc(op->attrs_bytes);
    if (!*attrs)
        return CLN_FAIL(MEMORY, "out of memory for the last layer");
    memcpy(*attrs, layer->attrs, op->attrs_bytes);
    *(int *)((char *)*attrs + field->offset) = 0; /* "none" */
    return CLN_OK;
}

/* "dense_2": the second dense layer. */
static void name_layer(const struct cln_model_spec *spec, int index, char *name) {
    int number = 1;
    for (int i = 0; i < index; i++)
        number += spec->layers[i].op == spec->layers[index].op;
    snprintf(name, CLN_NAME_SIZE, "%s_%d", spec->layers[index].op->name, number);
}

static void note_layer(struct build *build, int index, int first_variable) {
    struct cln_model_graph *out = build->out;
    const struct cln_builder *builder = &build->builder;
    struct cln_layer_info *info = &out->layers[out->layer_count++];
    const struct cln_tensor *y = &out->graph->tensors[builder->x];
    *info = (struct cln_layer_info){.op = build->spec->layers[index].op, .rank = y->rank};
    memcpy(info->name, builder->layer_name, sizeof info->name);
    memcpy(info->dim, y->dim, sizeof info->dim);
    for (int i = first_variable; i < builder->variable_count; i++) {
        size_t elems = cln_tensor_elems(&out->graph->tensors[builder->variables[i].tensor]);
        info->parameters += elems;
        info->trainable_parameters += builder->variables[i].trainable ? elems : 0;
    }
}

static enum cln_status add_layer(struct build *build, int index) {
    const struct cln_layer_spec *layer = &build->spec->layers[index];
    struct cln_builder *builder = &build->builder;
    bool last = index == build->spec->layer_count - 1, skip = false;
    void *replaced = NULL;
    name_layer(build->spec, index, builder->layer_name);
    builder->layer_index = index;
    int first_variable = builder->variable_count;
    if (last)
        CLN_TRY(strip_softmax(layer, &skip, &replaced));
    enum cln_status status =
        skip ? CLN_OK : layer->op->build(builder, replaced ? replaced : layer->attrs);
    free(replaced);
    CLN_TRY(status);
    note_layer(build, index, first_variable);
    return CLN_OK;
}

/* The last layer must give one number for each class. */
static enum cln_status check_output(const struct build *build) {
    const struct cln_layer_info *last = &build->out->layers[build->out->layer_count - 1];
    size_t classes = build->shape->classes;
    char shape[96] = "batch";
    if (last->rank == 2 && last->dim[1] == classes)
        return CLN_OK;
    for (int i = 1, used = (int)strlen(shape); i < last->rank; i++)
        used += snprintf(shape + used, sizeof shape - (size_t)used, ", %zu", last->dim[i]);
    return CLN_FAIL(CONFIG,
                    "the last layer, %s, gives (%s); the data set has %zu classes, so accepted: "
                    "(batch, %zu)%s",
                    last->name, shape, classes, classes,
                    last->rank > 2 ? "; put `flatten` before the dense layers" : "");
}

static enum cln_status add_layers(struct build *build) {
    const struct cln_model_spec *spec = build->spec;
    if (!spec->layer_count)
        return CLN_FAIL(CONFIG, "model %s has no layers", spec->name);
    build->out->layers = calloc((size_t)spec->layer_count, sizeof *build->out->layers);
    if (!build->out->layers)
        return CLN_FAIL(MEMORY, "out of memory for %d layers", spec->layer_count);
    for (int i = 0; i < spec->layer_count; i++)
        CLN_TRY(add_layer(build, i));
    CLN_TRY(check_output(build));
    build->out->logits = build->builder.x;
    return CLN_OK;
}

/* One tensor over a whole slot, as the optimizer sees all parameters. */
static enum cln_status flat_tensor(struct cln_graph *graph, const char *slot_name, size_t elems,
                                   cln_tensor_id *out) {
    int slot;
    CLN_TRY(cln_graph_slot(graph, slot_name, CLN_F32, &slot));
    size_t kept = graph->slots[slot].elems;
    graph->slots[slot].elems = 0;
    enum cln_status status = cln_graph_tensor(graph, slot_name, CLN_F32, 1, &elems, slot, out);
    if (graph->slots[slot].elems < kept)
        graph->slots[slot].elems = kept;
    return status;
}

static enum cln_status add_optimizer(struct build *build) {
    struct cln_graph *graph = build->out->graph;
    const struct cln_op *op = build->spec->optimizer;
    int params;
    CLN_TRY(cln_graph_slot(graph, CLN_SLOT_PARAMS, CLN_F32, &params));
    size_t elems = graph->slots[params].elems;
    if (!elems)
        return CLN_FAIL(CONFIG, "model %s has nothing to train", build->spec->name);
    cln_tensor_id input[CLN_MAX_INPUTS];
    int count = 0;
    CLN_TRY(flat_tensor(graph, CLN_SLOT_PARAMS, elems, &input[count++]));
    CLN_TRY(flat_tensor(graph, CLN_SLOT_GRADS, elems, &input[count++]));
    for (int i = 0; i < op->state_count; i++) {
        char name[CLN_NAME_SIZE];
        snprintf(name, sizeof name, CLN_SLOT_STATE ".%d", i);
        CLN_TRY(flat_tensor(graph, name, elems, &input[count++]));
    }
    input[count++] = build->builder.control;
    return cln_graph_add(graph, op, op->name, build->spec->optimizer_attrs, input, count, NULL);
}

/* Logits that are read once the step has run may not lie where other intermediates do. */
static enum cln_status keep_logits(struct build *build, const char *slot_name) {
    struct cln_graph *graph = build->out->graph;
    cln_tensor_id owner = build->out->logits;
    int slot;
    if (graph->tensors[owner].base != CLN_NO_TENSOR)
        owner = graph->tensors[owner].base;
    CLN_TRY(cln_graph_slot(graph, slot_name, CLN_F32, &slot));
    graph->slots[slot].elems = cln_tensor_elems(&graph->tensors[owner]);
    for (int i = 0; i < graph->tensor_count; i++)
        if (i == owner || graph->tensors[i].base == owner)
            graph->tensors[i].slot = slot;
    return CLN_OK;
}

static enum cln_status add_loss(struct build *build) {
    struct cln_graph *graph = build->out->graph;
    cln_tensor_id input[] = {build->out->logits, build->labels, build->metrics};
    CLN_TRY(cln_graph_add(graph, cln_op_find(CLN_OP_LOSS, "softmax_cross_entropy"), "loss", NULL,
                          input, 3, NULL));
    CLN_TRY(cln_graph_rewrite(graph, cln_rules, build->spec->fusion, build->builder.training));
    if (build->builder.training) {
        CLN_TRY(cln_graph_backward(graph, graph->node_count - 1));
        CLN_TRY(add_optimizer(build));
    }
    struct cln_step_end_attrs end = {.batch = (int64_t)build->batch,
                                     .training = build->builder.training};
    return cln_graph_add(graph, internal_op("step_end"), "step_end", &end, &build->builder.control,
                         1, NULL);
}

enum cln_status cln_model_build(const struct cln_model_spec *spec,
                                const struct cln_model_shape *shape,
                                const struct cln_model_source *source, size_t batch, bool training,
                                struct cln_model_graph *out) {
    *out = (struct cln_model_graph){0};
    struct build build = {.spec = spec, .shape = shape, .out = out, .batch = batch};
    build.builder.training = training;
    enum cln_status status;
    CLN_TRY_GOTO(cln_graph_create(&out->graph));
    build.builder.graph = out->graph;
    CLN_TRY_GOTO(add_source(&build, source));
    CLN_TRY_GOTO(add_layers(&build));
    CLN_TRY_GOTO(add_loss(&build));
    if (source && source->logits_slot)
        CLN_TRY_GOTO(keep_logits(&build, source->logits_slot));
fail:
    out->variables = build.builder.variables;
    out->variable_count = build.builder.variable_count;
    if (status != CLN_OK)
        cln_model_graph_done(out);
    return status;
}

/* The same variable in another graph: same slot, same place. */
static enum cln_status mirror_variable(const struct cln_graph *from, cln_tensor_id variable,
                                       struct cln_graph *to, cln_tensor_id *out) {
    const struct cln_tensor *tensor = &from->tensors[variable];
    const struct cln_slot *slot = &from->slots[tensor->slot];
    int mirrored;
    CLN_TRY(cln_graph_slot(to, slot->name, slot->dtype, &mirrored));
    CLN_TRY(cln_graph_tensor(to, tensor->name, tensor->dtype, tensor->rank, tensor->dim, mirrored,
                             out));
    to->tensors[*out].offset_elems = tensor->offset_elems;
    to->slots[mirrored].elems = slot->elems;
    return CLN_OK;
}

enum cln_status cln_model_build_init(const struct cln_model_graph *model, struct cln_graph **out) {
    struct cln_graph *graph;
    CLN_TRY(cln_graph_create(&graph));
    enum cln_status status;
    cln_tensor_id input[2];
    CLN_TRY_GOTO(slot_tensor(graph, CLN_SLOT_TRAIN_CONTROL, CLN_U32, 1, (size_t[]){CONTROL_WORDS},
                             &input[0]));
    for (int i = 0; i < model->variable_count; i++) {
        CLN_TRY_GOTO(mirror_variable(model->graph, model->variables[i].tensor, graph, &input[1]));
        struct cln_init_attrs attrs = {.init = model->variables[i].init, .stream = (uint32_t)i};
        CLN_TRY_GOTO(cln_graph_add(graph, internal_op("init"), graph->tensors[input[1]].name,
                                   &attrs, input, 2, NULL));
    }
    *out = graph;
    return CLN_OK;
fail:
    cln_graph_free(graph);
    return status;
}

enum cln_status cln_model_check(const struct cln_model_spec *spec,
                                const struct cln_model_shape *shape) {
    struct cln_model_graph model;
    CLN_TRY(cln_model_build(spec, shape, NULL, 2, true, &model));
    cln_model_graph_done(&model);
    return CLN_OK;
}

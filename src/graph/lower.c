#include "graph/lower.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "graph/launch.h"

/* Where emitting goes on after an error, so that variants need not check every call. */
static _Thread_local struct cln_launch nowhere;

static struct cln_launch *append(struct cln_lowering *lowering) {
    if (lowering->status != CLN_OK)
        return &nowhere;
    if (lowering->launch_count == lowering->launch_capacity) {
        int larger = lowering->launch_capacity ? lowering->launch_capacity * 2 : 32;
        struct cln_launch *moved =
            realloc(lowering->launches, (size_t)larger * sizeof *lowering->launches);
        if (!moved) {
            lowering->status = CLN_FAIL(MEMORY, "out of memory for %d launches", larger);
            return &nowhere;
        }
        lowering->launches = moved;
        lowering->launch_capacity = larger;
    }
    struct cln_launch *launch = &lowering->launches[lowering->launch_count++];
    *launch = (struct cln_launch){.lowering = lowering,
                                  .node = lowering->node,
                                  .dimensions = 1,
                                  .global = {1, 1, 1},
                                  .local = {0, 1, 1},
                                  .flops = -1,
                                  .bytes = -1};
    return launch;
}

struct cln_launch *cln_emit(struct cln_lowering *lowering, const char *program, const char *kernel,
                            const char *options, ...) {
    struct cln_launch *launch = append(lowering);
    launch->program = program;
    launch->kernel = kernel;
    if (!options)
        return launch;
    va_list args;
    va_start(args, options);
    int length = vsnprintf(launch->options, sizeof launch->options, options, args);
    va_end(args);
    if (length >= (int)sizeof launch->options && lowering->status == CLN_OK)
        lowering->status = CLN_FAIL(INTERNAL, "%s: build options are longer than %d characters",
                                    kernel, CLN_OPTIONS_SIZE - 1);
    return launch;
}

static void add_arg(struct cln_launch *launch, struct cln_arg arg) {
    if (!launch->lowering)
        return;
    if (launch->arg_count == CLN_CALL_ARGS) {
        launch->lowering->status =
            CLN_FAIL(INTERNAL, "%s has more than %d arguments", launch->kernel, CLN_CALL_ARGS);
        return;
    }
    launch->args[launch->arg_count++] = arg;
}

static void add_tensor(struct cln_launch *launch, cln_tensor_id tensor, bool reads, bool writes) {
    add_arg(launch,
            (struct cln_arg){
                .kind = CLN_ARG_TENSOR, .tensor = tensor, .reads = reads, .writes = writes});
}

void cln_arg_read(struct cln_launch *launch, cln_tensor_id tensor) {
    add_tensor(launch, tensor, true, false);
}

void cln_arg_write(struct cln_launch *launch, cln_tensor_id tensor) {
    add_tensor(launch, tensor, false, true);
}

void cln_arg_update(struct cln_launch *launch, cln_tensor_id tensor) {
    add_tensor(launch, tensor, true, true);
}

void cln_arg_u32(struct cln_launch *launch, size_t value) {
    if (value > UINT32_MAX && launch->lowering)
        launch->lowering->status =
            CLN_FAIL(INTERNAL, "%s: %zu does not fit in 32 bits", launch->kernel, value);
    add_arg(launch, (struct cln_arg){.kind = CLN_ARG_U32, .u32 = (uint32_t)value});
}

void cln_arg_f32(struct cln_launch *launch, double value) {
    add_arg(launch, (struct cln_arg){.kind = CLN_ARG_F32, .f32 = (float)value});
}

void cln_arg_local(struct cln_launch *launch, size_t bytes) {
    add_arg(launch, (struct cln_arg){.kind = CLN_ARG_LOCAL, .u32 = (uint32_t)bytes});
}

const size_t cln_groups_of_one[3] = {1, 1, 1};

void cln_grid(struct cln_launch *launch, int dimensions, const size_t *global,
              const size_t *local) {
    launch->dimensions = dimensions;
    for (int i = 0; i < dimensions; i++) {
        size_t group = local ? local[i] : 0;
        launch->local[i] = group;
        launch->global[i] = group ? (global[i] + group - 1) / group * group : global[i];
    }
}

void cln_launch_cost(struct cln_launch *launch, double flops, double bytes) {
    launch->flops = flops;
    launch->bytes = bytes;
}

struct cln_launch *cln_emit_gemm(struct cln_lowering *lowering, const struct cln_gemm_shape *shape,
                                 cln_tensor_id a, cln_tensor_id b, cln_tensor_id c) {
    struct cln_launch *launch = append(lowering);
    launch->is_gemm = true;
    launch->gemm = *shape;
    launch->program = "CLBlast";
    launch->kernel = "gemm";
    cln_arg_read(launch, a);
    cln_arg_read(launch, b);
    add_tensor(launch, c, shape->beta != 0, true);
    return launch;
}

cln_tensor_id cln_scratch(struct cln_lowering *lowering, const char *name, enum cln_dtype dtype,
                          size_t elems) {
    cln_tensor_id id = CLN_NO_TENSOR;
    char full[2 * CLN_NAME_SIZE];
    snprintf(full, sizeof full, "%s/%s", lowering->graph->nodes[lowering->node].name, name);
    if (lowering->status == CLN_OK)
        lowering->status =
            cln_graph_tensor(lowering->graph, full, dtype, 1, &elems, CLN_ARENA, &id);
    return id;
}

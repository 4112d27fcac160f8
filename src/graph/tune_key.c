/* What a measured choice depends on, as a hash. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "clnoise/version.h"
#include "graph/launch.h"
#include "graph/tune_private.h"
#include "runtime/device.h"
#include "runtime/kernel_source.h"

/* With its length before it, no part can pass for the end of the one before. */
static void add_part(struct cln_text *text, const char *part) {
    cln_text_add(text, "%zu:%s", strlen(part), part);
}

static enum cln_status hash_text(struct cln_text *text, char key[CLN_SHA256_HEX_SIZE]) {
    enum cln_status status = cln_text_check(text);
    if (status == CLN_OK)
        status = cln_sha256(text->chars, text->length, key);
    cln_text_free(text);
    return status;
}

enum cln_status cln_tune_device_key(const struct cln_device *device, const struct cln_caps *caps,
                                    char key[CLN_SHA256_HEX_SIZE]) {
    const char *const parts[] = {
        device->name,     device->vendor,    device->version,          device->driver,
        device->platform, device->c_version, device->platform_version, cln_version()};
    struct cln_text text = {0};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        add_part(&text, parts[i]);
    cln_text_add(&text, "%d %d %d %zu %zu %zu %zu %zu %d %zu %d", caps->is_cpu,
                 caps->float_vector_width, caps->compute_units, caps->max_group_items,
                 caps->max_item_sizes[0], caps->max_item_sizes[1], caps->max_item_sizes[2],
                 caps->local_memory_bytes, caps->local_memory_dedicated, caps->cache_bytes,
                 caps->clblast);
    return hash_text(&text, key);
}

static enum cln_status source_hash(struct cln_tune_sources *sources, const char *file,
                                   const char **out) {
    for (int i = 0; i < sources->count; i++)
        if (!strcmp(sources->rows[i].name, file)) {
            *out = sources->rows[i].hash;
            return CLN_OK;
        }
    if (sources->count == sources->capacity) {
        int larger = sources->capacity ? 2 * sources->capacity : 16;
        void *moved = realloc(sources->rows, (size_t)larger * sizeof *sources->rows);
        if (!moved)
            return CLN_FAIL(MEMORY, "out of memory for %d kernel files", larger);
        sources->rows = moved;
        sources->capacity = larger;
    }
    struct cln_text text = {0};
    enum cln_status status = cln_kernel_source(file, &text);
    if (status != CLN_OK) {
        cln_text_free(&text);
        return status;
    }
    CLN_TRY(hash_text(&text, sources->rows[sources->count].hash));
    snprintf(sources->rows[sources->count].name, sizeof sources->rows->name, "%s", file);
    *out = sources->rows[sources->count++].hash;
    return CLN_OK;
}

static void add_tensor(struct cln_text *text, const struct cln_tensor *tensor) {
    cln_text_add(text, " %d(", tensor->dtype);
    for (int i = 0; i < tensor->rank; i++)
        cln_text_add(text, "%zu,", tensor->dim[i]);
    cln_text_add(text, ")");
}

static void add_launch(struct cln_text *text, const struct cln_graph *graph,
                       const struct cln_launch *launch) {
    add_part(text, launch->kernel);
    add_part(text, launch->options);
    cln_text_add(text, "%d:%d", launch->is_gemm, launch->dimensions);
    for (int i = 0; i < 3; i++)
        cln_text_add(text, ",%zu/%zu", launch->global[i], launch->local[i]);
    if (launch->is_gemm)
        cln_text_add(text, " %zu %zu %zu %d %d %a %a", launch->gemm.m, launch->gemm.n,
                     launch->gemm.k, launch->gemm.transpose_a, launch->gemm.transpose_b,
                     (double)launch->gemm.alpha, (double)launch->gemm.beta);
    for (int i = 0; i < launch->arg_count; i++) {
        const struct cln_arg *arg = &launch->args[i];
        cln_text_add(text, " %d:%u:%a:%d%d", arg->kind, arg->u32, (double)arg->f32, arg->reads,
                     arg->writes);
        if (arg->kind == CLN_ARG_TENSOR && arg->tensor != CLN_NO_TENSOR)
            add_tensor(text, &graph->tensors[arg->tensor]);
    }
}

static void add_program(struct cln_tune_programs *programs, const struct cln_launch *launch) {
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    const char *const parts[] = {launch->program, "\n", launch->options};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        for (const char *c = parts[i]; *c; c++)
            hash = (hash ^ (unsigned char)*c) * 1099511628211u;
    for (int i = 0; i < programs->count; i++)
        if (programs->hash[i] == hash)
            return;
    if (programs->count < CLN_TUNE_PROGRAMS)
        programs->hash[programs->count++] = hash;
}

/* The launches that the variant makes of the node, lowered in a graph of their own, because that
 * adds tensors. */
static enum cln_status add_candidate(struct cln_tune_sources *sources, struct cln_text *text,
                                     const struct cln_node *node, const struct cln_caps *caps,
                                     const struct cln_variant *candidate,
                                     struct cln_tune_programs *programs) {
    struct cln_graph *graph;
    CLN_TRY(cln_tune_isolate(node, 0, &graph));
    struct cln_lowering lowering = {.graph = graph, .caps = caps};
    enum cln_status status = candidate->lower(&graph->nodes[0], &lowering);
    if (status == CLN_OK)
        status = lowering.status;
    add_part(text, candidate->name);
    for (int i = 0; i < lowering.launch_count && status == CLN_OK; i++) {
        const char *hash = "library";
        if (!lowering.launches[i].is_gemm) {
            status = source_hash(sources, lowering.launches[i].program, &hash);
            add_program(programs, &lowering.launches[i]);
        }
        add_part(text, hash);
        add_launch(text, graph, &lowering.launches[i]);
    }
    free(lowering.launches);
    cln_graph_free(graph);
    return status;
}

enum cln_status cln_tune_node_key(struct cln_tune_sources *sources, const struct cln_node *node,
                                  const struct cln_caps *caps,
                                  const struct cln_variant *const *candidates, int count,
                                  char key[CLN_SHA256_HEX_SIZE],
                                  struct cln_tune_programs *programs) {
    struct cln_text text = {0};
    add_part(&text, node->op->name);
    for (int i = 0; i < node->input_count; i++)
        if (node->input[i] != CLN_NO_TENSOR)
            add_tensor(&text, cln_node_in(node, i));
    for (int i = 0; i < node->output_count; i++)
        add_tensor(&text, cln_node_out(node, i));
    for (int i = 0; i < count; i++) {
        enum cln_status status = add_candidate(sources, &text, node, caps, candidates[i], programs);
        if (status != CLN_OK) {
            cln_text_free(&text);
            return status;
        }
    }
    return hash_text(&text, key);
}

void cln_tune_shape(const struct cln_node *node, char shape[CLN_TUNE_SHAPE_SIZE]) {
    struct cln_text text = {0};
    for (int i = 0; i < node->input_count; i++) {
        if (node->input[i] == CLN_NO_TENSOR)
            continue;
        const struct cln_tensor *tensor = cln_node_in(node, i);
        for (int d = 0; d < tensor->rank; d++)
            cln_text_add(&text, "%s%zu", d ? "x" : text.length ? " " : "", tensor->dim[d]);
    }
    snprintf(shape, CLN_TUNE_SHAPE_SIZE, "%s", text.chars ? text.chars : "");
    cln_text_free(&text);
}

#include "support/rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "graph/plan.h"
#include "support/device.h"

#define PAD_ELEMS  37
#define MAX_SLOTS  16
#define MAX_PASSES 4

/* A built graph: where everything under test lies. */
struct build {
    struct cln_graph *graph;
    cln_tensor_id input[CLN_MAX_INPUTS], output[CLN_MAX_OUTPUTS], gradient[CLN_MAX_INPUTS];
    cln_tensor_id upstream;
    int output_count;
};

/* A slot's bytes on the host: what goes in, what came out, which bytes may change. */
struct image {
    size_t bytes;
    unsigned char *before, *after, *again, *free_to_change;
};

/* Bytes that are a NaN as a float, and unlikely as an integer. Each slot has its own, because what
 * is computed from a NaN beyond an input often is that NaN again, and must not look like the
 * pattern beyond an output. */
static void fill_pattern(unsigned char *bytes, size_t count, int slot) {
    const unsigned char pattern[4] = {(unsigned char)(0xd0 + slot), 0xc0, 0xd5, 0x7f};
    for (size_t i = 0; i < count; i++)
        bytes[i] = pattern[i % sizeof pattern];
}

void rig_init(struct rig *rig, const struct op_case *c, bool with_gradients) {
    *rig = (struct rig){.c = c, .with_gradients = with_gradients};
    uint64_t state = c->seed * 7919 + 17;
    for (int i = 0; i < c->input_count; i++) {
        const struct test_input *in = &c->input[i];
        rig->input[i] = test_values_make(in->rank, in->dim);
        if (in->values)
            memcpy(rig->input[i].v, in->values, rig->input[i].elems * sizeof(double));
        else if (in->low == 0 && in->high == 0)
            test_values_fill(&rig->input[i], in->dtype, -1, 1, &state);
        else
            test_values_fill(&rig->input[i], in->dtype, in->low, in->high, &state);
    }
}

static void drop_results(struct rig *rig) {
    for (int i = 0; i < CLN_MAX_INPUTS; i++) {
        test_values_done(&rig->updated[i]);
        test_values_done(&rig->gradient[i]);
    }
    for (int i = 0; i < CLN_MAX_OUTPUTS; i++)
        test_values_done(&rig->output[i]);
}

void rig_done(struct rig *rig) {
    drop_results(rig);
    for (int i = 0; i < CLN_MAX_INPUTS; i++)
        test_values_done(&rig->input[i]);
    test_values_done(&rig->upstream);
}

/* A tensor in a slot for the dtype, behind a stretch that nobody may touch. */
static cln_tensor_id place(struct cln_graph *graph, const char *name, const char *slot_name,
                           enum cln_dtype dtype, int rank, const size_t *dim) {
    static const char *const dtype_name[] = {"f32", "u32", "u8"};
    char full[CLN_NAME_SIZE];
    snprintf(full, sizeof full, dtype == CLN_F32 ? "%s" : "%s.%s", slot_name, dtype_name[dtype]);
    int slot;
    cln_tensor_id pad, tensor;
    TEST_OK(cln_graph_slot(graph, full, dtype, &slot));
    TEST_OK(cln_graph_tensor(graph, "pad", dtype, 1, (size_t[]){PAD_ELEMS}, slot, &pad));
    TEST_OK(cln_graph_tensor(graph, name, dtype, rank, dim, slot, &tensor));
    TEST_OK(cln_graph_tensor(graph, "pad", dtype, 1, (size_t[]){PAD_ELEMS}, slot, &pad));
    return tensor;
}

/* Moves the node's outputs from the arena to places where they can be read. */
static void place_outputs(struct build *b, const struct cln_node *node) {
    b->output_count = node->output_count;
    for (int k = 0; k < node->output_count; k++) {
        b->output[k] = node->output[k];
        const struct cln_tensor t = b->graph->tensors[node->output[k]];
        if (t.slot != CLN_ARENA || t.base != CLN_NO_TENSOR)
            continue;
        const cln_tensor_id there = place(b->graph, t.name, "test.out", t.dtype, t.rank, t.dim);
        b->graph->tensors[node->output[k]].slot = b->graph->tensors[there].slot;
        b->graph->tensors[node->output[k]].offset_elems = b->graph->tensors[there].offset_elems;
    }
}

static void add_backward(struct rig *rig, struct build *b) {
    struct cln_graph *graph = b->graph;
    const struct op_case *c = rig->c;
    if (c->op->kind == CLN_OP_LOSS) {
        TEST_OK(cln_graph_backward(graph, 0));
    } else {
        const struct cln_tensor y = graph->tensors[b->output[0]];
        if (!rig->upstream.v) {
            uint64_t state = c->seed + 99;
            rig->upstream = test_values_make(y.rank, y.dim);
            test_values_fill(&rig->upstream, CLN_F32, -1, 1, &state);
        }
        b->upstream = place(graph, "upstream", "test.in", CLN_F32, y.rank, y.dim);
        graph->tensors[b->output[0]].gradient = b->upstream;
        TEST_OK(c->op->backward(graph, 0));
    }
    for (int i = 0; i < c->input_count; i++)
        b->gradient[i] = graph->tensors[b->input[i]].gradient;
}

static void build(struct rig *rig, struct build *b) {
    const struct op_case *c = rig->c;
    *b = (struct build){.upstream = CLN_NO_TENSOR};
    TEST_OK(cln_graph_create(&b->graph));
    for (int i = 0; i < c->input_count; i++) {
        const struct test_input *in = &c->input[i];
        const bool parameter = in->differentiable && rig->with_gradients;
        b->gradient[i] = CLN_NO_TENSOR;
        b->input[i] = place(b->graph, in->name, parameter ? "params" : "test.in", in->dtype,
                            in->rank, in->dim);
        b->graph->tensors[b->input[i]].needs_gradient = parameter;
    }
    struct cln_node *node;
    TEST_OK(cln_graph_add(b->graph, c->op, "node", c->attrs, b->input, c->input_count, &node));
    place_outputs(b, node);
    if (rig->with_gradients)
        add_backward(rig, b);
}

static unsigned char *at(const struct build *b, unsigned char *bytes, cln_tensor_id id) {
    const struct cln_tensor *t = &b->graph->tensors[id];
    return bytes + t->offset_elems * cln_dtype_bytes(t->dtype);
}

static void allow(const struct build *b, struct image *images, cln_tensor_id id) {
    const struct cln_tensor *t = &b->graph->tensors[id];
    memset(at(b, images[t->slot].free_to_change, id), 1,
           cln_tensor_elems(t) * cln_dtype_bytes(t->dtype));
}

static void put(const struct build *b, struct image *images, cln_tensor_id id,
                const struct test_values *values) {
    const struct cln_tensor *t = &b->graph->tensors[id];
    test_values_store(values, t->dtype, at(b, images[t->slot].before, id));
}

static void images_make(const struct rig *rig, const struct build *b, struct image *images) {
    assert_true(b->graph->slot_count <= MAX_SLOTS);
    for (int s = 1; s < b->graph->slot_count; s++) {
        const struct cln_slot *slot = &b->graph->slots[s];
        struct image *image = &images[s];
        image->bytes = slot->elems * cln_dtype_bytes(slot->dtype);
        unsigned char *all = calloc(4, image->bytes + 4);
        assert_non_null(all);
        image->before = all;
        image->after = all + image->bytes;
        image->again = all + 2 * image->bytes;
        image->free_to_change = all + 3 * image->bytes;
        fill_pattern(image->before, image->bytes, s);
    }
    for (int i = 0; i < rig->c->input_count; i++) {
        const struct test_input *in = &rig->c->input[i];
        if (!in->destination)
            put(b, images, b->input[i], &rig->input[i]);
        if (in->updated || in->destination)
            allow(b, images, b->input[i]);
        if (b->gradient[i] != CLN_NO_TENSOR)
            allow(b, images, b->gradient[i]);
    }
    for (int k = 0; k < b->output_count; k++)
        if (b->graph->tensors[b->output[k]].base == CLN_NO_TENSOR)
            allow(b, images, b->output[k]);
    if (b->upstream != CLN_NO_TENSOR)
        put(b, images, b->upstream, &rig->upstream);
}

static void images_done(struct image *images) {
    for (int s = 0; s < MAX_SLOTS; s++)
        free(images[s].before);
}

/* Fills every slot, runs the plan once, and reads every slot back. */
static void run_once(const struct build *b, struct image *images, struct cln_plan *plan,
                     struct cln_store *store, bool again) {
    const size_t arena_bytes = cln_plan_arena_bytes(plan);
    if (arena_bytes) {
        unsigned char *arena = malloc(arena_bytes);
        assert_non_null(arena);
        fill_pattern(arena, arena_bytes, CLN_ARENA);
        TEST_OK(cln_store_write(store, b->graph->slots[CLN_ARENA].name, 0, arena, arena_bytes));
        free(arena);
    }
    for (int s = 1; s < b->graph->slot_count; s++)
        TEST_OK(
            cln_store_write(store, b->graph->slots[s].name, 0, images[s].before, images[s].bytes));
    TEST_OK(cln_plan_replay(plan));
    TEST_OK(cln_context_finish(test_context()));
    for (int s = 1; s < b->graph->slot_count; s++)
        TEST_OK(cln_store_read(store, b->graph->slots[s].name, 0,
                               again ? images[s].again : images[s].after, images[s].bytes));
}

/* Nothing but outputs has changed, and both runs, if there were two, gave the same bits. */
static void check_images(const struct rig *rig, const struct build *b, const struct image *images,
                         bool twice) {
    for (int s = 1; s < b->graph->slot_count; s++)
        for (size_t i = 0; i < images[s].bytes; i++) {
            if (!images[s].free_to_change[i] && images[s].after[i] != images[s].before[i])
                fail_msg("%s, variant %s: wrote outside of its outputs, at byte %zu of slot %s",
                         rig->c->label, rig->variant, i, b->graph->slots[s].name);
            if (twice && images[s].after[i] != images[s].again[i])
                fail_msg("%s, variant %s: a second run gave other bits, at byte %zu of slot %s",
                         rig->c->label, rig->variant, i, b->graph->slots[s].name);
        }
}

static struct test_values take(const struct build *b, const struct image *images,
                               cln_tensor_id id) {
    const struct cln_tensor *t = &b->graph->tensors[id];
    struct test_values values = test_values_make(t->rank, t->dim);
    test_values_load(&values, t->dtype, at(b, images[t->slot].after, id));
    return values;
}

static void take_results(struct rig *rig, const struct build *b, const struct image *images) {
    drop_results(rig);
    rig->output_count = b->output_count;
    for (int k = 0; k < b->output_count; k++)
        rig->output[k] = take(b, images, b->output[k]);
    for (int i = 0; i < rig->c->input_count; i++) {
        if (rig->c->input[i].updated)
            rig->updated[i] = take(b, images, b->input[i]);
        if (b->gradient[i] != CLN_NO_TENSOR)
            rig->gradient[i] = take(b, images, b->gradient[i]);
    }
}

static void run_pinned(struct rig *rig, const char *pins) {
    const bool twice = !test_is_simulated();
    struct build b;
    struct image images[MAX_SLOTS] = {{0}};
    struct cln_store *store;
    struct cln_plan *plan;
    build(rig, &b);
    images_make(rig, &b, images);
    TEST_OK(cln_store_create(test_context(), &store));
    TEST_OK(cln_plan_create(b.graph, store, test_context(),
                            &(struct cln_plan_options){.variants = pins}, &plan));
    run_once(&b, images, plan, store, false);
    if (twice)
        run_once(&b, images, plan, store, true);
    check_images(rig, &b, images, twice);
    take_results(rig, &b, images);
    cln_plan_free(plan);
    cln_store_free(store);
    images_done(images);
    cln_graph_free(b.graph);
}

/* "op=name,..." for every op of the graph all of whose nodes such a variant fits; false if none. */
static bool pin_all(const struct build *b, const char *name, char *pins, size_t size) {
    bool any = false;
    size_t used = 0;
    pins[0] = '\0';
    for (int n = 0; n < b->graph->node_count; n++) {
        const struct cln_op *op = b->graph->nodes[n].op;
        bool fits = op->variants != NULL, first = true;
        for (int m = 0; m < b->graph->node_count && fits; m++) {
            const struct cln_node *node = &b->graph->nodes[m];
            if (node->op != op)
                continue;
            first &= m >= n;
            const struct cln_variant *v = op->variants;
            while (v->name && strcmp(v->name, name))
                v++;
            fits = v->name && (!v->fits || v->fits(node, test_caps()));
        }
        if (!fits || !first)
            continue;
        used +=
            (size_t)snprintf(pins + used, size - used, "%s%s=%s", used ? "," : "", op->name, name);
        assert_true(used < size);
        any = true;
    }
    return any;
}

/* A device to pretend to be, so that variants for other devices are run as well. */
struct pass {
    bool is_cpu;
    int width;
    bool vectors_only; /* a pass for the sake of the vector width alone */
};

static bool seen_before(const struct cln_graph *graph, int node, const struct cln_variant *v) {
    for (int n = 0; n <= node; n++)
        for (const struct cln_variant *w = graph->nodes[n].op->variants; w && w->name; w++) {
            if (w == v)
                return false;
            if (!strcmp(w->name, v->name))
                return true;
        }
    return false;
}

void rig_run_variants(struct rig *rig, void (*check)(struct rig *rig, void *context),
                      void *context) {
    static const struct pass passes[MAX_PASSES] = {
        {true, 16, false}, {false, 1, false}, {true, 8, true}, {true, 4, true}};
    static struct cln_caps saved; /* the device's own, also after a test that failed half-way */
    struct cln_caps *caps = test_caps();
    if (!saved.compute_units)
        saved = *caps;
    *caps = saved;
    char done[1024] = ",";
    int runs = 0;
    struct build b;
    build(rig, &b);
    for (int p = 0; p < (rig->c->all_widths ? MAX_PASSES : 2); p++) {
        caps->is_cpu = passes[p].is_cpu;
        caps->float_vector_width = passes[p].width;
        for (int n = 0; n < b.graph->node_count; n++)
            for (const struct cln_variant *v = b.graph->nodes[n].op->variants; v && v->name; v++) {
                char pins[512], mark[80];
                snprintf(mark, sizeof mark, ",%s,", v->name);
                const bool vector = !strncmp(v->name, "cpu", 3);
                const bool vectors_only =
                    passes[p].vectors_only || (rig->c->large && test_is_simulated());
                if (seen_before(b.graph, n, v) || (vectors_only && !vector) ||
                    (!passes[p].vectors_only && strstr(done, mark)) ||
                    !pin_all(&b, v->name, pins, sizeof pins))
                    continue;
                snprintf(rig->variant, sizeof rig->variant, "%s at width %d", v->name,
                         passes[p].width);
                snprintf(done + strlen(done), sizeof done - strlen(done), "%s,", v->name);
                run_pinned(rig, pins);
                check(rig, context);
                runs++;
            }
    }
    *caps = saved;
    if (!runs) { /* nothing to choose from: a view */
        snprintf(rig->variant, sizeof rig->variant, "none");
        run_pinned(rig, NULL);
        check(rig, context);
    }
    cln_graph_free(b.graph);
}

double rig_compare(const struct rig *rig, const char *what, const struct test_values *got,
                   const struct test_values *want, double tolerance) {
    double worst = 0;
    if (got->elems != want->elems)
        fail_msg("%s, variant %s: %s has %zu elements, not %zu", rig->c->label, rig->variant, what,
                 got->elems, want->elems);
    for (size_t i = 0; i < want->elems; i++) {
        if (isnan(want->v[i]) && isnan(got->v[i]))
            continue;
        const double error = fabs(got->v[i] - want->v[i]) / (1 + fabs(want->v[i]));
        if (!(error <= tolerance) && got->v[i] != want->v[i])
            fail_msg("%s, variant %s: %s[%zu] is %.9g, should be %.9g: error %.3g, tolerance %.3g",
                     rig->c->label, rig->variant, what, i, got->v[i], want->v[i], error, tolerance);
        if (error > worst)
            worst = error;
    }
    return worst;
}

/*
 * Optimizers: many steps on the device against the same rule in double precision, for every variant
 * and vector width; and against PyTorch where its rule is Keras's (tests/golden/optimizers.txt).
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cl/control.clh"
#include "graph/plan.h"
#include "nn/registry.h"
#include "support/device.h"

#define MAX_COUNT 3000
#define MAX_STATE 2
#define PAD       32       /* elements behind each vector that nobody may touch */
#define PATTERN   12345.0f /* stands there */

/* An optimizer at work on `count` parameters in a store. */
struct run {
    const struct cln_op *op;
    void *attrs;
    size_t count;
    struct cln_graph *graph;
    struct cln_store *store;
    struct cln_plan *plan;
};

static double field_value(const struct run *run, const char *key) {
    const struct cln_field *f = cln_field_find(run->op->fields, run->op->field_count, key);
    if (!f)
        return 0;
    const char *at = (const char *)run->attrs + f->offset;
    return f->type == CLN_FIELD_BOOL ? *(const bool *)at : *(const double *)at;
}

/* "rho=0.9": sets one field. */
static void set_field(struct run *run, const char *text) {
    char key[64];
    const char *equals = strchr(text, '=');
    assert_non_null(equals);
    snprintf(key, sizeof key, "%.*s", (int)(equals - text), text);
    const struct cln_field *f = cln_field_find(run->op->fields, run->op->field_count, key);
    if (!f)
        fail_msg("%s has no field %s", run->op->name, key);
    char *at = (char *)run->attrs + f->offset;
    if (f->type == CLN_FIELD_BOOL)
        *(bool *)at = atof(equals + 1) != 0;
    else
        *(double *)at = atof(equals + 1);
}

/* op and fields from words like "sgd momentum=0.9". */
static void run_configure(struct run *run, const char *words) {
    char copy[256], *rest = NULL;
    snprintf(copy, sizeof copy, "%s", words);
    char *word = strtok_r(copy, " ", &rest);
    *run = (struct run){.op = cln_op_find(CLN_OP_OPTIMIZER, word)};
    if (!run->op)
        fail_msg("no optimizer %s", word);
    run->attrs = calloc(1, run->op->attrs_bytes);
    assert_non_null(run->attrs);
    cln_fields_set_defaults(run->op->fields, run->op->field_count, run->attrs);
    while ((word = strtok_r(NULL, " ", &rest)))
        set_field(run, word);
}

static cln_tensor_id add_vector(struct run *run, const char *name) {
    int slot;
    cln_tensor_id tensor, pad;
    TEST_OK(cln_graph_slot(run->graph, name, CLN_F32, &slot));
    TEST_OK(cln_graph_tensor(run->graph, name, CLN_F32, 1, &run->count, slot, &tensor));
    TEST_OK(cln_graph_tensor(run->graph, "pad", CLN_F32, 1, (size_t[]){PAD}, slot, &pad));
    return tensor;
}

static size_t slot_elems(const struct run *run) {
    return (run->count + 15) / 16 * 16 + PAD; /* tensors begin at 64 bytes */
}

/* The vector's first values, and the pattern behind it. */
static void fill_slot(struct run *run, const char *slot, const float *values) {
    static float all[MAX_COUNT + 16 + PAD];
    for (size_t i = 0; i < slot_elems(run); i++)
        all[i] = i >= run->count ? PATTERN : values ? values[i] : 0;
    TEST_OK(cln_store_write(run->store, slot, 0, all, slot_elems(run) * sizeof *all));
}

static void check_pad(struct run *run, const char *slot) {
    static float all[MAX_COUNT + 16 + PAD];
    TEST_OK(cln_store_read(run->store, slot, 0, all, slot_elems(run) * sizeof *all));
    for (size_t i = run->count; i < slot_elems(run); i++)
        if (all[i] != PATTERN)
            fail_msg("%s: wrote behind the end of %s, at %zu of %zu", run->op->name, slot, i,
                     run->count);
}

static void run_start(struct run *run, size_t count, const char *variant, const float *w) {
    cln_tensor_id input[3 + MAX_STATE];
    int inputs = 0, words;
    char name[32], pin[64];
    run->count = count;
    TEST_OK(cln_graph_create(&run->graph));
    input[inputs++] = add_vector(run, "params");
    input[inputs++] = add_vector(run, "grads");
    for (int i = 0; i < run->op->state_count; i++) {
        snprintf(name, sizeof name, "state.%d", i);
        input[inputs++] = add_vector(run, name);
    }
    TEST_OK(cln_graph_slot(run->graph, "control", CLN_U32, &words));
    TEST_OK(cln_graph_tensor(run->graph, "control", CLN_U32, 1, (size_t[]){CONTROL_WORDS}, words,
                             &input[inputs++]));
    TEST_OK(cln_graph_add(run->graph, run->op, "optimizer", run->attrs, input, inputs, NULL));
    snprintf(pin, sizeof pin, "%s=%s", run->op->name, variant);
    TEST_OK(cln_store_create(test_context(), &run->store));
    TEST_OK(cln_plan_create(run->graph, run->store, test_context(),
                            &(struct cln_plan_options){.variants = pin}, &run->plan));
    fill_slot(run, "params", w);
    fill_slot(run, "grads", NULL);
    for (int i = 0; i < run->op->state_count; i++) {
        snprintf(name, sizeof name, "state.%d", i);
        fill_slot(run, name, NULL);
    }
}

/* One step with gradient g; w receives the parameters after it. */
static void run_step(struct run *run, uint32_t step, const float *g, float *w) {
    uint32_t control[CONTROL_WORDS] = {0};
    const float rate = (float)field_value(run, "learning_rate");
    control[CONTROL_STEP] = step;
    memcpy(&control[CONTROL_LEARNING_RATE], &rate, sizeof rate);
    TEST_OK(cln_store_write(run->store, "control", 0, control, sizeof control));
    TEST_OK(cln_store_write(run->store, "grads", 0, g, run->count * sizeof *g));
    TEST_OK(cln_plan_replay(run->plan));
    TEST_OK(cln_store_read(run->store, "params", 0, w, run->count * sizeof *w));
}

static void run_stop(struct run *run) {
    check_pad(run, "params");
    check_pad(run, "grads");
    check_pad(run, "state.0");
    if (run->op->state_count > 1)
        check_pad(run, "state.1");
    cln_plan_free(run->plan);
    cln_store_free(run->store);
    cln_graph_free(run->graph);
    run->plan = NULL;
}

/* The rules in double precision, one element: returns the parameter's new value. */

struct rule {
    double rate, momentum, rho, epsilon, beta_1, beta_2;
    bool nesterov;
};

static double sgd(const struct rule *r, double w, double g, double *state, int t) {
    (void)t;
    state[0] = r->momentum * state[0] - r->rate * g;
    return w + (r->nesterov ? r->momentum * state[0] - r->rate * g : state[0]);
}

static double rmsprop(const struct rule *r, double w, double g, double *state, int t) {
    (void)t;
    state[0] = r->rho * state[0] + (1 - r->rho) * g * g;
    if (r->momentum == 0)
        return w - r->rate * g / (sqrt(state[0]) + r->epsilon);
    state[1] = r->momentum * state[1] + r->rate * g / sqrt(state[0] + r->epsilon);
    return w - state[1];
}

static double adadelta(const struct rule *r, double w, double g, double *state, int t) {
    (void)t;
    state[0] = r->rho * state[0] + (1 - r->rho) * g * g;
    const double step = g * sqrt(state[1] + r->epsilon) / sqrt(state[0] + r->epsilon);
    state[1] = r->rho * state[1] + (1 - r->rho) * step * step;
    return w - r->rate * step;
}

static double adam(const struct rule *r, double w, double g, double *state, int t) {
    state[0] = r->beta_1 * state[0] + (1 - r->beta_1) * g;
    state[1] = r->beta_2 * state[1] + (1 - r->beta_2) * g * g;
    const double corrected = r->rate * sqrt(1 - pow(r->beta_2, t)) / (1 - pow(r->beta_1, t));
    return w - corrected * state[0] / (sqrt(state[1]) + r->epsilon);
}

typedef double rule_step(const struct rule *r, double w, double g, double *state, int t);

static rule_step *rule_of(const struct run *run, struct rule *rule) {
    static const struct {
        const char *name;
        rule_step *step;
    } rules[] = {{"sgd", sgd}, {"rmsprop", rmsprop}, {"adadelta", adadelta}, {"adam", adam}};
    *rule = (struct rule){
        .rate = field_value(run, "learning_rate"),
        .momentum = field_value(run, "momentum"),
        .rho = field_value(run, "rho"),
        .epsilon = field_value(run, "epsilon"),
        .beta_1 = field_value(run, "beta_1"),
        .beta_2 = field_value(run, "beta_2"),
        .nesterov = field_value(run, "nesterov") != 0,
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (!strcmp(rules[i].name, run->op->name))
            return rules[i].step;
    fail_msg("no reference for %s", run->op->name);
    return NULL;
}

/* Gradients of all sizes, and exact zeros; they change sign and size from step to step. */
static float gradient(size_t i, int step) {
    static const float sizes[] = {1, 1e-3f, 0, 30, 1e-8f, 1e-15f, 0.25f};
    return sizes[i % 7] * (float)((int)((i * 7 + (size_t)step * 13) % 41) - 20) / 32;
}

/*
 * The tolerance, per element: each step rounds w once (2^-24 of |w|, or 6e-8), and its length is
 * right to 2e-6: some ten roundings, half of them under a root, and state vectors that keep theirs.
 */
static double tolerance(double w, double path, int steps) {
    return 7e-8 * steps * fabs(w) + 2e-6 * path;
}

static void check_trajectory(const char *words, const char *variant, size_t count) {
    enum { STEPS = 30 };
    static float w[MAX_COUNT], g[MAX_COUNT];
    static double want[MAX_COUNT], path[MAX_COUNT], kept[MAX_COUNT][MAX_STATE];
    struct run run;
    struct rule rule;
    run_configure(&run, words);
    rule_step *step = rule_of(&run, &rule);
    memset(path, 0, sizeof path);
    memset(kept, 0, sizeof kept);
    for (size_t i = 0; i < count; i++)
        want[i] = w[i] = (float)((int)(11 * i % 23) - 11) / 16;
    run_start(&run, count, variant, w);
    double worst = 0;
    for (int k = 0; k < STEPS; k++) {
        for (size_t i = 0; i < count; i++) {
            g[i] = gradient(i, k);
            const double before = want[i];
            want[i] = step(&rule, before, g[i], kept[i], k + 1);
            path[i] += fabs(want[i] - before);
        }
        run_step(&run, (uint32_t)k, g, w);
        for (size_t i = 0; i < count; i++) {
            const double limit = tolerance(want[i], path[i], k + 1);
            const double error = fabs(w[i] - want[i]);
            if (!(error <= limit))
                fail_msg("%s, %s, %zu elements: w[%zu] after step %d is %.9g, should be %.9g "
                         "within %.2g",
                         words, variant, count, i, k + 1, w[i], want[i], limit);
            worst = limit > 0 ? fmax(worst, error / limit) : worst;
        }
    }
    print_message("%s, %s, %zu elements: largest error %.2f of the tolerance\n", words, variant,
                  count, worst);
    run_stop(&run);
    free(run.attrs);
}

static const char *const configurations[] = {
    "sgd",
    "sgd momentum=0.9 learning_rate=0.1",
    "sgd momentum=0.5 nesterov=1",
    "rmsprop",
    "rmsprop rho=0.5 epsilon=0.01",
    "rmsprop momentum=0.9",
    "adadelta",
    "adadelta learning_rate=1 rho=0.9 epsilon=1e-6",
    "adam",
    "adam beta_1=0 beta_2=0.5 epsilon=0.001",
};

static void test_trajectories(void **state) {
    (void)state;
    static const struct {
        const char *variant;
        bool is_cpu;
        int width;
        size_t count;
    } passes[] = {{"cpu_vector", true, 16, 2999}, /* more than two work-items, and a rest */
                  {"cpu_vector", true, 8, 5},
                  {"cpu_vector", true, 4, 1027},
                  {"reference", false, 1, 131}};
    struct cln_caps *caps = test_caps(), saved = *caps;
    for (size_t p = 0; p < sizeof passes / sizeof *passes; p++) {
        caps->is_cpu = passes[p].is_cpu;
        caps->float_vector_width = passes[p].width;
        for (size_t i = 0; i < sizeof configurations / sizeof *configurations; i++)
            check_trajectory(configurations[i], passes[p].variant, passes[p].count);
    }
    *caps = saved;
}

/* One line of the golden file: "op key=value ... steps K : w0 w1 ..." */
static void check_golden_line(char *line) {
    enum { COUNT = 37 };
    float w[COUNT], g[COUNT];
    char *steps_at = strstr(line, " steps "), *values = strstr(line, " : ");
    assert_true(steps_at && values);
    *steps_at = '\0';
    const int steps = atoi(steps_at + 7);
    assert_in_range(steps, 1, 100);
    struct run run;
    run_configure(&run, line);
    for (int i = 0; i < COUNT; i++)
        w[i] = (float)(11 * i % 23 - 11) / 16;
    run_start(&run, COUNT, "reference", w);
    double largest_step = 0;
    for (int k = 0; k < steps; k++) {
        float before = w[1];
        for (int i = 0; i < COUNT; i++)
            g[i] = (float)((7 * i + 13 * k) % 41 - 20) / 32;
        run_step(&run, (uint32_t)k, g, w);
        largest_step = fmax(largest_step, fabs((double)w[1] - before));
    }
    values += 3;
    for (int i = 0; i < COUNT; i++) {
        const double want = strtod(values, &values);
        if (!(fabs(w[i] - want) <= tolerance(1, steps * largest_step, steps)))
            fail_msg("%s: w[%d] after %d steps is %.9g, PyTorch's is %.9g", line, i, steps, w[i],
                     want);
    }
    run_stop(&run);
    free(run.attrs);
}

static void test_golden(void **state) {
    (void)state;
    FILE *file = fopen("tests/golden/optimizers.txt", "r");
    assert_non_null(file);
    char line[2048];
    int lines = 0;
    for (; fgets(line, sizeof line, file); lines++)
        check_golden_line(line);
    fclose(file);
    assert_int_equal(lines, 24);
}

/* The next step reads the learning rate anew. */
static void test_learning_rate_is_read_each_step(void **state) {
    (void)state;
    struct run run;
    float w = 1, g = 1;
    run_configure(&run, "sgd learning_rate=0.5");
    run_start(&run, 1, "reference", &w);
    run_step(&run, 0, &g, &w);
    assert_true(w == 0.5f);
    set_field(&run, "learning_rate=0.25");
    run_step(&run, 1, &g, &w);
    assert_true(w == 0.25f);
    run_stop(&run);
    free(run.attrs);
}

static uint32_t spoilt_word(struct run *run) {
    uint32_t word;
    TEST_OK(
        cln_store_read(run->store, "control", CONTROL_SPOILT * sizeof word, &word, sizeof word));
    return word;
}

/* One value of 37, two vectors and a part at every width, in any place of them: the step is noted,
 * and a sound one is not. */
static void test_a_spoilt_weight_is_noted(void **state) {
    (void)state;
    static const char *const variants[] = {"reference", "cpu_vector"};
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    enum { COUNT = 37 };
    struct cln_caps *caps = test_caps(), saved = *caps;
    caps->is_cpu = true; /* and vectors, also where the device has none of its own */
    caps->float_vector_width = 16;
    for (size_t i = 0; i < sizeof configurations / sizeof *configurations; i++)
        for (size_t v = 0; v < sizeof variants / sizeof *variants; v++) {
            struct run run;
            float w[COUNT] = {0}, g[COUNT];
            run_configure(&run, configurations[i]);
            run_start(&run, COUNT, variants[v], w);
            for (int k = 0; k < COUNT; k++)
                g[k] = k % 2 ? 1e-3f : -1e3f;
            run_step(&run, 6, g, w);
            assert_int_equal(spoilt_word(&run), 0);
            for (int k = 0; k < COUNT; k++) {
                float fresh[COUNT] = {0};
                g[k] = bad[k % 3];
                fill_slot(&run, "params", fresh);
                fill_slot(&run, "state.0", NULL);
                if (run.op->state_count > 1)
                    fill_slot(&run, "state.1", NULL);
                run_step(&run, 6, g, w);
                if (spoilt_word(&run) != 7)
                    fail_msg("%s, %s: element %d", configurations[i], variants[v], k);
                g[k] = 1e-3f;
            }
            run_stop(&run);
            free(run.attrs);
        }
    *caps = saved;
}

/* A NaN in the gradient must come through, to be seen and reported. */
static void test_nan_comes_through(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof configurations / sizeof *configurations; i++) {
        struct run run;
        float w[2] = {1, 1}, g[2] = {NAN, 0};
        run_configure(&run, configurations[i]);
        run_start(&run, 2, "reference", w);
        run_step(&run, 0, g, w);
        assert_true(isnan(w[0]));
        assert_true(w[1] == 1);
        run_stop(&run);
        free(run.attrs);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trajectories),
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_learning_rate_is_read_each_step),
        cmocka_unit_test(test_nan_comes_through),
        cmocka_unit_test(test_a_spoilt_weight_is_noted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "support/op_check.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/rig.h"

/* Of a gradient at most this many elements are compared, spread evenly: each costs two references.
 */
#define MAX_DIFFERENCES 300
#define STEP            1e-5 /* of the finite differences: their own error is about STEP^2 */

struct check {
    double worst;
    double *difference[CLN_MAX_INPUTS]; /* quotients, the same for every variant; NULL: not yet */
};

static void run_reference(const struct rig *rig, struct test_values *in, struct test_values *out) {
    for (int k = 0; k < rig->output_count; k++)
        out[k] = test_values_make(rig->output[k].rank, rig->output[k].dim);
    if (rig->c->op->kind == CLN_OP_LOSS)
        out[0] = test_values_make(0, NULL);
    rig->c->reference(rig->c->attrs, in, out);
}

static void outputs_done(struct test_values *out) {
    for (int k = 0; k < CLN_MAX_OUTPUTS; k++)
        test_values_done(&out[k]);
}

static void check_outputs(struct rig *rig, void *context) {
    struct check *check = context;
    const struct op_case *c = rig->c;
    struct test_values in[CLN_MAX_INPUTS], out[CLN_MAX_OUTPUTS] = {{0}};
    for (int i = 0; i < c->input_count; i++)
        in[i] = test_values_copy(&rig->input[i]);
    run_reference(rig, in, out);
    for (int k = 0; k < rig->output_count && c->op->kind != CLN_OP_LOSS; k++) {
        char what[32];
        snprintf(what, sizeof what, "output %d", k);
        check->worst =
            fmax(check->worst, rig_compare(rig, what, &rig->output[k], &out[k], c->tolerance));
    }
    for (int i = 0; i < c->input_count; i++) {
        if (c->input[i].updated)
            check->worst = fmax(check->worst, rig_compare(rig, c->input[i].name, &rig->updated[i],
                                                          &in[i], c->tolerance));
        test_values_done(&in[i]);
    }
    outputs_done(out);
}

double op_check(const struct op_case *c) {
    struct rig rig;
    struct check check = {0};
    rig_init(&rig, c, false);
    rig_run_variants(&rig, check_outputs, &check);
    rig_done(&rig);
    print_message("%s: largest error %.2g, tolerance %.2g\n", c->label, check.worst, c->tolerance);
    return check.worst;
}

/* The loss that the gradients are those of: sum(upstream * output 0), or the op's own. */
static double loss(const struct rig *rig, struct test_values *in) {
    struct test_values out[CLN_MAX_OUTPUTS] = {{0}}, copy[CLN_MAX_INPUTS];
    for (int i = 0; i < rig->c->input_count; i++)
        copy[i] = test_values_copy(&in[i]);
    run_reference(rig, copy, out);
    double sum = rig->c->op->kind == CLN_OP_LOSS ? out[0].v[0] : 0;
    for (size_t e = 0; e < rig->upstream.elems; e++)
        sum += rig->upstream.v[e] * out[0].v[e];
    for (int i = 0; i < rig->c->input_count; i++)
        test_values_done(&copy[i]);
    outputs_done(out);
    return sum;
}

static size_t difference_step(const struct test_values *in) {
    return in->elems / MAX_DIFFERENCES + 1;
}

/* d(loss)/d(element) for every difference_step()th element of an input; free() it. */
static double *differences(const struct rig *rig, struct test_values *inputs, int input) {
    struct test_values *in = &inputs[input];
    double *quotient = calloc(in->elems, sizeof *quotient);
    assert_non_null(quotient);
    for (size_t e = 0; e < in->elems; e += difference_step(in)) {
        const double kept = in->v[e];
        in->v[e] = kept + STEP;
        const double above = loss(rig, inputs);
        in->v[e] = kept - STEP;
        const double below = loss(rig, inputs);
        in->v[e] = kept;
        quotient[e] = (above - below) / (2 * STEP);
    }
    return quotient;
}

static void check_gradient(struct rig *rig, int input, struct check *check) {
    const struct op_case *c = rig->c;
    const struct test_values *in = &rig->input[input];
    char what[80];
    snprintf(what, sizeof what, "gradient of %s", c->input[input].name);
    if (!rig->gradient[input].v)
        fail_msg("%s: no %s", c->label, what);
    if (!check->difference[input])
        check->difference[input] = differences(rig, rig->input, input);
    for (size_t e = 0; e < in->elems; e++) {
        const double got = rig->gradient[input].v[e], want = check->difference[input][e];
        if (isnan(got))
            fail_msg("%s, variant %s: %s[%zu] was not written", c->label, rig->variant, what, e);
        if (e % difference_step(in))
            continue;
        const double error = fabs(got - want) / (1 + fabs(want));
        if (!(error <= c->gradient_tolerance))
            fail_msg("%s, variant %s: %s[%zu] is %.9g, differences give %.9g: error %.3g, "
                     "tolerance %.3g",
                     c->label, rig->variant, what, e, got, want, error, c->gradient_tolerance);
        check->worst = fmax(check->worst, error);
    }
}

static void check_gradients(struct rig *rig, void *context) {
    for (int i = 0; i < rig->c->input_count; i++)
        if (rig->c->input[i].differentiable)
            check_gradient(rig, i, context);
}

double grad_check(const struct op_case *c) {
    struct rig rig;
    struct check check = {0};
    rig_init(&rig, c, true);
    rig_run_variants(&rig, check_gradients, &check);
    rig_done(&rig);
    for (int i = 0; i < CLN_MAX_INPUTS; i++)
        free(check.difference[i]);
    print_message("%s: largest gradient error %.2g, tolerance %.2g\n", c->label, check.worst,
                  c->gradient_tolerance);
    return check.worst;
}

/*
 * The built-in functions and operators of OpenCL C that our kernels use, as scalars and as vectors,
 * against the host in double precision. The limits are those of the OpenCL 1.2 specification,
 * section 7.4, table 7.1 ("ULP values for single precision built-in math functions"), for the full
 * profile. Values and results that are denormal are left out, for a device may flush them to zero.
 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "nn/builtin.h"
#include "nn/registry.h"
#include "selftest/check.h"

#define VALUES       4099 /* not a multiple of any vector's length */
#define VALUES_BRIEF 1027
#define FAR_OFF      1e9 /* ULP, stands for a NaN or an infinity in the wrong place */

struct function {
    const char *name;
    double limit;   /* ULP; 0: correctly rounded */
    int exponents;  /* values are of the size of 2^-exponents to 2^exponents */
    bool only_plus; /* positive values */
    enum cln_selftest_then then;
    double (*compute)(float a, float b, float c);
};

/* In float where the result is to be rounded once; the build turns contraction off. */
static double add(float a, float b, float c) {
    (void)c;
    return (double)(a + b);
}
static double multiply(float a, float b, float c) {
    (void)c;
    return (double)(a * b);
}
static double multiply_add(float a, float b, float c) {
    return (double)fmaf(a, b, c);
}
static double divide(float a, float b, float c) {
    (void)c;
    return (double)a / (double)b;
}
static double round_even(float a, float b, float c) {
    (void)b, (void)c;
    return (double)rintf(a);
}
static double convert(float a, float b, float c) {
    uint32_t bits;
    (void)b, (void)c;
    memcpy(&bits, &a, sizeof bits);
    return (double)(float)bits;
}
static double is_finite(float a, float b, float c) {
    (void)b, (void)c;
    return isfinite(a) ? 1 : 0;
}
static double is_positive(float a, float b, float c) {
    (void)b, (void)c;
    return a > 0 ? 1 : 0;
}
#define OF_ONE(function)                                                                           \
    static double of_##function(float a, float b, float c) {                                       \
        (void)b, (void)c;                                                                          \
        return function((double)a);                                                                \
    }
OF_ONE(sqrt)
OF_ONE(exp)
OF_ONE(expm1)
OF_ONE(log)
OF_ONE(tanh)

/* The noise is made of what is exact here, and a loss that is no number is found by the last two:
 * where these are wrong nothing is right. What the others do to results other checks show. */
static const struct function functions[BUILTIN_COUNT] = {
    [BUILTIN_ADD] = {"x + y", 0, 20, false, CLN_SELFTEST_REFUSE, add},
    [BUILTIN_MULTIPLY] = {"x * y", 0, 40, false, CLN_SELFTEST_REFUSE, multiply},
    [BUILTIN_FMA] = {"fma", 0, 20, false, CLN_SELFTEST_REFUSE, multiply_add},
    [BUILTIN_DIVIDE] = {"x / y", 2.5, 40, false, CLN_SELFTEST_WARN, divide},
    [BUILTIN_SQRT] = {"sqrt", 3, 120, true, CLN_SELFTEST_WARN, of_sqrt},
    [BUILTIN_EXP] = {"exp", 3, 7, false, CLN_SELFTEST_WARN, of_exp},
    [BUILTIN_EXPM1] = {"expm1", 3, 7, false, CLN_SELFTEST_WARN, of_expm1},
    [BUILTIN_LOG] = {"log", 3, 120, true, CLN_SELFTEST_WARN, of_log},
    [BUILTIN_TANH] = {"tanh", 5, 6, false, CLN_SELFTEST_WARN, of_tanh},
    [BUILTIN_RINT] = {"rint", 0, 26, false, CLN_SELFTEST_REFUSE, round_even},
    [BUILTIN_CONVERT] = {"convert_float", 0, 120, false, CLN_SELFTEST_REFUSE, convert},
    [BUILTIN_FINITE] = {"isfinite", 0, 120, false, CLN_SELFTEST_REFUSE, is_finite},
    [BUILTIN_POSITIVE] = {"x > 0", 0, 120, false, CLN_SELFTEST_REFUSE, is_positive},
};

/* Half as likely near 1 as anywhere else among the exponents. */
static float value_of(const struct function *f, uint32_t element, uint32_t which) {
    const uint32_t word = cln_random_word(77, element, which, 0, 0);
    const uint32_t size = cln_random_word(77, element, which, 1, 0);
    const int range = size % 4 ? f->exponents : 3;
    const int exponent = (int)(size / 4 % (uint32_t)(2 * range)) - range;
    const float magnitude = ldexpf(1 + (float)(word & 0x7fffff) * 0x1p-23f, exponent);
    return word >> 31 && !f->only_plus ? -magnitude : magnitude;
}

struct test {
    const struct function *function;
    double ulp[CLN_TUNE_CANDIDATES];
    float at[CLN_TUNE_CANDIDATES]; /* the value that it is worst for */
};

static void fill(void *user, const struct cln_node *node, const struct cln_trial_value *values) {
    static const float special[] = {0.0F,       -0.0F,   1.0F,     -1.0F, INFINITY, -INFINITY,
                                    (float)NAN, FLT_MAX, -FLT_MAX, 2.0F,  0.5F,     3.0F};
    enum { SPECIAL = sizeof special / sizeof *special };
    const struct test *test = user;
    for (uint32_t k = 0; k < 3; k++) {
        float *to = (float *)(void *)values[node->input[k]].before;
        const uint32_t count = (uint32_t)(values[node->input[k]].bytes / sizeof *to);
        for (uint32_t i = 0; i < count; i++)
            to[i] = i >= SPECIAL * SPECIAL ? value_of(test->function, i, k)
                    : k == 0               ? special[i % SPECIAL]
                                           : special[(i / SPECIAL + 5 * (k == 2)) % SPECIAL];
    }
}

/* The error in units in the last place of what is wanted; 0 where nothing can be asked. */
static double ulp_error(const struct function *f, float found, double want) {
    const double got = (double)found, size = fabs(want);
    if (isnan(want) || isnan(got))
        return isnan(want) && isnan(got) ? 0 : FAR_OFF;
    if (size > 0x1p128 || isinf(got)) {
        const bool over = size > 0x1.fffffep127; /* may round to infinity */
        return over && isinf(got) && (got > 0) == (want > 0) ? 0 : FAR_OFF;
    }
    if (got == want || (size < (double)FLT_MIN && fabs(got) <= (double)FLT_MIN))
        return 0;
    const int exponent = size < (double)FLT_MIN ? -126 : ilogb(want);
    const double wanted = f->limit > 0 ? want : (double)(float)want;
    return fmin(fabs(got - wanted) / ldexp(1, exponent - 23), FAR_OFF);
}

static bool is_denormal(float x) {
    return x != 0 && fabsf(x) < FLT_MIN;
}

static void see(void *user, const struct cln_node *node, int candidate,
                const struct cln_trial_value *values) {
    struct test *test = user;
    const float *in[3], *found = (const float *)(const void *)values[node->output[0]].found;
    for (int k = 0; k < 3; k++)
        in[k] = (const float *)(const void *)values[node->input[k]].before;
    for (size_t i = 0; i < values[node->output[0]].bytes / sizeof *found; i++) {
        const double want = test->function->compute(in[0][i], in[1][i], in[2][i]);
        const double ulp = is_denormal(in[0][i]) ? 0 : ulp_error(test->function, found[i], want);
        if (ulp <= test->ulp[candidate])
            continue;
        test->ulp[candidate] = ulp;
        test->at[candidate] = in[0][i];
    }
}

/* The witness is the host, which says nothing but that: see() compares in a measure of its own. */
static bool expect(void *user, const struct cln_node *node, struct cln_trial_value *values) {
    (void)user;
    memset(values[node->output[0]].expected, 0, values[node->output[0]].bytes);
    return true;
}

static enum cln_status add_results(struct cln_check_run *run, const struct test *test,
                                   const struct cln_tune_trial *trial) {
    for (int c = 0; c < trial->count; c++) {
        const bool ran = trial->results[c].verdict == CLN_TUNE_RIGHT ||
                         trial->results[c].verdict == CLN_TUNE_WRONG;
        const struct cln_selftest_item item = {
            .passed = ran && test->ulp[c] <= test->function->limit,
            .error = ran ? test->ulp[c] : INFINITY,
            .limit = test->function->limit,
            .measure = "ULP",
            .then = ran ? test->function->then : CLN_SELFTEST_REFUSE};
        CLN_TRY(cln_check_add(run, item, "%s of %s, worst at %.9g", test->function->name,
                              strcmp(trial->results[c].name, "reference") ? "vectors" : "scalars",
                              (double)test->at[c]));
    }
    return CLN_OK;
}

static enum cln_status check_function(struct cln_check_run *run, int function) {
    const size_t count = run->out->brief ? VALUES_BRIEF : VALUES;
    const struct cln_check_input inputs[] = {
        {CLN_F32, 1, {count}}, {CLN_F32, 1, {count}}, {CLN_F32, 1, {count}}};
    const struct cln_builtin_attrs attrs = {function};
    struct test test = {.function = &functions[function]};
    const struct cln_trial_hooks hooks = {
        .user = &test, .fill = fill, .expect = expect, .see = see};
    struct cln_graph *graph;
    struct cln_tune_trial trial;
    CLN_TRY(cln_check_node(&cln_op_builtin, &attrs, inputs, 3, &graph));
    cln_check_trial(run, &graph->nodes[0], false, &trial);
    trial.hooks = &hooks;
    enum cln_status status = cln_check_run_trial(&trial);
    if (status == CLN_OK)
        status = add_results(run, &test, &trial);
    cln_graph_free(graph);
    return status;
}

static enum cln_status check(struct cln_check_run *run) {
    for (int function = 0; function < BUILTIN_COUNT; function++) {
        CLN_TRY(cln_check_pause(run));
        CLN_TRY(check_function(run, function));
    }
    return CLN_OK;
}

const struct cln_check cln_check_builtins = {
    .name = "builtins",
    .help = "OpenCL's own functions against the limits of its specification",
    .brief = true,
    .run = check,
};

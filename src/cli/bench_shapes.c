#include "cli/bench_shapes.h"

#include <stdio.h>

#include "base/json_put.h"
#include "train/bench_shapes.h"

static const char *const pass_name[] = {"forward", "weights gradient", "input gradient"};

enum cln_status cln_bench_shapes_check(const char *list) {
    struct cln_bench_shape shape;
    for (const char *at = list;; at++) {
        CLN_TRY(cln_bench_shape_parse(at, &at, &shape));
        if (!*at)
            return CLN_OK;
    }
}

static void print_shape(const char *name, int length, const struct cln_bench_shape_result *r) {
    for (int pass = 0; pass < CLN_BENCH_PASSES; pass++) {
        const struct cln_bench_pass *p = &r->pass[pass];
        printf("  %-24.*s %-17s %-13s %9.3f %9.1f %8.0f%%\n", pass ? 0 : length, name,
               pass_name[pass], p->variant, p->seconds * 1e3, r->flops / p->seconds * 1e-9,
               100 * p->peak_share);
    }
}

static void add_shape(cJSON *rows, const char *name, int length,
                      const struct cln_bench_shape_result *r) {
    char text[128];
    snprintf(text, sizeof text, "%.*s", length, name);
    for (int pass = 0; pass < CLN_BENCH_PASSES; pass++) {
        const struct cln_bench_pass *p = &r->pass[pass];
        cJSON *row = cln_json_put_object(rows, NULL);
        cln_json_put_text(row, "shape", text);
        cln_json_put_text(row, "pass", pass_name[pass]);
        cln_json_put_text(row, "variant", p->variant);
        cln_json_put_number(row, "ms", p->seconds * 1e3);
        cln_json_put_number(row, "flops", r->flops);
        cln_json_put_number(row, "peak_share", p->peak_share);
    }
}

enum cln_status cln_bench_shapes(struct cln_context *context, const char *list, int rounds,
                                 cJSON *json) {
    cJSON *rows = json ? cln_json_put_array(json, "shapes") : NULL;
    if (json && !rows)
        return CLN_FAIL(MEMORY, "out of memory for the report");
    if (!json)
        printf("\n  %-24s %-17s %-13s %9s %9s %9s\n", "shape", "pass", "variant", "ms", "GFLOP/s",
               "of peak");
    for (const char *at = list, *next;; at = next + 1) {
        struct cln_bench_shape shape;
        struct cln_bench_shape_result result;
        CLN_TRY(cln_bench_shape_parse(at, &next, &shape));
        CLN_TRY(cln_bench_shape_run(context, &shape, rounds, &result));
        if (json)
            add_shape(rows, at, (int)(next - at), &result);
        else
            print_shape(at, (int)(next - at), &result);
        if (!*next)
            return CLN_OK;
    }
}

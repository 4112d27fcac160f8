/* What `clnoise bench` found, told in words and tables or as JSON. */
#ifndef CLN_CLI_BENCH_OUTPUT_H
#define CLN_CLI_BENCH_OUTPUT_H

#include <cjson/cJSON.h>

#include "runtime/device.h"
#include "runtime/peak.h"
#include "train/bench.h"

/* One model's measurement; everything is borrowed. */
struct cln_bench_entry {
    const char *model;
    int batch;
    int rounds, steps_a_round;
    const struct cln_peak *peak;
    const struct cln_bench_result *result;
};

/* Sums over launches, one after another: those of convolutions and matrix products, and all. */
struct cln_bench_sum {
    double products_seconds, seconds;
    double products_flops, flops;
};
struct cln_bench_sum cln_bench_sum(const struct cln_bench_launches *launches);

/* To stdout. */
void cln_bench_peak_print(const struct cln_device *device, const struct cln_peak *peak);
void cln_bench_entry_print(const struct cln_bench_entry *entry);

/* The report without models, or NULL when out of memory; free it with cJSON_Delete(). */
cJSON *cln_bench_json_create(const struct cln_device *device, const struct cln_peak *peak);
void cln_bench_json_add(cJSON *report, const struct cln_bench_entry *entry);

#endif

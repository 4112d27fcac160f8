#include <stdio.h>
#include <string.h>

#include "cli/bench_output.h"

void cln_bench_peak_print(const struct cln_device *device, const struct cln_peak *peak) {
    printf("Device: %s (%s)\n", device->name, device->version);
    printf("Peak: %.1f GFLOP/s float32 multiply-add, %.1f GB/s copy\n",
           peak->flops_per_second * 1e-9, peak->bytes_per_second * 1e-9);
}

static void print_head(const struct cln_bench_entry *entry) {
    const struct cln_bench_result *result = entry->result;
    printf("\n%s, batch %d: training step %.2f ms, evaluation step %.2f ms\n"
           "  %s recorder, median of %d round%s of %d steps, %.1f MB on the device\n",
           entry->model, entry->batch, result->step_seconds * 1e3, result->evaluation_seconds * 1e3,
           result->recorder, entry->rounds, entry->rounds == 1 ? "" : "s", entry->steps_a_round,
           (double)result->device_bytes * 1e-6);
    printf("  %-42s %-13s %9s %6s %9s %7s %9s\n", "launch", "variant", "ms", "%", "GFLOP/s", "GB/s",
           "roofline");
}

void cln_bench_entry_print(const struct cln_bench_entry *entry) {
    const struct cln_bench_result *result = entry->result;
    double sum = 0;
    for (int i = 0; i < result->launch_count; i++)
        sum += result->launches[i].seconds;
    print_head(entry);
    for (int i = 0; i < result->launch_count; i++) {
        const struct cln_launch_info *launch = &result->launches[i];
        bool first = !i || strcmp(launch->node, launch[-1].node);
        double least = cln_peak_seconds(entry->peak, launch->flops, launch->bytes);
        printf("  %-42.42s %-13s %9.3f %6.1f %9.1f %7.1f %8.0f%%\n",
               first ? launch->node : launch->kernel, first ? launch->variant : "",
               launch->seconds * 1e3, 100 * launch->seconds / sum,
               launch->flops / launch->seconds * 1e-9, launch->bytes / launch->seconds * 1e-9,
               100 * least / launch->seconds);
    }
    printf("  %-42s %-13s %9.3f\n", "all launches, one after another", "", sum * 1e3);
}

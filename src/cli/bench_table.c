#include <stdio.h>
#include <string.h>

#include "cli/bench_output.h"

void cln_bench_peak_print(const struct cln_device *device, const struct cln_peak *peak) {
    printf("Device: %s (%s)\n", device->name, device->version);
    printf("Peak: %.1f GFLOP/s float32 multiply-add, %.1f GB/s copy\n",
           peak->flops_per_second * 1e-9, peak->bytes_per_second * 1e-9);
}

struct cln_bench_sum cln_bench_sum(const struct cln_bench_result *result) {
    struct cln_bench_sum sum = {0};
    for (int i = 0; i < result->launch_count; i++) {
        const struct cln_launch_info *launch = &result->launches[i];
        sum.seconds += launch->seconds;
        sum.flops += launch->flops;
        sum.products_seconds += launch->product ? launch->seconds : 0;
        sum.products_flops += launch->product ? launch->flops : 0;
    }
    return sum;
}

static void print_head(const struct cln_bench_entry *entry, const struct cln_bench_sum *sum) {
    const struct cln_bench_result *result = entry->result;
    printf("\n%s, batch %d: training step %.2f ms (%.1f GFLOP/s), evaluation step %.2f ms\n"
           "  %s recorder, median of %d round%s of %d steps on %s, %.1f MB on the device\n",
           entry->model, entry->batch, result->step_seconds * 1e3,
           sum->flops / result->step_seconds * 1e-9, result->evaluation_seconds * 1e3,
           result->recorder, entry->rounds, entry->rounds == 1 ? "" : "s", entry->steps_a_round,
           result->data, (double)result->device_bytes * 1e-6);
    printf("  %-42s %-13s %9s %6s %9s %7s %9s\n", "launch", "variant", "ms", "%", "GFLOP/s", "GB/s",
           "roofline");
}

static void print_launch(const struct cln_bench_entry *entry, int at, double all_seconds) {
    const struct cln_launch_info *launch = &entry->result->launches[at];
    bool first = !at || strcmp(launch->node, launch[-1].node);
    double least = cln_peak_seconds(entry->peak, launch->flops, launch->bytes);
    printf("  %-42.42s %-13s %9.3f %6.1f %9.1f %7.1f %8.0f%%\n",
           first ? launch->node : launch->kernel, first ? launch->variant : "",
           launch->seconds * 1e3, 100 * launch->seconds / all_seconds,
           launch->flops / launch->seconds * 1e-9, launch->bytes / launch->seconds * 1e-9,
           100 * least / launch->seconds);
}

static void print_sum(const char *what, double seconds, double flops, double all_seconds) {
    printf("  %-56s %9.3f %6.1f %9.1f\n", what, seconds * 1e3, 100 * seconds / all_seconds,
           seconds > 0 ? flops / seconds * 1e-9 : 0);
}

void cln_bench_entry_print(const struct cln_bench_entry *entry) {
    const struct cln_bench_result *result = entry->result;
    const struct cln_bench_sum sum = cln_bench_sum(result);
    print_head(entry, &sum);
    for (int i = 0; i < result->launch_count; i++)
        print_launch(entry, i, sum.seconds);
    print_sum("all launches, one after another", sum.seconds, sum.flops, sum.seconds);
    print_sum("  convolutions and matrix products", sum.products_seconds, sum.products_flops,
              sum.seconds);
    print_sum("  everything else", sum.seconds - sum.products_seconds,
              sum.flops - sum.products_flops, sum.seconds);
    printf("  idle between launches: %.1f %% of the step\n", 100 * result->idle_share);
}

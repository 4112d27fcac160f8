#include <stdio.h>
#include <string.h>

#include "cli/bench_output.h"

void cln_bench_peak_print(const struct cln_device *device, const struct cln_peak *peak) {
    printf("Device: %s (%s)\n", device->name, device->version);
    printf("Peak: %.1f GFLOP/s float32 multiply-add, %.1f GB/s copy\n",
           peak->flops_per_second * 1e-9, peak->bytes_per_second * 1e-9);
}

struct cln_bench_sum cln_bench_sum(const struct cln_bench_launches *launches) {
    struct cln_bench_sum sum = {0};
    for (int i = 0; i < launches->count; i++) {
        const struct cln_launch_info *launch = &launches->rows[i];
        sum.seconds += launch->seconds;
        sum.flops += launch->flops;
        sum.products_seconds += launch->product ? launch->seconds : 0;
        sum.products_flops += launch->product ? launch->flops : 0;
    }
    return sum;
}

/* A node's name at its first launch, the kernel's at the others. */
static const char *label_of(const struct cln_bench_launches *launches, int at) {
    const struct cln_launch_info *launch = &launches->rows[at];
    return at && !strcmp(launch->node, launch[-1].node) ? launch->kernel : launch->node;
}

static int label_width(const struct cln_bench_result *result) {
    const struct cln_bench_launches *both[] = {&result->training, &result->evaluation};
    int width = (int)strlen("  convolutions and matrix products");
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < both[k]->count; i++) {
            int length = (int)strlen(label_of(both[k], i));
            width = length > width ? length : width;
        }
    return width;
}

static void print_head(const struct cln_bench_entry *entry, const struct cln_bench_sum *sum) {
    const struct cln_bench_result *result = entry->result;
    printf("\n%s, batch %d: training step %.2f ms (%.1f GFLOP/s), evaluation step %.2f ms\n"
           "  %s recorder, median of %d round%s of %d steps on %s, %.1f MB on the device\n",
           entry->model, entry->batch, result->step_seconds * 1e3,
           sum->flops / result->step_seconds * 1e-9, result->evaluation_seconds * 1e3,
           result->recorder, entry->rounds, entry->rounds == 1 ? "" : "s", entry->steps_a_round,
           result->data, (double)result->device_bytes * 1e-6);
    printf("  peak %.1f GFLOP/s, %.1f GB/s, the greatest measured so far\n",
           entry->peak->flops_per_second * 1e-9, entry->peak->bytes_per_second * 1e-9);
}

static void print_launch(const struct cln_peak *peak, const struct cln_bench_launches *launches,
                         int at, int width, double all_seconds) {
    const struct cln_launch_info *launch = &launches->rows[at];
    const char *label = label_of(launches, at);
    double least = cln_peak_seconds(peak, launch->flops, launch->bytes);
    printf("  %-*s %-16s %9.3f %6.1f %9.1f %7.1f %8.0f%%\n", width, label,
           label == launch->node ? launch->variant : "", launch->seconds * 1e3,
           100 * launch->seconds / all_seconds, launch->flops / launch->seconds * 1e-9,
           launch->bytes / launch->seconds * 1e-9, 100 * least / launch->seconds);
}

static void print_sum(const char *what, int width, double seconds, double flops,
                      double all_seconds) {
    printf("  %-*s %-16s %9.3f %6.1f %9.1f\n", width, what, "", seconds * 1e3,
           100 * seconds / all_seconds, seconds > 0 ? flops / seconds * 1e-9 : 0);
}

static void print_launches(const struct cln_peak *peak, const struct cln_bench_launches *launches,
                           const char *head, int width) {
    const struct cln_bench_sum sum = cln_bench_sum(launches);
    printf("  %-*s %-16s %9s %6s %9s %7s %9s\n", width, head, "variant", "ms", "%", "GFLOP/s",
           "GB/s", "roofline");
    for (int i = 0; i < launches->count; i++)
        print_launch(peak, launches, i, width, sum.seconds);
    print_sum("all launches, one after another", width, sum.seconds, sum.flops, sum.seconds);
    print_sum("  convolutions and matrix products", width, sum.products_seconds, sum.products_flops,
              sum.seconds);
    print_sum("  everything else", width, sum.seconds - sum.products_seconds,
              sum.flops - sum.products_flops, sum.seconds);
}

void cln_bench_entry_print(const struct cln_bench_entry *entry) {
    const struct cln_bench_result *result = entry->result;
    const struct cln_bench_sum sum = cln_bench_sum(&result->training);
    int width = label_width(result);
    print_head(entry, &sum);
    print_launches(entry->peak, &result->training, "launch", width);
    printf("  idle between launches: %.1f %% of the step\n", 100 * result->idle_share);
    print_launches(entry->peak, &result->evaluation, "launch of the evaluation", width);
}

/* The devices of a run: one, several by name, or all; and how many cells each gets at a time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/run_private.h"

#define CORES_A_CELL 4 /* of a CPU with many; one of two cores and more takes two cells */
#define JOBS_LEAST   2
#define JOBS_MOST    8
#define CELL_BYTES   ((uint64_t)1 << 29) /* of memory for each: a ConvNet takes 207 MiB */

static void add(struct cln_run *run, const struct cln_device *device, const char *reason) {
    for (int i = 0; i < run->device_count; i++)
        if (run->chosen[i] == device)
            return;
    int at = run->device_count++;
    run->chosen[at] = device;
    snprintf(run->reasons[at], sizeof run->reasons[at], "%s", reason);
    run->told[at] = (struct cln_run_device){
        .name = device->name, .platform = device->platform, .reason = run->reasons[at]};
}

static enum cln_status add_selected(struct cln_run *run, const char *selector) {
    const struct cln_device *device;
    char reason[256];
    CLN_TRY(cln_device_select(run->devices, selector, &device, reason));
    add(run, device, reason);
    return CLN_OK;
}

static enum cln_status add_all(struct cln_run *run) {
    for (int i = 0; i < run->devices->count; i++)
        if (!*run->devices->devices[i].unusable)
            add(run, &run->devices->devices[i], "all devices are taken");
    /* Where there is none, the selection of one knows best what to say. */
    return run->device_count ? CLN_OK : add_selected(run, NULL);
}

static enum cln_status add_listed(struct cln_run *run, const char *list) {
    char *copy = strdup(list), *rest = copy;
    enum cln_status status = copy ? CLN_OK : CLN_FAIL(MEMORY, "out of memory for the devices");
    while (rest && status == CLN_OK) {
        char *selector = rest, *comma = strchr(rest, ',');
        rest = comma ? comma + 1 : NULL;
        if (comma)
            *comma = '\0';
        selector += strspn(selector, " ");
        if (!*selector)
            status = CLN_FAIL(CONFIG, "--device %s: a device is missing between commas", list);
        else if (!strcmp(selector, "all"))
            status = CLN_FAIL(CONFIG, "--device %s: 'all' stands alone, without commas", list);
        else
            status = add_selected(run, selector);
    }
    free(copy);
    return status;
}

int cln_run_paying_jobs(const struct cln_device *device, int cpu_count) {
    if (device->type != CLN_DEVICE_CPU || device->compute_units < JOBS_LEAST)
        return 1;
    int jobs = device->compute_units / CORES_A_CELL;
    jobs = jobs < JOBS_LEAST ? JOBS_LEAST : jobs > JOBS_MOST ? JOBS_MOST : jobs;
    if ((uint64_t)jobs > device->global_memory_bytes / CELL_BYTES)
        jobs = (int)(device->global_memory_bytes / CELL_BYTES);
    jobs /= cpu_count > 0 ? cpu_count : 1;
    return jobs > 1 ? jobs : 1;
}

/* A trace shows what a cell does, not what others do to it. */
static void share_out(struct cln_run *run) {
    const struct cln_run_request *request = run->request;
    int cpu_count = 0;
    for (int i = 0; i < run->device_count; i++)
        cpu_count += run->chosen[i]->type == CLN_DEVICE_CPU;
    for (int i = 0; i < run->device_count; i++)
        run->told[i].jobs = !request->worker    ? 1
                            : request->jobs > 0 ? request->jobs
                            : request->trace    ? 1
                                                : cln_run_paying_jobs(run->chosen[i], cpu_count);
}

static enum cln_status find_devices(struct cln_run *run) {
    const char *selector = run->request->device ? run->request->device : getenv("CLNOISE_DEVICE");
    CLN_TRY(cln_devices_list(&run->devices));
    size_t most = (size_t)run->devices->count + 1;
    run->chosen = calloc(most, sizeof(struct cln_device *));
    run->told = calloc(most, sizeof *run->told);
    run->reasons = calloc(most, sizeof *run->reasons);
    if (!run->chosen || !run->told || !run->reasons)
        return CLN_FAIL(MEMORY, "out of memory for %d devices", run->devices->count);
    if (selector && !strcmp(selector, "all"))
        return add_all(run);
    if (selector && strchr(selector, ','))
        return add_listed(run, selector);
    return add_selected(run, run->request->device); /* it knows of the variable itself */
}

enum cln_status cln_run_find_devices(struct cln_run *run) {
    CLN_TRY(find_devices(run));
    share_out(run);
    return CLN_OK;
}

/* The devices of a run: one, several by name, or all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/run_private.h"

static void add(struct cln_run *run, const struct cln_device *device, const char *reason) {
    for (int i = 0; i < run->device_count; i++)
        if (run->chosen[i] == device)
            return;
    int at = run->device_count++;
    run->chosen[at] = device;
    snprintf(run->reasons[at], sizeof run->reasons[at], "%s", reason);
    run->told[at] = (struct cln_run_device){device->name, device->platform, run->reasons[at]};
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

enum cln_status cln_run_find_devices(struct cln_run *run) {
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

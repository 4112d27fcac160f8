/* `clnoise fetch`: gets the files of data sets onto the disk, and says where they lie. */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/data_messages.h"
#include "data/dataset.h"
#include "data/registry.h"

static enum cln_status fetch(const char *name, const struct cln_data_source *source) {
    struct cln_data_spec spec = {0};
    int length = snprintf(spec.dataset, sizeof spec.dataset, "%s", name);
    if (length < 0 || (size_t)length >= sizeof spec.dataset)
        return CLN_FAIL(CONFIG, "unknown data set '%.20s...'", name);
    struct cln_dataset *dataset;
    CLN_TRY(cln_dataset_open(&spec, source, &dataset));
    enum cln_status status = cln_dataset_notes(dataset, cln_data_messages_note, NULL);
    for (int i = 0; i < dataset->file_count; i++) /* those of one archive share its path */
        if (!i || strcmp(dataset->files[i].path, dataset->files[i - 1].path))
            printf("%s\n", dataset->files[i].path);
    cln_dataset_free(dataset);
    return status;
}

static double download_bytes(const struct cln_data_entry *entry) {
    double bytes = (double)entry->archive.gz_bytes;
    for (int i = 0; i < entry->file_count; i++)
        bytes += (double)entry->files[i].gz_bytes;
    return bytes;
}

static void print_list(void) {
    for (size_t i = 0; i < cln_data_entry_count; i++) {
        const struct cln_data_entry *entry = &cln_data_entries[i];
        printf("%s%s: %s\n", i ? "\n" : "", entry->name, entry->about);
        printf("  %lu training and %lu test images of %lux%lux%lu, %lu classes\n",
               (unsigned long)entry->train_count, (unsigned long)entry->test_count,
               (unsigned long)entry->height, (unsigned long)entry->width,
               (unsigned long)entry->channels, (unsigned long)entry->classes);
        if (entry->mirrors[0])
            printf("  %.1f MB to download", download_bytes(entry) / 1e6);
        else
            printf("  to be fetched by hand; clnoise fetch %s says how", entry->name);
        if (entry->system_package)
            printf(", or on Debian and Ubuntu: apt install %s", entry->system_package);
        printf("\n  source: %s\n  licence: %s\n", entry->source, entry->licence);
    }
}

static enum cln_status run(const struct cln_options *options) {
    struct cln_data_source source = {.data_dir = options->data_dir};
    if (!options->quiet)
        source.on_progress = cln_data_messages_progress;
    /* Names first: a misspelt second name should not wait for the first download. */
    for (int i = 0; i < options->operand_count; i++) {
        const struct cln_data_entry *entry;
        CLN_TRY(cln_data_entry_find(options->operands[i], &entry));
    }
    if (options->list) {
        print_list();
        return CLN_OK;
    }
    if (options->operand_count == 0)
        return fetch("mnist", &source);
    for (int i = 0; i < options->operand_count; i++)
        CLN_TRY(fetch(options->operands[i], &source));
    return CLN_OK;
}

static const struct cln_option options[] = {
    CLN_OPTION("--data-dir", "DIR", data_dir,
               "look here first, and download to here (default: the user's cache folder)"),
    CLN_OPTION("--list", NULL, list, "only say which data sets there are, how large, and whose"),
    CLN_OPTION_QUIET,
    CLN_OPTION_END,
};

const struct cln_command cln_command_fetch = {
    .name = "fetch",
    .help = "download data sets that are not on disk yet",
    .operands = "[NAME ...]",
    .max_operands = -1,
    .details =
        "Writes the path of each file to stdout; without a name, mnist is fetched. What is\n"
        "found in --data-dir, in the folders of CLNOISE_DATA, in the cache folder, or in a\n"
        "package of the distribution is not downloaded again. Files are known by the SHA-256\n"
        "of their uncompressed content, or of the .gz where only that is published.\n",
    .examples = "clnoise fetch --list\nclnoise fetch mnist cifar-10",
    .options = options,
    .run = run,
};

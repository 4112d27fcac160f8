#include "data/dataset.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#include "data/load.h"
#include "data/own.h"

static enum cln_status load(const struct cln_data_entry *entry, const struct cln_data_spec *spec,
                            const struct cln_data_source *source, struct cln_dataset **out,
                            bool *missing) {
    struct cln_download download = cln_download_of(entry, source);
    bool offline = source && source->offline;
    return cln_data_load(entry, spec, source ? source->data_dir : NULL, offline ? NULL : &download,
                         out, missing);
}

/* Neither was to be had: both reasons, and what to do about either. */
static enum cln_status fail_both(const char *message, const char *detail) {
    const struct cln_error *second = cln_error_last();
    struct cln_text both = {0};
    cln_text_add(&both, "%s%s", detail, second->detail ? second->detail : "");
    enum cln_status status = CLN_FAIL(DATA, "%s; otherwise: %s", message, second->message);
    if (both.chars && !both.failed)
        cln_error_set_detail(both.chars);
    cln_text_free(&both);
    return status;
}

/* The first could not be had, and the error record says why: takes the second. */
static enum cln_status substitute(const struct cln_data_entry *second,
                                  const struct cln_data_spec *spec,
                                  const struct cln_data_source *source, struct cln_dataset **out) {
    const struct cln_error *error = cln_error_last();
    char *message = strdup(error->message);
    char *detail = strdup(error->detail ? error->detail : "");
    enum cln_status status = CLN_MEMORY;
    bool missing = false;
    if (message && detail)
        status = load(second, spec, source, out, &missing);
    else
        status = CLN_FAIL(MEMORY, "out of memory for data set %s", second->name);
    if (status == CLN_OK) {
        (*out)->substituted = true;
        (*out)->why_substituted = message;
        message = NULL;
    } else if (missing) {
        status = fail_both(message, detail);
    }
    free(message);
    free(detail);
    return status;
}

static enum cln_status open_own(const struct cln_data_spec *spec, struct cln_dataset **out) {
    struct cln_dataset *dataset;
    CLN_TRY(cln_own_load(spec, &dataset));
    dataset->requested = strdup(spec->dataset);
    if (!dataset->requested) {
        cln_dataset_free(dataset);
        return CLN_FAIL(MEMORY, "out of memory for data set %s", spec->dataset);
    }
    *out = dataset;
    return CLN_OK;
}

enum cln_status cln_dataset_open(const struct cln_data_spec *spec,
                                 const struct cln_data_source *source, struct cln_dataset **out) {
    const struct cln_data_entry *first, *second = NULL;
    if (cln_data_spec_is_own(spec))
        return open_own(spec, out);
    CLN_TRY(cln_data_entry_find(spec->dataset, &first));
    if (*spec->otherwise)
        CLN_TRY(cln_data_entry_find(spec->otherwise, &second));
    struct cln_dataset *dataset = NULL;
    bool missing = false;
    enum cln_status status = load(first, spec, source, &dataset, &missing);
    if (missing && second && second != first)
        status = substitute(second, spec, source, &dataset);
    CLN_TRY(status);
    dataset->requested = strdup(spec->dataset);
    if (!dataset->requested) {
        cln_dataset_free(dataset);
        return CLN_FAIL(MEMORY, "out of memory for data set %s", spec->dataset);
    }
    *out = dataset;
    return CLN_OK;
}

void cln_dataset_free(struct cln_dataset *dataset) {
    if (!dataset)
        return;
    for (int i = 0; i < dataset->file_count; i++)
        free(dataset->files[i].path);
    free(dataset->train.images);
    free(dataset->train.labels);
    free(dataset->test.images);
    free(dataset->test.labels);
    free(dataset->requested);
    free(dataset->why_substituted);
    free(dataset->warnings);
    free(dataset->own_names);
    free(dataset);
}

enum cln_status cln_dataset_digest(const struct cln_dataset *dataset,
                                   char hex[CLN_SHA256_HEX_SIZE]) {
    struct cln_text text = {0};
    for (int i = 0; i < dataset->file_count; i++)
        cln_text_add(&text, "%s %s\n", dataset->files[i].name, dataset->files[i].sha256);
    enum cln_status status = cln_text_check(&text);
    if (status == CLN_OK)
        status = cln_sha256(text.chars ? text.chars : "", text.length, hex);
    cln_text_free(&text);
    return status;
}

enum cln_status cln_dataset_facts(const struct cln_data_spec *spec, struct cln_data_facts *out) {
    if (cln_data_spec_is_own(spec)) {
        *out = spec->facts;
        return spec->facts.height ? CLN_OK : cln_own_facts(spec, out);
    }
    const struct cln_data_entry *entry;
    CLN_TRY(cln_data_entry_find(spec->dataset, &entry));
    *out = (struct cln_data_facts){.height = entry->height,
                                   .width = entry->width,
                                   .channels = entry->channels,
                                   .classes = entry->classes,
                                   .train_count = entry->train_count,
                                   .test_count = entry->test_count};
    return CLN_OK;
}

size_t cln_dataset_image_elems(const struct cln_dataset *dataset) {
    return (size_t)dataset->height * dataset->width * dataset->channels;
}

static enum cln_status tell_line(void (*tell)(void *context, const char *line), void *context,
                                 const char *format, ...) CLN_PRINTF(3, 4);

static enum cln_status tell_line(void (*tell)(void *context, const char *line), void *context,
                                 const char *format, ...) {
    struct cln_text line = {0};
    va_list args;
    va_start(args, format);
    cln_text_add_args(&line, format, args);
    va_end(args);
    enum cln_status status = cln_text_check(&line);
    if (status == CLN_OK)
        tell(context, line.chars);
    cln_text_free(&line);
    return status;
}

enum cln_status cln_dataset_notes(const struct cln_dataset *dataset,
                                  void (*tell)(void *context, const char *line), void *context) {
    for (const char *line = dataset->warnings; line && *line;) {
        size_t length = strcspn(line, "\n");
        CLN_TRY(tell_line(tell, context, "passed over %.*s", (int)length, line));
        line += length + (line[length] == '\n');
    }
    if (dataset->unverified)
        CLN_TRY(tell_line(tell, context,
                          "%s: no hashes of its files are published, so they are known by name and "
                          "size alone",
                          dataset->name));
    if (!dataset->substituted)
        return CLN_OK;
    return tell_line(tell, context, "%s stands in for %s, and every result says so; %s",
                     dataset->name, dataset->requested, dataset->why_substituted);
}

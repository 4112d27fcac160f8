#include "run/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "base/file.h"
#include "base/json.h"
#include "base/number.h"
#include "base/text.h"

static void add_number(struct cln_text *line, const char *key, double value) {
    char number[CLN_NUMBER_SIZE] = "null";
    if (isfinite(value))
        cln_number_print(number, value);
    cln_text_add(line, ",\"%s\":%s", key, number);
}

static void add_line(struct cln_text *line, const struct cln_epoch_metrics *metrics) {
    cln_text_add(line, "{\"epoch\":%d", metrics->epoch);
    add_number(line, "loss", metrics->loss);
    add_number(line, "accuracy", metrics->accuracy);
    add_number(line, "val_loss", metrics->val_loss);
    add_number(line, "val_accuracy", metrics->val_accuracy);
    if (metrics->has_test) {
        add_number(line, "test_loss", metrics->test_loss);
        add_number(line, "test_accuracy", metrics->test_accuracy);
    }
    cln_text_add(line, "}\n");
}

/* In one write where the system lets it: a line is there or it is not, but for a full disk. */
static enum cln_status append(const char *path, const struct cln_text *line) {
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0)
        return CLN_FAIL(FILE, "cannot open %s: %s", path, strerror(errno));
    size_t done = 0;
    bool good = true;
    while (good && done < line->length) {
        ssize_t count = write(fd, line->chars + done, line->length - done);
        done += count > 0 ? (size_t)count : 0;
        good = count >= 0 || errno == EINTR;
    }
    good = good && fsync(fd) == 0;
    enum cln_status status =
        good ? CLN_OK : CLN_FAIL(FILE, "cannot write %s: %s", path, strerror(errno));
    if (close(fd) && status == CLN_OK)
        status = CLN_FAIL(FILE, "cannot write %s: %s", path, strerror(errno));
    return status;
}

enum cln_status cln_journal_add(const char *path, const struct cln_epoch_metrics *metrics) {
    struct cln_text line = {0};
    add_line(&line, metrics);
    enum cln_status status = cln_text_check(&line);
    if (status == CLN_OK)
        status = append(path, &line);
    cln_text_free(&line);
    return status;
}

static bool read_number(const cJSON *object, const char *key, double *out) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    *out = cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
    return cJSON_IsNumber(item) || cJSON_IsNull(item);
}

/* `*is_whole`: it is a line of ours, and not what a crash left of one. */
static enum cln_status read_line(const char *line, struct cln_epoch_metrics *out, bool *is_whole) {
    cJSON *object;
    double epoch;
    *out = (struct cln_epoch_metrics){0};
    *is_whole = false;
    CLN_TRY(cln_json_parse(line, strlen(line), &object, NULL));
    bool whole = read_number(object, "epoch", &epoch) && read_number(object, "loss", &out->loss) &&
                 read_number(object, "accuracy", &out->accuracy) &&
                 read_number(object, "val_loss", &out->val_loss) &&
                 read_number(object, "val_accuracy", &out->val_accuracy);
    out->has_test = cJSON_HasObjectItem(object, "test_loss");
    if (out->has_test)
        whole = whole && read_number(object, "test_loss", &out->test_loss) &&
                read_number(object, "test_accuracy", &out->test_accuracy);
    cJSON_Delete(object);
    if (whole && epoch >= 1 && epoch <= 1e9)
        out->epoch = (int)epoch;
    *is_whole = whole && out->epoch;
    return CLN_OK;
}

static enum cln_status add_row(struct cln_epoch_metrics **rows, int count,
                               const struct cln_epoch_metrics *row) {
    if (count % 64 == 0) {
        void *moved = realloc(*rows, ((size_t)count + 64) * sizeof **rows);
        if (!moved)
            return CLN_FAIL(MEMORY, "out of memory for %d epochs", count);
        *rows = moved;
    }
    (*rows)[count] = *row;
    return CLN_OK;
}

enum cln_status cln_journal_read(const char *path, struct cln_epoch_metrics **rows, int *count) {
    char *bytes = NULL;
    size_t length;
    *rows = NULL;
    *count = 0;
    if (!cln_file_exists(path))
        return CLN_OK;
    CLN_TRY(cln_file_read(path, &bytes, &length));
    enum cln_status status = CLN_OK;
    char *line = bytes, *end;
    struct cln_epoch_metrics row;
    for (; status == CLN_OK && (end = strchr(line, '\n')); line = end + 1) {
        bool whole;
        *end = '\0';
        status = read_line(line, &row, &whole);
        if (status == CLN_OK && (!whole || row.epoch != *count + 1))
            break;
        if (status == CLN_OK)
            status = add_row(rows, *count, &row);
        *count += status == CLN_OK;
    }
    free(bytes);
    if (status != CLN_OK)
        free(*rows);
    return status;
}

enum cln_status cln_journal_cut(const char *path, int epochs) {
    struct cln_epoch_metrics *rows;
    struct cln_text text = {0};
    int count;
    if (!cln_file_exists(path))
        return CLN_OK;
    CLN_TRY(cln_journal_read(path, &rows, &count));
    for (int i = 0; i < count && i < epochs; i++)
        add_line(&text, &rows[i]);
    free(rows);
    enum cln_status status = cln_text_check(&text);
    if (status == CLN_OK)
        status = cln_file_write(path, text.chars ? text.chars : "", text.length);
    cln_text_free(&text);
    return status;
}

/* metrics.jsonl of a cell: a line an epoch. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/file.h"
#include "base/json.h"
#include "report/json_read.h"
#include "report/result_cell.h"

#define MAX_EPOCHS 1000000

static size_t count_lines(const char *bytes, size_t length) {
    size_t count = 0;
    for (const char *at = bytes; (at = memchr(at, '\n', length - (size_t)(at - bytes))); at++)
        count++;
    return count;
}

static enum cln_status read_line(const char *path, int line, const char *start, size_t length,
                                 struct cln_result_epoch *out) {
    cJSON *root;
    CLN_TRY(cln_json_parse(start, length, &root, NULL));
    if (!cJSON_IsObject(root)) {
        cJSON_Delete(root);
        return CLN_FAIL(FILE, "%s:%d: not a JSON object", path, line);
    }
    *out = (struct cln_result_epoch){.epoch = cln_json_int(root, "epoch", 0),
                                     .loss = cln_json_number(root, "loss"),
                                     .accuracy = cln_json_number(root, "accuracy"),
                                     .val_loss = cln_json_number(root, "val_loss"),
                                     .val_accuracy = cln_json_number(root, "val_accuracy"),
                                     .test_loss = cln_json_number(root, "test_loss"),
                                     .test_accuracy = cln_json_number(root, "test_accuracy")};
    cJSON_Delete(root);
    if (out->epoch != line)
        return CLN_FAIL(FILE, "%s:%d: epoch %d where %d has its place", path, line, out->epoch,
                        line);
    return CLN_OK;
}

static enum cln_status read_lines(const char *path, const char *bytes, size_t length,
                                  struct cln_result_epoch *epochs, int count) {
    const char *at = bytes;
    for (int line = 1; line <= count; line++) {
        const char *end = memchr(at, '\n', length - (size_t)(at - bytes));
        CLN_TRY(read_line(path, line, at, (size_t)(end - at), &epochs[line - 1]));
        at = end + 1;
    }
    return CLN_OK;
}

enum cln_status cln_result_epochs_read(const char *path, struct cln_yaml_pool *pool,
                                       struct cln_result_cell *cell) {
    if (!cln_file_exists(path))
        return CLN_OK;
    char *bytes;
    size_t length;
    CLN_TRY(cln_file_read(path, &bytes, &length));
    size_t count = count_lines(bytes, length);
    struct cln_result_epoch *epochs = NULL;
    enum cln_status status = CLN_OK;
    if (count > MAX_EPOCHS)
        status = CLN_FAIL(FILE, "%s: more than %d epochs", path, MAX_EPOCHS);
    else if (!(epochs = cln_yaml_alloc(pool, (count + 1) * sizeof *epochs)))
        status = CLN_FAIL(MEMORY, "out of memory for %s", path);
    else
        status = read_lines(path, bytes, length, epochs, (int)count);
    free(bytes);
    if (status != CLN_OK)
        return status;
    cell->epochs = epochs;
    cell->epoch_count = (int)count;
    return CLN_OK;
}

#include "run/message.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/json_text.h"

static const char *const type_names[CLN_MESSAGE_TYPES] = {"job",      "stop",    "beat", "tested",
                                                          "ready",    "prepare", "tune", "note",
                                                          "progress", "epoch",   "end"};

enum kind { TEXT, INT, NUMBER, BOOL };

struct row {
    enum cln_message_type type;
    const char *key;
    enum kind kind;
    size_t offset; /* of the member */
};

#define ROW(type, member, key, kind)                                                               \
    { CLN_MESSAGE_##type, #key, kind, offsetof(struct cln_message, member.key) }

static const struct row rows[] = {
    ROW(JOB, job, folder, TEXT),
    ROW(JOB, job, config, TEXT),
    ROW(JOB, job, id, TEXT),
    ROW(JOB, job, device, INT),
    ROW(JOB, job, device_name, TEXT),
    ROW(JOB, job, platform, TEXT),
    ROW(JOB, job, data_dir, TEXT),
    ROW(JOB, job, trace, TEXT),
    ROW(JOB, job, avoid, TEXT),
    ROW(JOB, job, checkpoint_seconds, NUMBER),
    ROW(JOB, job, progress, BOOL),
    {CLN_MESSAGE_TESTED, "avoid", TEXT, offsetof(struct cln_message, avoid)},
    ROW(PREPARE, prepare, what, TEXT),
    ROW(PREPARE, prepare, done, INT),
    ROW(PREPARE, prepare, count, INT),
    ROW(PREPARE, prepare, building, BOOL),
    ROW(TUNE, tune, node, TEXT),
    ROW(TUNE, tune, op, TEXT),
    ROW(TUNE, tune, shape, TEXT),
    ROW(TUNE, tune, done, INT),
    ROW(TUNE, tune, total, INT),
    ROW(TUNE, tune, left, INT),
    ROW(TUNE, tune, seconds, NUMBER),
    {CLN_MESSAGE_NOTE, "note", TEXT, offsetof(struct cln_message, note)},
    ROW(PROGRESS, progress, epoch, INT),
    ROW(PROGRESS, progress, epochs, INT),
    ROW(PROGRESS, progress, step, INT),
    ROW(PROGRESS, progress, steps, INT),
    ROW(PROGRESS, progress, validating, BOOL),
    ROW(PROGRESS, progress, loss, NUMBER),
    ROW(PROGRESS, progress, accuracy, NUMBER),
    ROW(PROGRESS, progress, seconds, NUMBER),
    ROW(EPOCH, epoch, epoch, INT),
    ROW(EPOCH, epoch, seconds, NUMBER),
    ROW(EPOCH, epoch, loss, NUMBER),
    ROW(EPOCH, epoch, accuracy, NUMBER),
    ROW(EPOCH, epoch, val_loss, NUMBER),
    ROW(EPOCH, epoch, val_accuracy, NUMBER),
    ROW(EPOCH, epoch, has_test, BOOL),
    ROW(EPOCH, epoch, test_loss, NUMBER),
    ROW(EPOCH, epoch, test_accuracy, NUMBER),
    ROW(END, end, status, INT),
    ROW(END, end, message, TEXT),
    ROW(END, end, detail, TEXT),
};
enum { ROWS = sizeof rows / sizeof *rows };

static void add_value(const struct row *row, const void *member, struct cln_text *line) {
    switch (row->kind) {
    case TEXT:
        cln_text_add(line, ",\"%s\":", row->key);
        cln_json_add_text(line, *(const char *const *)member);
        break;
    case INT:
        cln_text_add(line, ",\"%s\":%d", row->key, *(const int *)member);
        break;
    case NUMBER:
        cln_json_add_number(line, row->key, *(const double *)member);
        break;
    case BOOL:
        cln_text_add(line, ",\"%s\":%s", row->key, *(const bool *)member ? "true" : "false");
    }
}

void cln_message_print(const struct cln_message *message, struct cln_text *line) {
    cln_text_add(line, "{\"type\":\"%s\"", type_names[message->type]);
    for (int i = 0; i < ROWS; i++)
        if (rows[i].type == message->type)
            add_value(&rows[i], (const char *)message + rows[i].offset, line);
    cln_text_add(line, "}\n");
}

static void get_value(const struct row *row, const cJSON *root, void *member) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, row->key);
    switch (row->kind) {
    case TEXT:
        *(const char **)member = cJSON_GetStringValue(item);
        break;
    case INT:
        *(int *)member = cJSON_IsNumber(item) ? item->valueint : 0;
        break;
    case NUMBER:
        *(double *)member = cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
        break;
    case BOOL:
        *(bool *)member = cJSON_IsTrue(item);
    }
}

bool cln_message_parse(const char *line, struct cln_message *out, cJSON **memory) {
    cJSON *root = *memory = cJSON_Parse(line);
    const char *type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "type"));
    *out = (struct cln_message){.type = CLN_MESSAGE_TYPES};
    for (int t = 0; type && t < CLN_MESSAGE_TYPES; t++)
        if (!strcmp(type, type_names[t]))
            out->type = (enum cln_message_type)t;
    for (int i = 0; i < ROWS; i++)
        if (rows[i].type == out->type)
            get_value(&rows[i], root, (char *)out + rows[i].offset);
    return out->type < CLN_MESSAGE_TYPES;
}

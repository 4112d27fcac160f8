#include "report/records.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "report/csv.h"
#include "report/json_text.h"

#define DIGITS       8
#define SCALE_DIGITS 9

bool cln_results_have_test(const struct cln_results *results) {
    for (size_t c = 0; c < results->cell_count; c++)
        for (int e = 0; e < results->cells[c].epoch_count; e++)
            if (isfinite(results->cells[c].epochs[e].test_accuracy))
                return true;
    return false;
}

static void begin_row(struct cln_csv *csv, const struct cln_result_cell *cell, int epoch) {
    cln_csv_text(csv, cell->id);
    cln_csv_text(csv, cell->model);
    cln_csv_number(csv, cell->noise_scale, SCALE_DIGITS);
    cln_csv_integer(csv, cell->seed);
    cln_csv_integer(csv, epoch);
}

void cln_records_metrics_csv(const struct cln_results *results, struct cln_text *out) {
    struct cln_csv csv = {.text = *out};
    bool test = cln_results_have_test(results);
    cln_csv_header(&csv, test ? "cell,model,noise_scale,seed,epoch,loss,accuracy,val_loss,"
                                "val_accuracy,test_loss,test_accuracy"
                              : "cell,model,noise_scale,seed,epoch,loss,accuracy,val_loss,"
                                "val_accuracy");
    for (size_t c = 0; c < results->cell_count; c++)
        for (int e = 0; e < results->cells[c].epoch_count; e++) {
            const struct cln_result_epoch *epoch = &results->cells[c].epochs[e];
            begin_row(&csv, &results->cells[c], epoch->epoch);
            cln_csv_number(&csv, epoch->loss, DIGITS);
            cln_csv_number(&csv, epoch->accuracy, DIGITS);
            cln_csv_number(&csv, epoch->val_loss, DIGITS);
            cln_csv_number(&csv, epoch->val_accuracy, DIGITS);
            if (test) {
                cln_csv_number(&csv, epoch->test_loss, DIGITS);
                cln_csv_number(&csv, epoch->test_accuracy, DIGITS);
            }
            cln_csv_end_row(&csv);
        }
    *out = csv.text;
}

void cln_records_timings_csv(const struct cln_results *results, struct cln_text *out) {
    struct cln_csv csv = {.text = *out};
    cln_csv_header(&csv, "cell,model,noise_scale,seed,epoch,seconds");
    for (size_t c = 0; c < results->cell_count; c++)
        for (int e = 0; e < results->cells[c].epoch_seconds_count; e++) {
            begin_row(&csv, &results->cells[c], e + 1);
            cln_csv_number(&csv, results->cells[c].epoch_seconds[e], 6);
            cln_csv_end_row(&csv);
        }
    *out = csv.text;
}

static void add_epoch_json(struct cln_text *out, const struct cln_result_cell *cell,
                           const struct cln_result_epoch *epoch, bool test) {
    cln_text_add(out, "{\"cell\":");
    cln_json_add_text(out, cell->id);
    cln_text_add(out, ",\"model\":");
    cln_json_add_text(out, cell->model);
    cln_json_add_number(out, "noise_scale", cell->noise_scale);
    cln_text_add(out, ",\"seed\":%lld,\"choices\":", (long long)cell->seed);
    cln_json_add_text(out, cell->label);
    cln_text_add(out, ",\"epoch\":%d", epoch->epoch);
    cln_json_add_number(out, "loss", epoch->loss);
    cln_json_add_number(out, "accuracy", epoch->accuracy);
    cln_json_add_number(out, "val_loss", epoch->val_loss);
    cln_json_add_number(out, "val_accuracy", epoch->val_accuracy);
    if (test) {
        cln_json_add_number(out, "test_loss", epoch->test_loss);
        cln_json_add_number(out, "test_accuracy", epoch->test_accuracy);
    }
    cln_text_add(out, "}\n");
}

void cln_records_metrics_jsonl(const struct cln_results *results, struct cln_text *out) {
    bool test = cln_results_have_test(results);
    for (size_t c = 0; c < results->cell_count; c++)
        for (int e = 0; e < results->cells[c].epoch_count; e++)
            add_epoch_json(out, &results->cells[c], &results->cells[c].epochs[e], test);
}

static enum cln_status write_text(const char *folder, const char *name, struct cln_text *text) {
    char *path = cln_path_join(folder, name);
    enum cln_status status = path ? cln_text_check(text) : CLN_FAIL(MEMORY, "out of memory");
    if (status == CLN_OK)
        status = cln_file_write(path, text->chars ? text->chars : "", text->length);
    free(path);
    cln_text_free(text);
    return status;
}

enum cln_status cln_records_write(const struct cln_results *results, const char *folder) {
    static const struct {
        const char *name;
        void (*make)(const struct cln_results *results, struct cln_text *out);
    } files[] = {
        {"metrics.csv", cln_records_metrics_csv},
        {"metrics.jsonl", cln_records_metrics_jsonl},
        {"timings.csv", cln_records_timings_csv},
    };
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        struct cln_text text = {0};
        files[f].make(results, &text);
        CLN_TRY(write_text(folder, files[f].name, &text));
    }
    return CLN_OK;
}

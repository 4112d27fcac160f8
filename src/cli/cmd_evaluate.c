/* `clnoise evaluate MODEL`: a trained net on the test set, at any noise. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_put.h"
#include "base/utf8.h"
#include "cli/data_messages.h"
#include "cli/interrupt.h"
#include "cli/json_print.h"
#include "cli/trained_net.h"
#include "clnoise/statistics.h"
#include "clnoise/version.h"
#include "train/evaluate.h"

struct evaluate {
    const struct cln_options *options;
    struct cln_trained_net net;
    struct cln_dataset *dataset;
    struct cln_evaluation rows[CLN_MAX_EVALUATIONS + 1];
    int row_count;
};

/*
 * What the user calls the noise of an evaluation is the noise of the test: "noise.scale=0.5" sets
 * test_scale as well. The first of the two is kept, for it is what a message should name. One text
 * an override, and the second ones in `extra`.
 */
static enum cln_status read_overrides(const struct cln_options *options, const char **out,
                                      int *count, char **extra) {
    static const char scale[] = "noise.scale=", test[] = "noise.test_scale=";
    *count = 0;
    for (int i = 1; i < options->operand_count; i++) {
        const char *given = options->operands[i];
        out[(*count)++] = given;
        if (strncmp(given, scale, sizeof scale - 1) != 0)
            continue;
        const size_t bytes = strlen(given) + sizeof test;
        free(*extra);
        *extra = malloc(bytes);
        if (!*extra)
            return CLN_FAIL(MEMORY, "out of memory");
        snprintf(*extra, bytes, "%s%s", test, given + sizeof scale - 1);
    }
    /* Unless the scale of the test is said as well. */
    for (int i = 1; i < options->operand_count && *extra; i++)
        if (!strncmp(options->operands[i], test, sizeof test - 1))
            return CLN_OK;
    if (*extra)
        out[(*count)++] = *extra;
    return CLN_OK;
}

static enum cln_status open_net(struct evaluate *evaluate) {
    const struct cln_options *options = evaluate->options;
    const char **overrides = calloc((size_t)options->operand_count + 2, sizeof *overrides);
    char *extra = NULL;
    int count = 0;
    enum cln_status status =
        overrides ? read_overrides(options, overrides, &count, &extra)
                  : CLN_FAIL(MEMORY, "out of memory for %d keys", options->operand_count);
    if (status == CLN_OK)
        status = cln_trained_net_open(options, overrides, count, &evaluate->net);
    free(extra);
    free(overrides);
    return status;
}

static enum cln_status open_data(struct evaluate *evaluate) {
    const struct cln_options *options = evaluate->options;
    struct cln_data_source source = {.data_dir = options->data_dir};
    if (!options->quiet)
        source.on_progress = cln_data_messages_progress;
    CLN_TRY(cln_dataset_open(&evaluate->net.trained->cell->data, &source, &evaluate->dataset));
    return cln_dataset_notes(evaluate->dataset, cln_data_messages_note, NULL);
}

static enum cln_status test(struct evaluate *evaluate) {
    const struct cln_train_observer observer = {.interrupted = cln_interrupted};
    double scales[CLN_MAX_EVALUATIONS + 1];
    const int count = cln_cell_test_scales(evaluate->net.trained->cell, scales);
    while (evaluate->row_count < count) {
        CLN_TRY(cln_trainer_test(evaluate->net.trainer, scales[evaluate->row_count], &observer,
                                 &evaluate->rows[evaluate->row_count]));
        evaluate->row_count++;
    }
    return CLN_OK;
}

static void print_confusion(const struct evaluate *evaluate, const struct cln_evaluation *row) {
    const char *const *names = evaluate->net.trained->class_names;
    int label = 5, width = 5;
    for (uint32_t c = 0; c < row->classes; c++) {
        const int columns = cln_utf8_columns(names[c]);
        label = columns > label ? columns : label;
    }
    for (uint32_t i = 0; i < row->classes * row->classes; i++) {
        const int digits = snprintf(NULL, 0, "%lu", (unsigned long)row->confusion[i]);
        width = digits > width ? digits : width;
    }
    printf("\nNoise %g: rows are labels, columns what is predicted\n%*s", row->noise_scale, label,
           "");
    for (uint32_t c = 0; c < row->classes; c++)
        printf(" %*lu", width, (unsigned long)c);
    printf("\n");
    for (uint32_t l = 0; l < row->classes; l++) {
        cln_utf8_print(stdout, names[l], label);
        for (uint32_t c = 0; c < row->classes; c++)
            printf(" %*lu", width, (unsigned long)row->confusion[(size_t)l * row->classes + c]);
        printf("\n");
    }
}

static void print_table(const struct evaluate *evaluate) {
    const struct cln_trained *trained = evaluate->net.trained;
    printf("%s, cell %s: %lu test images of %s\n\n", trained->cell->model.name, trained->cell_id,
           (unsigned long)evaluate->dataset->test.count, evaluate->dataset->name);
    printf("%10s  %10s  %8s  %15s  %8s\n", "noise", "loss", "accuracy", "95 % interval", "correct");
    for (int i = 0; i < evaluate->row_count; i++) {
        const struct cln_evaluation *row = &evaluate->rows[i];
        const struct cln_interval interval = cln_wilson(row->correct, row->count);
        printf("%10g  %10.6f  %8.4f  %6.4f - %6.4f  %8lu\n", row->noise_scale, row->loss,
               row->accuracy, interval.low, interval.high, (unsigned long)row->correct);
    }
    for (int i = 0; i < evaluate->row_count && evaluate->options->confusion; i++)
        print_confusion(evaluate, &evaluate->rows[i]);
}

static cJSON *confusion_json(const struct cln_evaluation *row) {
    cJSON *matrix = cJSON_CreateArray();
    for (uint32_t label = 0; label < row->classes; label++) {
        cJSON *line = cln_json_put_array(matrix, NULL);
        for (uint32_t c = 0; c < row->classes; c++)
            cln_json_put_number(line, NULL, row->confusion[(size_t)label * row->classes + c]);
    }
    return matrix;
}

static cJSON *row_json(const struct cln_evaluation *row) {
    const struct cln_interval interval = cln_wilson(row->correct, row->count);
    cJSON *json = cJSON_CreateObject();
    cln_json_put_number(json, "noise_scale", row->noise_scale);
    cln_json_put_number(json, "loss", row->loss);
    cln_json_put_number(json, "accuracy", row->accuracy);
    cln_json_put_number(json, "low", interval.low);
    cln_json_put_number(json, "high", interval.high);
    cln_json_put_number(json, "correct", row->correct);
    cln_json_put_number(json, "count", row->count);
    cln_json_put(json, "confusion", confusion_json(row));
    return json;
}

static enum cln_status print_json(const struct evaluate *evaluate) {
    const struct cln_trained *trained = evaluate->net.trained;
    cJSON *json = cJSON_CreateObject(), *names = cJSON_CreateArray(), *rows = cJSON_CreateArray();
    cln_json_put_text(json, "clnoise", cln_version());
    cln_json_put_text(json, "path", trained->path);
    cln_json_put_text(json, "cell", trained->cell_id);
    cln_json_put_text(json, "model", trained->cell->model.name);
    cln_json_put_text(json, "dataset", evaluate->dataset->name);
    for (int64_t c = 0; c < trained->facts.classes; c++)
        cln_json_put_text(names, NULL, trained->class_names[c]);
    cln_json_put(json, "class_names", names);
    for (int i = 0; i < evaluate->row_count; i++)
        cln_json_put(rows, NULL, row_json(&evaluate->rows[i]));
    cln_json_put(json, "evaluations", rows);
    const enum cln_status status = cln_print_json(json);
    cJSON_Delete(json);
    return status;
}

static enum cln_status run_evaluate(struct evaluate *evaluate) {
    CLN_TRY(open_net(evaluate));
    CLN_TRY(open_data(evaluate));
    cln_interrupt_listen();
    CLN_TRY(cln_trained_net_start(evaluate->options, evaluate->dataset, &evaluate->net));
    CLN_TRY(test(evaluate));
    if (evaluate->options->json)
        return print_json(evaluate);
    print_table(evaluate);
    return CLN_OK;
}

static enum cln_status run(const struct cln_options *options) {
    struct evaluate evaluate = {.options = options};
    enum cln_status status = run_evaluate(&evaluate);
    for (int i = 0; i < evaluate.row_count; i++)
        cln_evaluation_done(&evaluate.rows[i]);
    cln_trained_net_done(&evaluate.net);
    cln_dataset_free(evaluate.dataset);
    return status;
}

static const struct cln_option options[] = {
    CLN_OPTION_SEVERAL("--cell", "ID", cell,
                       "which net of a run's folder; the beginning of an id is enough"),
    CLN_OPTION_DEVICE,
    CLN_OPTION_DATA_DIR,
    CLN_OPTION("--confusion", NULL, confusion, "print the confusion matrices as well"),
    CLN_OPTION_JSON,
    CLN_OPTION_QUIET,
    CLN_OPTION_END,
};

const struct cln_command cln_command_evaluate = {
    .name = "evaluate",
    .help = "test a trained net, at any noise",
    .operands = "MODEL [dotted.key=value ...]",
    .min_operands = 1,
    .max_operands = -1,
    .details =
        "MODEL is a model.safetensors, the folder of a cell, or the folder of a run and --cell.\n"
        "The net's own configuration lies in it; keys change it, as noise.kind=uniform or\n"
        "data.test_limit=1000, and may be written --noise.scale 0.5 as well. noise.scale is the\n"
        "scale of the test; evaluate.noise.scale=[0,1,2] tests at several more. Without keys the\n"
        "result is that of the run, to the last bit if the cell's folder is whole and the device\n"
        "the same. The interval is Wilson's, for the choice of the test images.\n",
    .examples = "clnoise evaluate runs/sweep/cells/ID/model.safetensors --noise.scale 0.5\n"
                "clnoise evaluate runs/sweep --cell ID 'evaluate.noise.scale=[0,0.5,2]' "
                "--confusion",
    .options = options,
    .dotted = true,
    .run = run,
};

#include "report/meaning.h"

#include <math.h>
#include <stdlib.h>

#include "report/titles.h"

double cln_result_accuracy(const struct cln_result_cell *cell, double *images) {
    const struct cln_result_epoch *last = cln_result_last(cell);
    bool counted = cell->evaluation_count && cell->evaluations[0].count > 0;
    if (images)
        *images = (double)(counted ? cell->evaluations[0].count : cell->data.test_images);
    if (cell->evaluation_count)
        return cell->evaluations[0].accuracy;
    if (!last)
        return NAN;
    return isnan(last->test_accuracy) ? last->val_accuracy : last->test_accuracy;
}

static double share_of_most(const struct cln_result_cell *cell) {
    const int64_t *confusion = cell->evaluations[0].confusion;
    double most = 0, all = 0;
    for (int row = 0; row < cell->classes; row++) {
        double sum = 0;
        for (int column = 0; column < cell->classes; column++)
            sum += (double)confusion[row * cell->classes + column];
        most = fmax(most, sum);
        all += sum;
    }
    return all > 0 ? most / all : 0;
}

static double chance_of(const struct cln_results *results) {
    int classes = 0;
    for (size_t c = 0; c < results->cell_count; c++) {
        const struct cln_result_cell *cell = &results->cells[c];
        if (cell->evaluation_count && cell->evaluations[0].confusion)
            return share_of_most(cell);
        if (cell->classes > classes)
            classes = cell->classes;
    }
    return classes ? 1.0 / classes : 0;
}

/* `curves` has room for three times as many epochs as the cell has. */
static enum cln_status diagnose(const struct cln_result_cell *cell, double chance, double *curves,
                                struct cln_diagnosis *out) {
    int count = cell->epoch_count;
    double *loss = curves, *val_loss = curves + count, *val_accuracy = curves + 2 * count;
    for (int e = 0; e < count; e++) {
        loss[e] = cell->epochs[e].loss;
        val_loss[e] = cell->epochs[e].val_loss;
        val_accuracy[e] = cell->epochs[e].val_accuracy;
    }
    bool failed = cell->status == CLN_CELL_FAILED;
    int64_t split = cell->data.validation_images;
    struct cln_training training = {
        .epochs = count,
        .loss = loss,
        .val_loss = val_loss,
        .val_accuracy = val_accuracy,
        .val_images = (double)(split > 0 ? split : cell->data.test_images),
        .chance = chance,
        .classes = cell->classes,
        .done = cell->status == CLN_CELL_DONE,
        .failure = !failed               ? NULL
                   : cell->error_message ? cell->error_message
                                         : "no reason recorded",
        .diverged = cell->diverged,
        .diverged_epoch = cell->diverged_epoch,
        .diverged_step = cell->diverged_step,
        .diverged_layer = cell->diverged_layer,
    };
    return cln_diagnose(&training, out);
}

static enum cln_status diagnose_all(const struct cln_results *results,
                                    struct cln_meaning *meaning) {
    int most = 0;
    for (size_t c = 0; c < results->cell_count; c++)
        if (results->cells[c].epoch_count > most)
            most = results->cells[c].epoch_count;
    double *curves = malloc((3 * (size_t)most + 1) * sizeof *curves);
    if (!curves)
        return CLN_FAIL(MEMORY, "out of memory for the diagnosis of a run");
    enum cln_status status = CLN_OK;
    for (size_t c = 0; c < results->cell_count && status == CLN_OK; c++)
        status = diagnose(&results->cells[c], meaning->chance, curves, &meaning->diagnoses[c]);
    free(curves);
    return status;
}

static void add_tests(const struct cln_result_cell *from, struct cln_study_cell *to,
                      double **tests) {
    double *scales = *tests, *accuracies = *tests + from->evaluation_count;
    for (size_t e = 0; e < from->evaluation_count; e++) {
        scales[e] = from->evaluations[e].noise_scale;
        accuracies[e] = from->evaluations[e].accuracy;
    }
    to->scales = scales;
    to->accuracies = accuracies;
    to->test_count = (int)from->evaluation_count;
    *tests += 2 * from->evaluation_count;
}

static void fill_cells(const struct cln_results *results, struct cln_meaning *meaning) {
    double *tests = meaning->tests;
    for (size_t c = 0; c < results->cell_count; c++) {
        const struct cln_result_cell *from = &results->cells[c];
        struct cln_study_cell *to = &meaning->cells[c];
        *to = (struct cln_study_cell){.model = from->model,
                                      .title = cln_display_name(from->model),
                                      .more = from->more ? from->more : "",
                                      .noise_scale = from->noise_scale,
                                      .seed = from->seed,
                                      .done = from->status == CLN_CELL_DONE,
                                      .diagnosis = &meaning->diagnoses[c]};
        to->accuracy = cln_result_accuracy(from, &to->images);
        const struct cln_result_epoch *last = cln_result_last(from);
        to->val_accuracy = last && !isnan(last->test_accuracy) ? last->val_accuracy : NAN;
        add_tests(from, to, &tests);
    }
}

enum cln_status cln_meaning_make(const struct cln_results *results, struct cln_meaning **out) {
    size_t tests = 0, count = results->cell_count;
    for (size_t c = 0; c < count; c++)
        tests += 2 * results->cells[c].evaluation_count;
    struct cln_meaning *meaning = calloc(1, sizeof *meaning);
    *out = NULL;
    if (meaning) {
        meaning->chance = chance_of(results);
        meaning->diagnoses = calloc(count + 1, sizeof *meaning->diagnoses);
        meaning->cells = calloc(count + 1, sizeof *meaning->cells);
        meaning->tests = calloc(tests + 1, sizeof *meaning->tests);
    }
    enum cln_status status = CLN_OK;
    if (!meaning || !meaning->diagnoses || !meaning->cells || !meaning->tests)
        status = CLN_FAIL(MEMORY, "out of memory for the study of a run");
    if (status == CLN_OK)
        status = diagnose_all(results, meaning);
    if (status == CLN_OK) {
        fill_cells(results, meaning);
        status = cln_study_make(meaning->cells, count, meaning->chance, &meaning->study);
    }
    if (status == CLN_OK)
        status = cln_conclude(meaning->study, &meaning->conclusion);
    if (status == CLN_OK)
        *out = meaning;
    else
        cln_meaning_free(meaning);
    return status;
}

void cln_meaning_free(struct cln_meaning *meaning) {
    if (!meaning)
        return;
    cln_conclusion_done(&meaning->conclusion);
    cln_study_free(meaning->study);
    free(meaning->diagnoses);
    free(meaning->cells);
    free(meaning->tests);
    free(meaning);
}

#include "run/cell_evaluations.h"

#include "base/json_put.h"
#include "run/cell_json.h"
#include "train/evaluate.h"

static cJSON *confusion_json(const struct cln_evaluation *evaluation) {
    cJSON *matrix = cJSON_CreateArray();
    for (uint32_t label = 0; label < evaluation->classes; label++) {
        cJSON *row = cln_json_put_array(matrix, NULL);
        for (uint32_t c = 0; c < evaluation->classes; c++)
            cln_json_put_number(row, NULL,
                                evaluation->confusion[(size_t)label * evaluation->classes + c]);
    }
    return matrix;
}

static cJSON *evaluation_json(const struct cln_evaluation *evaluation) {
    cJSON *object = cJSON_CreateObject();
    cln_json_put_number(object, "noise_scale", evaluation->noise_scale);
    cln_json_put_number(object, "loss", evaluation->loss);
    cln_json_put_number(object, "accuracy", evaluation->accuracy);
    cln_json_put_number(object, "correct", evaluation->correct);
    cln_json_put_number(object, "count", evaluation->count);
    cln_json_put(object, "confusion", confusion_json(evaluation));
    return object;
}

static cJSON *mistaken_json(const struct cln_evaluation *evaluation) {
    cJSON *array = cJSON_CreateArray();
    for (int i = 0; i < evaluation->mistake_count; i++) {
        const struct cln_mistake *mistake = &evaluation->mistakes[i];
        cJSON *row = cln_json_put_object(array, NULL);
        cln_json_put_number(row, "sample", mistake->sample);
        cln_json_put_number(row, "label", mistake->label);
        cln_json_put_number(row, "predicted", mistake->predicted);
        cln_json_put_number(row, "probability", mistake->probability);
    }
    return array;
}

enum cln_status cln_cell_evaluate(const struct cln_cell *cell, struct cln_trainer *trainer,
                                  const struct cln_train_observer *observer, cJSON *root) {
    double scales[CLN_MAX_EVALUATIONS + 1];
    const int count = cln_cell_test_scales(cell, scales);
    cJSON *evaluations = cJSON_CreateArray(), *mistaken = NULL;
    for (int i = 0; i < count; i++) {
        struct cln_evaluation evaluation;
        enum cln_status status = cln_trainer_test(trainer, scales[i], observer, &evaluation);
        if (status != CLN_OK) {
            cJSON_Delete(evaluations);
            cJSON_Delete(mistaken);
            return status;
        }
        cln_json_put(evaluations, NULL, evaluation_json(&evaluation));
        if (i == 0)
            mistaken = mistaken_json(&evaluation);
        cln_evaluation_done(&evaluation);
    }
    if (cJSON_GetArraySize(evaluations) != count) {
        cJSON_Delete(evaluations);
        cJSON_Delete(mistaken);
        return CLN_FAIL(MEMORY, "out of memory for a cell's evaluations");
    }
    cln_json_put(root, "evaluations", evaluations);
    cln_json_put(root, "mistaken", mistaken);
    return CLN_OK;
}

bool cln_cell_is_tested(const struct cln_cell *cell, const cJSON *root) {
    double scales[CLN_MAX_EVALUATIONS + 1];
    const int count = cln_cell_test_scales(cell, scales);
    const cJSON *rows = cJSON_GetObjectItemCaseSensitive(root, "evaluations");
    const cJSON *row = rows ? rows->child : NULL;
    int same = 0;
    for (; row && same < count; row = row->next)
        if (cln_cell_json_get_number(row, "noise_scale") != scales[same++])
            return false;
    return !row && same == count;
}

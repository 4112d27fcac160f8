/* The part of summary.json that says what the figures mean. */
#include <math.h>

#include "base/json_put.h"
#include "report/summary_json.h"

static void put_variant(cJSON *object, const struct cln_study *study, int variant) {
    cln_json_put_text(object, "model", study->variants[variant].model);
    cln_json_put_text(object, "choices", study->variants[variant].choices);
}

static void put_named_variant(cJSON *parent, const char *key, const struct cln_study *study,
                              int variant) {
    put_variant(cln_json_put_object(parent, key), study, variant);
}

static void put_interval(cJSON *object, double low, double high) {
    cln_json_put_number(object, "low", low);
    cln_json_put_number(object, "high", high);
}

static void put_group(cJSON *groups, const struct cln_study *study,
                      const struct cln_study_group *from) {
    cJSON *group = cln_json_put_object(groups, NULL);
    put_variant(group, study, from->variant);
    cln_json_put_number(group, "noise_scale", from->noise_scale);
    cln_json_put_number(group, "cells", from->cells);
    cln_json_put_number(group, "done", from->done);
    cln_json_put_number(group, "images", from->images > 0 ? from->images : NAN);
    cJSON *accuracy = cln_json_put_object(group, "accuracy");
    cln_json_put_number(accuracy, "mean", from->accuracy.mean);
    cln_json_put_number(accuracy, "sd", from->accuracy.sd);
    put_interval(accuracy, from->accuracy.low, from->accuracy.high);
    cJSON *wilson = cln_json_put_object(group, "wilson");
    put_interval(wilson, from->wilson.low, from->wilson.high);
    cJSON *diagnoses = cln_json_put_object(group, "diagnoses");
    for (int code = 0; code < CLN_DIAGNOSIS_COUNT; code++)
        if (from->diagnoses[code])
            cln_json_put_number(diagnoses, cln_diagnosis_name((enum cln_diagnosis_code)code),
                                from->diagnoses[code]);
}

static void put_comparison(cJSON *comparisons, const struct cln_study *study,
                           const struct cln_contrast *from) {
    cJSON *comparison = cln_json_put_object(comparisons, NULL);
    put_named_variant(comparison, "a", study, from->a);
    put_named_variant(comparison, "b", study, from->b);
    cln_json_put_bool(comparison, "overall", from->overall);
    cln_json_put_number(comparison, "noise_scale", from->noise_scale);
    cln_json_put_number(comparison, "pairs", from->pairs.pairs);
    cln_json_put_number(comparison, "left_out", from->pairs.left_out);
    cln_json_put_number(comparison, "difference", from->pairs.difference);
    cln_json_put_number(comparison, "sd", from->pairs.sd);
    put_interval(comparison, from->pairs.low, from->pairs.high);
    cln_json_put_number(comparison, "p", from->pairs.p);
    cln_json_put_number(comparison, "p_holm", from->holm_p);
    cln_json_put_number(comparison, "smallest_p", from->pairs.smallest_p);
    cln_json_put_text(comparison, "verdict", cln_verdict_name(from->verdict));
}

/* The accuracy of the curve without noise; NaN if it has none. */
static double clean_of(const struct cln_scale_curve *curve) {
    for (int i = 0; i < curve->count; i++)
        if (curve->scales[i] == 0)
            return curve->accuracies[i];
    return NAN;
}

static void put_robustness(cJSON *list, const struct cln_study *study,
                           const struct cln_robustness *from) {
    static const char *const censored[] = {"exact", "above", "below", "not_defined"};
    cJSON *object = cln_json_put_object(list, NULL);
    put_variant(object, study, from->variant);
    cln_json_put_bool(object, "tested_as_trained", from->own);
    cln_json_put_number(object, "trained_scale", from->trained_scale);
    cJSON *curve = cln_json_put_array(object, "curve");
    double clean = clean_of(&from->curve);
    for (int i = 0; i < from->curve.count; i++) {
        cJSON *point = cln_json_put_object(curve, NULL);
        double accuracy = from->curve.accuracies[i];
        cln_json_put_number(point, "noise_scale", from->curve.scales[i]);
        cln_json_put_number(point, "accuracy", accuracy);
        cln_json_put_number(point, "retention", cln_retention(accuracy, clean, study->chance));
    }
    cJSON *half = cln_json_put_object(object, "sigma_50");
    cln_json_put_number(half, "scale", from->half.sigma);
    cln_json_put_text(half, "censored", censored[from->half.censored]);
    cln_json_put_bool(half, "smoothed", from->half.smoothed);
    cln_json_put_number(object, "log_area", from->log_area);
    cln_json_put_number(object, "corruption_error", from->corruption_error);
    cln_json_put_number(object, "relative_corruption_error", from->relative_corruption_error);
}

static void put_conclusion(cJSON *root, const struct cln_conclusion *from) {
    cJSON *conclusion = cln_json_put_object(root, "conclusion");
    cJSON *findings = cln_json_put_array(conclusion, "findings");
    cJSON *cautions = cln_json_put_array(conclusion, "cautions");
    for (size_t s = 0; s < from->count; s++)
        cln_json_put_text(from->sentences[s].caution ? cautions : findings, NULL,
                          from->sentences[s].text);
}

void cln_summary_put_study(cJSON *root, const struct cln_meaning *meaning) {
    const struct cln_study *study = meaning->study;
    cln_json_put_number(root, "chance", meaning->chance > 0 ? meaning->chance : NAN);
    cJSON *groups = cln_json_put_array(root, "groups");
    for (int g = 0; g < study->group_count; g++)
        put_group(groups, study, &study->groups[g]);
    cJSON *comparisons = cln_json_put_array(root, "comparisons");
    for (int c = 0; c < study->contrast_count; c++)
        put_comparison(comparisons, study, &study->contrasts[c]);
    cJSON *robustness = cln_json_put_array(root, "robustness");
    for (int r = 0; r < study->robustness_count; r++)
        put_robustness(robustness, study, &study->robustness[r]);
    put_conclusion(root, &meaning->conclusion);
}

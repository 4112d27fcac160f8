/* The part of summary.json that says what the figures mean. */
#include <math.h>

#include "report/summary_json.h"

static void put_variant(struct cln_json_writer *writer, cJSON *object,
                        const struct cln_study *study, int variant) {
    cln_json_put_text(writer, object, "model", study->variants[variant].model);
    cln_json_put_text(writer, object, "choices", study->variants[variant].choices);
}

static void put_named_variant(struct cln_json_writer *writer, cJSON *parent, const char *key,
                              const struct cln_study *study, int variant) {
    put_variant(writer, cln_json_put_object(writer, parent, key), study, variant);
}

static void put_interval(struct cln_json_writer *writer, cJSON *object, double low, double high) {
    cln_json_put_number(writer, object, "low", low);
    cln_json_put_number(writer, object, "high", high);
}

static void put_group(struct cln_json_writer *writer, cJSON *groups, const struct cln_study *study,
                      const struct cln_study_group *from) {
    cJSON *group = cln_json_put_object(writer, groups, NULL);
    put_variant(writer, group, study, from->variant);
    cln_json_put_number(writer, group, "noise_scale", from->noise_scale);
    cln_json_put_number(writer, group, "cells", from->cells);
    cln_json_put_number(writer, group, "done", from->done);
    cln_json_put_number(writer, group, "images", from->images > 0 ? from->images : NAN);
    cJSON *accuracy = cln_json_put_object(writer, group, "accuracy");
    cln_json_put_number(writer, accuracy, "mean", from->accuracy.mean);
    cln_json_put_number(writer, accuracy, "sd", from->accuracy.sd);
    put_interval(writer, accuracy, from->accuracy.low, from->accuracy.high);
    cJSON *wilson = cln_json_put_object(writer, group, "wilson");
    put_interval(writer, wilson, from->wilson.low, from->wilson.high);
    cJSON *diagnoses = cln_json_put_object(writer, group, "diagnoses");
    for (int code = 0; code < CLN_DIAGNOSIS_COUNT; code++)
        if (from->diagnoses[code])
            cln_json_put_number(writer, diagnoses,
                                cln_diagnosis_name((enum cln_diagnosis_code)code),
                                from->diagnoses[code]);
}

static void put_comparison(struct cln_json_writer *writer, cJSON *comparisons,
                           const struct cln_study *study, const struct cln_contrast *from) {
    cJSON *comparison = cln_json_put_object(writer, comparisons, NULL);
    put_named_variant(writer, comparison, "a", study, from->a);
    put_named_variant(writer, comparison, "b", study, from->b);
    cln_json_put_bool(writer, comparison, "overall", from->overall);
    cln_json_put_number(writer, comparison, "noise_scale", from->noise_scale);
    cln_json_put_number(writer, comparison, "pairs", from->pairs.pairs);
    cln_json_put_number(writer, comparison, "left_out", from->pairs.left_out);
    cln_json_put_number(writer, comparison, "difference", from->pairs.difference);
    cln_json_put_number(writer, comparison, "sd", from->pairs.sd);
    put_interval(writer, comparison, from->pairs.low, from->pairs.high);
    cln_json_put_number(writer, comparison, "p", from->pairs.p);
    cln_json_put_number(writer, comparison, "p_holm", from->holm_p);
    cln_json_put_number(writer, comparison, "smallest_p", from->pairs.smallest_p);
    cln_json_put_text(writer, comparison, "verdict", cln_verdict_name(from->verdict));
}

/* The accuracy of the curve without noise; NaN if it has none. */
static double clean_of(const struct cln_scale_curve *curve) {
    for (int i = 0; i < curve->count; i++)
        if (curve->scales[i] == 0)
            return curve->accuracies[i];
    return NAN;
}

static void put_robustness(struct cln_json_writer *writer, cJSON *list,
                           const struct cln_study *study, const struct cln_robustness *from) {
    static const char *const censored[] = {"exact", "above", "below", "not_defined"};
    cJSON *object = cln_json_put_object(writer, list, NULL);
    put_variant(writer, object, study, from->variant);
    cln_json_put_bool(writer, object, "tested_as_trained", from->own);
    cln_json_put_number(writer, object, "trained_scale", from->trained_scale);
    cJSON *curve = cln_json_put_array(writer, object, "curve");
    double clean = clean_of(&from->curve);
    for (int i = 0; i < from->curve.count; i++) {
        cJSON *point = cln_json_put_object(writer, curve, NULL);
        double accuracy = from->curve.accuracies[i];
        cln_json_put_number(writer, point, "noise_scale", from->curve.scales[i]);
        cln_json_put_number(writer, point, "accuracy", accuracy);
        cln_json_put_number(writer, point, "retention",
                            cln_retention(accuracy, clean, study->chance));
    }
    cJSON *half = cln_json_put_object(writer, object, "sigma_50");
    cln_json_put_number(writer, half, "scale", from->half.sigma);
    cln_json_put_text(writer, half, "censored", censored[from->half.censored]);
    cln_json_put_bool(writer, half, "smoothed", from->half.smoothed);
    cln_json_put_number(writer, object, "log_area", from->log_area);
    cln_json_put_number(writer, object, "corruption_error", from->corruption_error);
    cln_json_put_number(writer, object, "relative_corruption_error",
                        from->relative_corruption_error);
}

static void put_conclusion(struct cln_json_writer *writer, cJSON *root,
                           const struct cln_conclusion *from) {
    cJSON *conclusion = cln_json_put_object(writer, root, "conclusion");
    cJSON *findings = cln_json_put_array(writer, conclusion, "findings");
    cJSON *cautions = cln_json_put_array(writer, conclusion, "cautions");
    for (size_t s = 0; s < from->count; s++)
        cln_json_put_text(writer, from->sentences[s].caution ? cautions : findings, NULL,
                          from->sentences[s].text);
}

void cln_summary_put_study(struct cln_json_writer *writer, cJSON *root,
                           const struct cln_meaning *meaning) {
    const struct cln_study *study = meaning->study;
    cln_json_put_number(writer, root, "chance", meaning->chance > 0 ? meaning->chance : NAN);
    cJSON *groups = cln_json_put_array(writer, root, "groups");
    for (int g = 0; g < study->group_count; g++)
        put_group(writer, groups, study, &study->groups[g]);
    cJSON *comparisons = cln_json_put_array(writer, root, "comparisons");
    for (int c = 0; c < study->contrast_count; c++)
        put_comparison(writer, comparisons, study, &study->contrasts[c]);
    cJSON *robustness = cln_json_put_array(writer, root, "robustness");
    for (int r = 0; r < study->robustness_count; r++)
        put_robustness(writer, robustness, study, &study->robustness[r]);
    put_conclusion(writer, root, &meaning->conclusion);
}

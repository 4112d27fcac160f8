/* How the variants of a study hold up under noise. */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "stats/study_private.h"

/* Takes a curve with room for `room` points into the study, which frees it. */
static struct cln_robustness *add_curve(struct cln_study *study, int variant, int room) {
    struct cln_robustness *out = &study->robustness[study->robustness_count];
    *out = (struct cln_robustness){.variant = variant, .trained_scale = NAN};
    double *scales = malloc((size_t)room * sizeof *scales);
    double *accuracies = malloc((size_t)room * sizeof *accuracies);
    out->curve = (struct cln_scale_curve){scales, accuracies, 0};
    study->robustness_count++;
    return scales && accuracies ? out : NULL;
}

static void add_point(struct cln_robustness *to, double scale, double accuracy) {
    ((double *)to->curve.scales)[to->curve.count] = scale;
    ((double *)to->curve.accuracies)[to->curve.count++] = accuracy;
}

/* The first variant's figures of the same kind are the reference, itself included. */
static void finish(struct cln_study *study, struct cln_robustness *of) {
    of->half = cln_sigma50_of(&of->curve, study->chance);
    of->log_area = cln_log_area(&of->curve);
    of->corruption_error = of->relative_corruption_error = NAN;
    for (int r = 0; r < study->robustness_count; r++) {
        const struct cln_robustness *first = &study->robustness[r];
        if (first->variant != 0 || first->own != of->own ||
            (!of->own && first->trained_scale != of->trained_scale))
            continue;
        of->corruption_error = cln_corruption_error(&of->curve, &first->curve);
        of->relative_corruption_error = cln_relative_corruption_error(&of->curve, &first->curve);
    }
}

/* Each net at the scale it was trained at. */
static enum cln_status add_own(struct cln_study *study, int v) {
    const struct cln_study_variant *variant = &study->variants[v];
    struct cln_robustness *out = add_curve(study, v, variant->group_count);
    if (!out)
        return CLN_FAIL(MEMORY, "out of memory for the study of a run");
    out->own = true;
    for (int g = variant->first_group; g < variant->first_group + variant->group_count; g++)
        add_point(out, study->groups[g].noise_scale, study->groups[g].accuracy.mean);
    finish(study, out);
    return CLN_OK;
}

/* Mean over the group's cells of the accuracy at `scale`; NaN if none was tested there. */
static double mean_at(const struct cln_study *study, const struct cln_study_group *group,
                      double scale) {
    double sum = 0;
    int count = 0;
    for (int i = 0; i < group->cells; i++) {
        const struct cln_study_cell *cell = &study->cells[study->order[group->first + (size_t)i]];
        for (int t = 0; cell->done && t < cell->test_count; t++) {
            if (cell->scales[t] != scale || isnan(cell->accuracies[t]))
                continue;
            sum += cell->accuracies[t];
            count++;
        }
    }
    return count ? sum / count : NAN;
}

/* The nets of one group at every scale that its first tested cell was tested at. */
static enum cln_status add_tested(struct cln_study *study, const struct cln_study_group *group) {
    const struct cln_study_cell *tested = NULL;
    for (int i = 0; i < group->cells && !tested; i++) {
        const struct cln_study_cell *cell = &study->cells[study->order[group->first + (size_t)i]];
        if (cell->done && cell->test_count > 1)
            tested = cell;
    }
    if (!tested)
        return CLN_OK;
    struct cln_robustness *out = add_curve(study, group->variant, tested->test_count);
    if (!out)
        return CLN_FAIL(MEMORY, "out of memory for the study of a run");
    out->trained_scale = group->noise_scale;
    for (int t = 0; t < tested->test_count; t++)
        add_point(out, tested->scales[t], mean_at(study, group, tested->scales[t]));
    finish(study, out);
    return CLN_OK;
}

enum cln_status cln_study_robustness(struct cln_study *study) {
    size_t room = (size_t)study->variant_count + (size_t)study->group_count;
    study->robustness = calloc(room + 1, sizeof *study->robustness);
    if (!study->robustness)
        return CLN_FAIL(MEMORY, "out of memory for the study of a run");
    for (int v = 0; v < study->variant_count; v++)
        if (study->variants[v].group_count > 1)
            CLN_TRY(add_own(study, v));
    for (int g = 0; g < study->group_count; g++)
        CLN_TRY(add_tested(study, &study->groups[g]));
    return CLN_OK;
}

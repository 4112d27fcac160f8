/* What the figures say. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "stats/conclusion_private.h"

#define LEVEL_POINTS .005 /* less would be told as 0.00 */

/* "87.9 %", one digit; two where little is wrong. */
static void add_level(struct cln_list *list, double accuracy, const char *after) {
    cln_list_add(list, "%.*f %%%s%s", accuracy > .9895 ? 2 : 1, 100 * accuracy,
                 list->count ? "" : " of the images right", after);
}

/* How accurate each variant is at its least and at its largest noise scale. */
static void say_levels(struct cln_conclusion_writer *writer) {
    const struct cln_study *study = writer->study;
    for (int v = 0; v < study->variant_count; v++) {
        const struct cln_study_variant *variant = &study->variants[v];
        const struct cln_study_group *least = NULL, *most = NULL;
        for (int g = variant->first_group; g < variant->first_group + variant->group_count; g++) {
            if (!study->groups[g].accuracy.count)
                continue;
            least = least ? least : &study->groups[g];
            most = &study->groups[g];
        }
        if (!least)
            continue;
        struct cln_list levels = {0};
        char where[64] = "";
        if (least->noise_scale != 0)
            snprintf(where, sizeof where, " at noise scale %.6g", least->noise_scale);
        add_level(&levels, least->accuracy.mean, *where ? where : " without noise");
        snprintf(where, sizeof where, " at noise scale %.6g", most->noise_scale);
        if (most != least)
            add_level(&levels, most->accuracy.mean, where);
        cln_conclusion_say(writer, false, "%s has %s%s.", variant->name,
                           cln_list_text(writer, &levels),
                           least->accuracy.count > 1 ? " (means over seeds)" : "");
        cln_list_done(&levels);
    }
}

/* The contrasts of one pair of variants that say the same: same verdict, same one ahead. */
struct same {
    struct cln_list scales, points;
    struct cln_list intervals; /* of the points, from the one that is ahead */
    int count, pairs_least, pairs_most;
    double p_least, p_most, images;
};

/* Turned so that it holds the points, which are told without a sign. */
static void add_interval(struct cln_list *list, const struct cln_contrast *contrast,
                         double points) {
    int digits = cln_points_digits(points);
    double low = 100 * contrast->pairs.low, high = 100 * contrast->pairs.high;
    cln_list_add(list, "%.*f to %.*f", digits, points < 0 ? -high : low, digits,
                 points < 0 ? -low : high);
}

/* Who is ahead: 1 the first, -1 the second; 0: neither, as far as the digits that are told show.
 * Only where nothing but the means is told can that be. */
static int sign_of(const struct cln_contrast *contrast) {
    const double points = 100 * contrast->pairs.difference;
    if (contrast->verdict == CLN_VERDICT_FEW && fabs(points) < LEVEL_POINTS)
        return 0;
    return points > 0 ? 1 : -1;
}

#define EITHER 2 /* whoever is ahead */

static struct same gather(const struct cln_study *study, int first, int end,
                          enum cln_verdict verdict, int sign) {
    struct same out = {.p_least = INFINITY, .pairs_least = INT32_MAX};
    for (int c = first; c < end; c++) {
        const struct cln_contrast *contrast = &study->contrasts[c];
        double points = 100 * contrast->pairs.difference;
        if (contrast->overall || contrast->verdict != verdict ||
            (sign != EITHER && sign_of(contrast) != sign))
            continue;
        cln_list_add(&out.scales, "%.6g", contrast->noise_scale);
        cln_list_add(&out.points, "%.*f", cln_points_digits(points), fabs(points));
        add_interval(&out.intervals, contrast, points);
        out.count++;
        out.p_least = fmin(out.p_least, contrast->pairs.p);
        out.p_most = fmax(out.p_most, contrast->pairs.p);
        int pairs = contrast->pairs.pairs;
        out.pairs_least = pairs < out.pairs_least ? pairs : out.pairs_least;
        out.pairs_most = pairs > out.pairs_most ? pairs : out.pairs_most;
        const struct cln_study_group *group =
            cln_study_group(study, contrast->a, contrast->noise_scale);
        out.images = group ? group->images : 0;
    }
    return out;
}

static void end_same(struct same *same) {
    cln_list_done(&same->scales);
    cln_list_done(&same->points);
    cln_list_done(&same->intervals);
}

/* "6 seeds", "4 to 6 seeds" */
static const char *seeds_text(const struct same *same, char out[48]) {
    if (same->pairs_least == same->pairs_most)
        snprintf(out, 48, "%d seeds", same->pairs_most);
    else
        snprintf(out, 48, "%d to %d seeds", same->pairs_least, same->pairs_most);
    return out;
}

static void say_ahead(struct cln_conclusion_writer *writer, enum cln_verdict verdict,
                      struct same *same, const char *winner, const char *loser) {
    char seeds[48], images[CLN_NUMBER_SIZE];
    seeds_text(same, seeds);
    const char *plural = same->count > 1 ? "s" : "";
    const char *scales = cln_list_text(writer, &same->scales);
    const char *points = cln_list_text(writer, &same->points);
    if (verdict == CLN_VERDICT_SURE)
        cln_conclusion_say(writer, false,
                           "%s is more accurate than %s at noise scale%s %s: by %s percentage "
                           "points (95 %% interval%s %s; mean of %s, paired; p %s %.2g).",
                           winner, loser, plural, scales, points, plural,
                           cln_list_text(writer, &same->intervals), seeds,
                           same->p_least == same->p_most ? "=" : "<=", same->p_most);
    else if (verdict == CLN_VERDICT_FEW)
        cln_conclusion_say(writer, false,
                           "%s was ahead of %s at noise scale%s %s by %s percentage points on "
                           "average of %s.",
                           winner, loser, plural, scales, points, seeds);
    else
        cln_conclusion_say(writer, false,
                           "%s was ahead of %s at noise scale%s %s by %s percentage points, in one "
                           "run each: more than the choice of %s images explains.",
                           winner, loser, plural, scales, points,
                           cln_integer_print(images, (int64_t)same->images));
}

static void say_level(struct cln_conclusion_writer *writer, enum cln_verdict verdict,
                      struct same *same, const char *a, const char *b) {
    char seeds[48], images[CLN_NUMBER_SIZE];
    seeds_text(same, seeds);
    const char *plural = same->count > 1 ? "s" : "";
    const char *scales = cln_list_text(writer, &same->scales);
    const char *points = cln_list_text(writer, &same->points);
    if (verdict == CLN_VERDICT_OPEN)
        cln_conclusion_say(writer, false,
                           "At noise scale%s %s %s do not tell %s and %s apart (%s percentage "
                           "points, 95 %% interval%s %s; p %s %.2g).",
                           plural, scales, seeds, a, b, points, plural,
                           cln_list_text(writer, &same->intervals),
                           same->p_least == same->p_most ? "=" : ">=", same->p_least);
    else
        cln_conclusion_say(writer, false,
                           "At noise scale%s %s one run each does not tell %s and %s apart: %s "
                           "percentage points are within what the choice of %s images explains.",
                           plural, scales, a, b, points,
                           cln_integer_print(images, (int64_t)same->images));
}

static void say_tie(struct cln_conclusion_writer *writer, struct same *same, const char *a,
                    const char *b) {
    char seeds[48];
    cln_conclusion_say(writer, false, "%s and %s were level at noise scale%s %s on average of %s.",
                       a, b, same->count > 1 ? "s" : "", cln_list_text(writer, &same->scales),
                       seeds_text(same, seeds));
}

static void say_overall(struct cln_conclusion_writer *writer, const struct cln_contrast *c,
                        const char *a, const char *b) {
    if (c->verdict < CLN_VERDICT_OPEN)
        return;
    double low = c->pairs.low, high = c->pairs.high, difference = c->pairs.difference;
    const char *ahead = a, *behind = b;
    if (difference < 0) {
        ahead = b;
        behind = a;
        low = -c->pairs.high;
        high = -c->pairs.low;
    }
    int digits = cln_points_digits(100 * difference);
    cln_conclusion_say(writer, false,
                       "Over all noise scales together %s is ahead of %s by %.*f percentage points "
                       "(95 %% interval %.*f to %.*f; p = %.2g)%s.",
                       ahead, behind, digits, 100 * fabs(difference), digits, 100 * low, digits,
                       100 * high, c->pairs.p,
                       c->verdict == CLN_VERDICT_SURE ? "" : ", which may be chance");
}

/* The contrasts from `first` to `end` are of the same two variants. */
static void say_pair(struct cln_conclusion_writer *writer, int first, int end) {
    const struct cln_study *study = writer->study;
    const char *a = study->variants[study->contrasts[first].a].name;
    const char *b = study->variants[study->contrasts[first].b].name;
    static const enum cln_verdict ahead[] = {CLN_VERDICT_SURE, CLN_VERDICT_FEW, CLN_VERDICT_APART};
    static const enum cln_verdict level[] = {CLN_VERDICT_OPEN, CLN_VERDICT_OVERLAP};
    for (size_t v = 0; v < sizeof ahead / sizeof *ahead; v++) {
        for (int sign = 1; sign >= -1; sign -= 2) {
            struct same same = gather(study, first, end, ahead[v], sign);
            if (same.count)
                say_ahead(writer, ahead[v], &same, sign > 0 ? a : b, sign > 0 ? b : a);
            end_same(&same);
        }
    }
    struct same tie = gather(study, first, end, CLN_VERDICT_FEW, 0);
    if (tie.count)
        say_tie(writer, &tie, a, b);
    end_same(&tie);
    for (size_t v = 0; v < sizeof level / sizeof *level; v++) {
        struct same same = gather(study, first, end, level[v], EITHER);
        if (same.count)
            say_level(writer, level[v], &same, a, b);
        end_same(&same);
    }
    if (study->contrasts[end - 1].overall)
        say_overall(writer, &study->contrasts[end - 1], a, b);
}

static void say_pairs(struct cln_conclusion_writer *writer) {
    const struct cln_study *study = writer->study;
    for (int first = 0, end; first < study->contrast_count; first = end) {
        const struct cln_contrast *pair = &study->contrasts[first];
        for (end = first; end < study->contrast_count && study->contrasts[end].a == pair->a &&
                          study->contrasts[end].b == pair->b;)
            end++;
        say_pair(writer, first, end);
    }
}

/* Mean over the variant's groups; NaN unless every one has a figure. Choices are made by the
 * validation split where there is one, so as not to use up the test images. */
static double mean_accuracy(const struct cln_study *study, int v) {
    const struct cln_study_variant *variant = &study->variants[v];
    double sum = 0, val_sum = 0;
    for (int g = variant->first_group; g < variant->first_group + variant->group_count; g++) {
        sum += study->groups[g].accuracy.mean;
        val_sum += study->groups[g].val_accuracy;
    }
    return (isnan(val_sum) ? sum : val_sum) / variant->group_count;
}

/* Many variants: for each model the best and how far the next one is behind. */
static void say_ranking(struct cln_conclusion_writer *writer) {
    const struct cln_study *study = writer->study;
    for (int m = 0; m < study->variant_count; m++) {
        int best = -1, next = -1, count = 0;
        bool told = false;
        for (int v = 0; v < study->variant_count; v++) {
            if (strcmp(study->variants[v].model, study->variants[m].model))
                continue;
            told = told || v < m;
            double accuracy = mean_accuracy(study, v);
            count++;
            if (isnan(accuracy))
                continue;
            if (best < 0 || accuracy > mean_accuracy(study, best)) {
                next = best;
                best = v;
            } else if (next < 0 || accuracy > mean_accuracy(study, next)) {
                next = v;
            }
        }
        if (told || next < 0)
            continue;
        cln_conclusion_say(writer, false,
                           "Of %d choices for %s the best%s, on average over the noise scales, is "
                           "%s (%.2f %%); next is %s (%.2f %%).",
                           count, study->variants[m].title,
                           isnan(study->groups[0].val_accuracy) ? "" : " by validation accuracy",
                           study->variants[best].choices, 100 * mean_accuracy(study, best),
                           study->variants[next].choices, 100 * mean_accuracy(study, next));
    }
}

static void add_half(struct cln_list *list, const struct cln_study *study,
                     const struct cln_robustness *r) {
    static const char *const before[] = {"", "more than ", "less than "};
    if (r->half.censored != CLN_NOT_DEFINED)
        cln_list_add(list, "%s%.2g for %s", before[r->half.censored], r->half.sigma,
                     study->variants[r->variant].name);
}

/* Where half of the accuracy above chance is gone: nets tested where they were trained, and nets
 * trained without noise. */
static void say_halves(struct cln_conclusion_writer *writer, bool own) {
    const struct cln_study *study = writer->study;
    struct cln_list halves = {0};
    bool any = false;
    for (int r = 0; r < study->robustness_count; r++) {
        const struct cln_robustness *of = &study->robustness[r];
        if (of->own == own && (own || of->trained_scale == 0)) {
            add_half(&halves, study, of);
            any = any || of->half.censored == CLN_EXACT || of->half.censored == CLN_BELOW;
        }
    }
    if (any) /* not if all that is known is that none lost so much */
        cln_conclusion_say(writer, false,
                           "%s, half of the accuracy above chance is lost at a noise scale of %s.",
                           own ? "Trained and tested with the same noise"
                               : "Trained without noise and tested with it",
                           cln_list_text(writer, &halves));
    cln_list_done(&halves);
}

/* Nets that guess have no best among them. */
static bool beats_chance(const struct cln_study *study, const struct cln_robustness *of) {
    const struct cln_study_group *group = cln_study_group(study, of->variant, of->trained_scale);
    return group && cln_wilson(of->log_area * group->images, group->images).low > study->chance;
}

/* Which noise in training does best over all tests. */
static void say_best_training(struct cln_conclusion_writer *writer) {
    const struct cln_study *study = writer->study;
    for (int v = 0; v < study->variant_count; v++) {
        const struct cln_robustness *best = NULL;
        int count = 0;
        for (int r = 0; r < study->robustness_count; r++) {
            const struct cln_robustness *of = &study->robustness[r];
            if (of->own || of->variant != v || isnan(of->log_area))
                continue;
            count++;
            if (!best || of->log_area > best->log_area)
                best = of;
        }
        if (count > 1 && beats_chance(study, best))
            cln_conclusion_say(
                writer, false,
                "Over all noises tested, %s did best when trained at noise scale "
                "%.6g (mean accuracy over log scale %.1f %%, of %d training scales).",
                study->variants[v].name, best->trained_scale, 100 * best->log_area, count);
    }
}

void cln_conclusion_find(struct cln_conclusion_writer *writer) {
    if (writer->study->variant_count > CLN_CONCLUSION_TOLD_MAX) {
        say_ranking(writer);
        return;
    }
    say_levels(writer);
    say_pairs(writer);
    say_halves(writer, true);
    say_halves(writer, false);
    say_best_training(writer);
}

/* How accuracy falls with the noise scale, as single figures. */
#include <math.h>
#include <stdlib.h>

#include "clnoise/statistics.h"

struct point {
    double scale, accuracy, fitted;
};

static int by_scale(const void *a, const void *b) {
    const struct point *x = a, *y = b;
    return x->scale < y->scale ? -1 : x->scale > y->scale;
}

/* The accuracy at a scale; NaN if the curve has none. */
static double accuracy_at(const struct cln_scale_curve *curve, double scale) {
    for (int i = 0; i < curve->count; i++)
        if (curve->scales[i] == scale)
            return curve->accuracies[i];
    return NAN;
}

/* Sums over the positive scales that both have of what is lost from `from` and `reference_from`. */
static double loss_ratio(const struct cln_scale_curve *curve,
                         const struct cln_scale_curve *reference, double from,
                         double reference_from) {
    double lost = 0, reference_lost = 0;
    for (int i = 0; i < curve->count; i++) {
        double other = accuracy_at(reference, curve->scales[i]);
        if (!(curve->scales[i] > 0) || isnan(curve->accuracies[i]) || isnan(other))
            continue;
        lost += from - curve->accuracies[i];
        reference_lost += reference_from - other;
    }
    return reference_lost > 0 ? lost / reference_lost : NAN;
}

double cln_corruption_error(const struct cln_scale_curve *curve,
                            const struct cln_scale_curve *reference) {
    return loss_ratio(curve, reference, 1, 1);
}

double cln_relative_corruption_error(const struct cln_scale_curve *curve,
                                     const struct cln_scale_curve *reference) {
    double clean = accuracy_at(curve, 0), reference_clean = accuracy_at(reference, 0);
    if (isnan(clean) || isnan(reference_clean))
        return NAN;
    return loss_ratio(curve, reference, clean, reference_clean);
}

double cln_mean_corruption_error(const double *errors, int count) {
    return cln_mean_of(errors, count).mean;
}

double cln_retention(double accuracy, double clean, double chance) {
    return clean > chance ? (accuracy - chance) / (clean - chance) : NAN;
}

/* The points in order of their scales, those that are NaN left out; NULL if memory runs out. */
static struct point *sorted_points(const struct cln_scale_curve *curve, int *count) {
    struct point *points = malloc((size_t)(curve->count > 0 ? curve->count : 1) * sizeof *points);
    if (!points)
        return NULL;
    *count = 0;
    for (int i = 0; i < curve->count; i++)
        if (!isnan(curve->accuracies[i]))
            points[(*count)++] = (struct point){curve->scales[i], curve->accuracies[i], NAN};
    qsort(points, (size_t)*count, sizeof *points, by_scale);
    return points;
}

/* Fits the nearest curve that never rises: the least, over the beginnings of a stretch around the
 * point, of the largest mean over its ends. True if any point moved. */
static bool make_falling(struct point *points, int count) {
    bool moved = false;
    for (int i = 0; i < count; i++) {
        points[i].fitted = INFINITY;
        for (int first = 0; first <= i; first++) {
            double sum = 0, largest = -INFINITY;
            for (int last = first; last < count; last++) {
                sum += points[last].accuracy;
                if (last >= i)
                    largest = fmax(largest, sum / (last - first + 1));
            }
            points[i].fitted = fmin(points[i].fitted, largest);
        }
        moved = moved || fabs(points[i].fitted - points[i].accuracy) > 1e-12;
    }
    return moved;
}

static struct cln_sigma50 half_of(const struct point *points, int count, double chance) {
    double level = chance + (points[0].fitted - chance) / 2;
    int under = 1;
    while (under < count && points[under].fitted >= level)
        under++;
    if (under == count)
        return (struct cln_sigma50){points[count - 1].scale, CLN_ABOVE, false};
    if (under == 1)
        return (struct cln_sigma50){points[1].scale, CLN_BELOW, false};
    const struct point *over = &points[under - 1];
    double share = (over->fitted - level) / (over->fitted - points[under].fitted);
    double sigma = over->scale * pow(points[under].scale / over->scale, share);
    return (struct cln_sigma50){sigma, CLN_EXACT, false};
}

struct cln_sigma50 cln_sigma50_of(const struct cln_scale_curve *curve, double chance) {
    struct cln_sigma50 out = {NAN, CLN_NOT_DEFINED, false};
    int count = 0;
    struct point *points = sorted_points(curve, &count);
    if (points && count > 1 && points[0].scale == 0) {
        bool smoothed = make_falling(points, count);
        if (points[0].accuracy > chance) {
            out = half_of(points, count, chance);
            out.smoothed = smoothed;
        }
    }
    free(points);
    return out;
}

double cln_log_area(const struct cln_scale_curve *curve) {
    int count = 0, first = 0;
    struct point *points = sorted_points(curve, &count);
    if (!points)
        return NAN;
    while (first < count && !(points[first].scale > 0))
        first++;
    double area = 0, width = 0;
    for (int i = first + 1; i < count; i++) {
        double step = log(points[i].scale / points[i - 1].scale);
        area += step * (points[i].accuracy + points[i - 1].accuracy) / 2;
        width += step;
    }
    free(points);
    return width > 0 ? area / width : NAN;
}

#include "stats/distribution.h"

#include <math.h>

static const double half_turn = 3.14159265358979323846;

double cln_normal_below(double z) {
    return erfc(-z / sqrt(2)) / 2;
}

/* Where the rising `below` reaches p between low and high: halved until doubles end. */
static double bisect(double (*below)(double x, int freedom), int freedom, double p, double low,
                     double high) {
    for (;;) {
        double middle = low + (high - low) / 2;
        if (!(middle > low && middle < high))
            return middle;
        if (below(middle, freedom) < p)
            low = middle;
        else
            high = middle;
    }
}

static double normal_below(double z, int unused) {
    (void)unused;
    return cln_normal_below(z);
}

double cln_normal_quantile(double p) {
    if (!(p > 0 && p < 1))
        return p == 0 ? -INFINITY : p == 1 ? INFINITY : NAN;
    return bisect(normal_below, 0, p, -40, 40); /* doubles know no smaller p than that of -38.6 */
}

/* The probability that |t| < sqrt(freedom) tan(angle): Abramowitz & Stegun 26.7.3 and 26.7.4. */
static double t_within(double angle, int freedom) {
    double square = cos(angle) * cos(angle), term = 1, sum = 0;
    if (freedom % 2 == 0) {
        for (int k = 0; k < freedom / 2; k++) {
            sum += term;
            term *= square * (2 * k + 1) / (2 * k + 2);
        }
        return sin(angle) * sum;
    }
    term = cos(angle);
    for (int k = 1; k < freedom; k += 2) {
        sum += term;
        term *= square * (k + 1) / (k + 2);
    }
    return 2 / half_turn * (angle + sin(angle) * sum);
}

double cln_t_quantile(double p, int freedom) {
    if (freedom < 1 || !(p > 0 && p < 1))
        return freedom >= 1 && p == 0 ? -INFINITY : freedom >= 1 && p == 1 ? INFINITY : NAN;
    if (p < .5)
        return -cln_t_quantile(1 - p, freedom);
    return sqrt(freedom) * tan(bisect(t_within, freedom, 2 * p - 1, 0, half_turn / 2));
}

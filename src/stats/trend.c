#include "stats/trend.h"

#include <math.h>
#include <stdlib.h>

#include "base/median.h"

double cln_trend_z(const double *values, int count) {
    double excess = 0, n = count;
    for (int i = 0; i < count; i++)
        for (int j = i + 1; j < count; j++)
            excess += (values[j] > values[i]) - (values[j] < values[i]);
    if (excess == 0)
        return 0;
    double deviation = sqrt(n * (n - 1) * (2 * n + 5) / 18);
    return (excess > 0 ? excess - 1 : excess + 1) / deviation;
}

enum cln_status cln_trend_slope(const double *values, int count, double *out) {
    int pairs = count * (count - 1) / 2, at = 0;
    double *slopes = malloc((size_t)pairs * sizeof *slopes);
    if (!slopes)
        return CLN_FAIL(MEMORY, "out of memory for a trend");
    for (int i = 0; i < count; i++)
        for (int j = i + 1; j < count; j++)
            slopes[at++] = (values[j] - values[i]) / (j - i);
    *out = cln_median(slopes, pairs);
    free(slopes);
    return CLN_OK;
}

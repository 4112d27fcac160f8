#include <math.h>

#include "clnoise/statistics.h"
#include "stats/distribution.h"

struct cln_mean cln_mean_of(const double *values, int count) {
    struct cln_mean out = {.mean = NAN, .sd = NAN, .low = NAN, .high = NAN};
    double sum = 0, squares = 0;
    for (int i = 0; i < count; i++) {
        if (isnan(values[i]))
            out.left_out++;
        else
            sum += values[i];
    }
    out.count = count - out.left_out;
    if (out.count > 0)
        out.mean = sum / out.count;
    if (out.count < 2)
        return out;
    for (int i = 0; i < count; i++)
        if (!isnan(values[i]))
            squares += (values[i] - out.mean) * (values[i] - out.mean);
    out.sd = sqrt(squares / (out.count - 1));
    double half = cln_t_quantile(.975, out.count - 1) * out.sd / sqrt(out.count);
    out.low = out.mean - half;
    out.high = out.mean + half;
    return out;
}

struct cln_interval cln_wilson_z(double correct, double count, double z) {
    if (!(count > 0))
        return (struct cln_interval){NAN, NAN};
    double share = correct / count, square = z * z;
    double middle = (share + square / (2 * count)) / (1 + square / count);
    double half =
        z / (1 + square / count) * sqrt(share * (1 - share) / count + square / (4 * count * count));
    /* the ends are exactly 0 and 1 where nothing or everything is right; rounding must not hide it
     */
    return (struct cln_interval){correct <= 0 ? 0 : middle - half,
                                 correct >= count ? 1 : middle + half};
}

struct cln_interval cln_wilson(double correct, double count) {
    return cln_wilson_z(correct, count, cln_normal_quantile(.975));
}

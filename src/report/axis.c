#include "report/axis.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The smallest of 1, 2, 5 times a power of ten that is not below `least`. */
static double round_step(double least, int *decimals) {
    double power = pow(10, floor(log10(least)));
    static const double factors[] = {1, 2, 5, 10};
    double step = 10 * power;
    for (int f = 3; f >= 0; f--)
        if (factors[f] * power >= least * (1 - 1e-9))
            step = factors[f] * power;
    int digits = (int)-floor(log10(step) + 1e-9);
    *decimals = digits > 0 ? digits : 0;
    return step;
}

struct cln_axis cln_axis_values(double low, double high, int wanted) {
    if (!isfinite(low) || !isfinite(high)) {
        low = 0;
        high = 1;
    }
    if (low > 0 && low < 0.5 * high)
        low = 0;
    if (high - low < 1e-9 * (1 + fabs(high))) { /* a single value: some room around it */
        double room = fabs(high) > 0 ? 0.1 * fabs(high) : 1;
        low -= room;
        high += room;
    }
    struct cln_axis axis = {0};
    double step = round_step((high - low) / wanted, &axis.decimals);
    double first = floor(low / step + 1e-6), last = ceil(high / step - 1e-6);
    for (double tick = first; tick <= last && axis.tick_count < CLN_AXIS_TICKS; tick++)
        axis.ticks[axis.tick_count++] = tick * step;
    axis.low = first * step;
    axis.high = axis.ticks[axis.tick_count - 1];
    return axis;
}

struct cln_axis cln_axis_epochs(int last) {
    if (last <= 1)
        return (struct cln_axis){.low = 0, .high = 2, .ticks = {1}, .tick_count = 1};
    struct cln_axis axis = {.low = 1, .high = last};
    double step = round_step(fmax(1, last / 8.0), &axis.decimals);
    axis.decimals = 0;
    if (step > 1)
        axis.ticks[axis.tick_count++] = 1;
    for (double tick = step; tick <= last && axis.tick_count < CLN_AXIS_TICKS; tick += step)
        axis.ticks[axis.tick_count++] = tick;
    return axis;
}

struct cln_axis cln_axis_decades(double low, double high) {
    if (!(low > 0) || !isfinite(low) || !(high >= low) || !isfinite(high)) {
        low = 1;
        high = 10;
    }
    int first = (int)floor(log10(low) + 1e-9), last = (int)ceil(log10(high) - 1e-9);
    if (last <= first)
        last = first + 1;
    struct cln_axis axis = {.low = pow(10, first), .high = pow(10, last)};
    int step = (last - first) / CLN_AXIS_TICKS + 1;
    for (int power = first; power <= last && axis.tick_count < CLN_AXIS_TICKS; power += step)
        axis.ticks[axis.tick_count++] = pow(10, power);
    return axis;
}

char *cln_number_format(char *text, size_t size, double value, int decimals) {
    char digits[64];
    snprintf(digits, sizeof digits, "%.*f", decimals, fabs(value));
    bool zero = strspn(digits, "0.") == strlen(digits);
    snprintf(text, size, "%s%s", value < 0 && !zero ? "\xE2\x88\x92" : "", digits);
    return text;
}

/* The dark counterparts of colours, found in OKLab (Ottosson 2020), where lightness is what one
 * sees. */
#include <math.h>

#include "report/canvas.h"

#define GREY 0.04 /* chroma below which a colour counts as a grey */

struct lab {
    double lightness, a, b;
};

static double to_linear(double value) {
    return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

static double from_linear(double value) {
    value = fmin(fmax(value, 0), 1);
    return value <= 0.0031308 ? 12.92 * value : 1.055 * pow(value, 1 / 2.4) - 0.055;
}

double cln_color_luminance(struct cln_color color) {
    return 0.2126 * to_linear(color.red) + 0.7152 * to_linear(color.green) +
           0.0722 * to_linear(color.blue);
}

static struct lab to_lab(struct cln_color color) {
    double r = to_linear(color.red), g = to_linear(color.green), b = to_linear(color.blue);
    double l = cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    double m = cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    double s = cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
    return (struct lab){0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
                        1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
                        0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s};
}

static struct cln_color from_lab(struct lab lab) {
    double l = pow(lab.lightness + 0.3963377774 * lab.a + 0.2158037573 * lab.b, 3);
    double m = pow(lab.lightness - 0.1055613458 * lab.a - 0.0638541728 * lab.b, 3);
    double s = pow(lab.lightness - 0.0894841775 * lab.a - 1.2914855480 * lab.b, 3);
    return (struct cln_color){from_linear(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
                              from_linear(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
                              from_linear(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s)};
}

/* Ink becomes near white, soft ink a light grey, rules and white dark ones. */
static double turned_grey(double lightness) {
    static const double stops[][2] = {{0, 0.96},    {0.25, 0.93}, {0.50, 0.75},
                                      {0.70, 0.52}, {0.93, 0.31}, {1, 0.22}};
    int s = 1;
    while (s < 5 && lightness > stops[s][0])
        s++;
    double share = (lightness - stops[s - 1][0]) / (stops[s][0] - stops[s - 1][0]);
    return stops[s - 1][1] + fmin(share, 1) * (stops[s][1] - stops[s - 1][1]);
}

struct cln_color cln_color_in(enum cln_theme theme, struct cln_color color) {
    if (theme != CLN_DARK)
        return color;
    struct lab lab = to_lab(color);
    if (hypot(lab.a, lab.b) < GREY)
        lab.lightness = turned_grey(lab.lightness);
    else if (lab.lightness < 0.85) /* the order of a ramp stays */
        lab.lightness = 0.66 + (lab.lightness - 0.4) * 0.45;
    else /* a tint of the paper becomes one of the dark ground */
        lab.lightness = 0.22 + (1 - lab.lightness) * 0.9;
    return from_lab(lab);
}

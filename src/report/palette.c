#include "report/palette.h"

#include "report/curves.h"

#define STOPS 5

struct cln_color cln_palette_scale(size_t number, size_t count) {
    static const unsigned stops[STOPS] = {0x2f3da8, 0x7d31a6, 0xc73a7c, 0xea6c45, 0xf0ab33};
    double at = count > 1 ? (double)number / (double)(count - 1) * (STOPS - 1) : (STOPS - 1) / 2.0;
    size_t left = at >= STOPS - 1 ? STOPS - 2 : (size_t)at;
    double share = at - (double)left;
    struct cln_color from = cln_color_hex(stops[left]), to = cln_color_hex(stops[left + 1]);
    return (struct cln_color){from.red + share * (to.red - from.red),
                              from.green + share * (to.green - from.green),
                              from.blue + share * (to.blue - from.blue)};
}

struct cln_color cln_palette_kind(size_t number) {
    static const unsigned kinds[] = {0x1f6fb5, 0xd2601a, 0x0f8f6b, 0x9a4fb0, 0x8a6d12, 0x4a5568};
    return cln_color_hex(kinds[number % (sizeof kinds / sizeof *kinds)]);
}

struct cln_color cln_palette_of_scale(const struct cln_curves *curves, size_t scale) {
    size_t clean = curves->scales[0] == 0;
    if (scale < clean)
        return CLN_INK;
    return cln_palette_scale(scale - clean, curves->scale_count - clean);
}

struct cln_color cln_palette_heat(void) {
    return cln_color_hex(0x1f5fa8);
}

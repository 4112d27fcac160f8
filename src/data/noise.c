#include "data/noise.h"

#include "base/one_lane.h"
#include "cl/noise.clh"

#define CHECK_NUMBER(kind, name, most, what)                                                       \
    _Static_assert((int)CLN_NOISE_##kind == NOISE_##kind, name " has two numbers");
CLN_NOISE_KINDS(CHECK_NUMBER)
_Static_assert(CLN_NOISE_KIND_COUNT == NOISE_KINDS, "cl/noise_kind.clh has other kinds");

#define NAME(kind, name, most, what) name,
const char *const cln_noise_kind_names[CLN_NOISE_KIND_COUNT + 1] = {CLN_NOISE_KINDS(NAME) NULL};

#define ROW(kind, name, most, what) {most, what},
static const struct {
    double most;
    const char *what;
} rows[] = {CLN_NOISE_KINDS(ROW)};

double cln_noise_scale_most(int kind) {
    return rows[kind].most;
}

const char *cln_noise_scale_meaning(int kind) {
    return rows[kind].what;
}

double cln_noise_test_scale(const struct cln_noise_spec *spec) {
    return isnan(spec->test_scale) ? spec->scale : spec->test_scale;
}

void cln_noise_apply(const struct cln_noise_spec *spec, double scale,
                     const struct cln_noise_place *place, const uint8_t *pixels, size_t count,
                     float *out) {
    const float narrow = (float)scale;
    float draw[4] = {0};
    for (size_t e = 0; e < count; e++) {
        out[e] = (float)pixels[e] / 255.0f;
        if (narrow == 0)
            continue;
        if (e % 4 == 0)
            noise_draws(spec->kind, (uint)(e / 4), place->sample, place->draw, place->stream,
                        (uint)place->seed, (uint)(place->seed >> 32), draw);
        out[e] = noisy_pixels(spec->kind, spec->clip, narrow, draw[e % 4], out[e]);
    }
}

#include "report/shades.h"

#include <math.h>

#include "data/noise.h"

uint32_t cln_images_pick(const uint8_t *labels, uint32_t count, uint32_t most, uint32_t *picks) {
    bool seen[256] = {false};
    uint32_t picked = 0;
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < count && picked < most; i++) {
            bool fresh = !seen[labels[i]], taken = false;
            for (uint32_t p = 0; p < picked; p++)
                taken |= picks[p] == i;
            if (taken || (pass == 0 && !fresh))
                continue;
            seen[labels[i]] = true;
            picks[picked++] = i;
        }
    return picked;
}

size_t cln_shown_elems(const struct cln_shown_images *images) {
    return (size_t)images->height * images->width * images->channels;
}

void cln_shown_noisy(const struct cln_shown_images *images, uint32_t index,
                     const struct cln_noise_spec *spec, float *out) {
    const size_t elems = cln_shown_elems(images);
    const struct cln_noise_place place = {.seed = images->seed,
                                          .sample =
                                              images->samples ? images->samples[index] : index,
                                          .draw = 0,
                                          .stream = images->stream};
    cln_noise_apply(spec, spec->scale, &place, images->images + index * elems, elems, out);
}

static bool same_noise(const struct cln_noise_spec *a, const struct cln_noise_spec *b) {
    return a->kind == b->kind && a->scale == b->scale && a->clip == b->clip;
}

size_t cln_noises_of_cells(const struct cln_cell *const *cells, int count, bool test,
                           struct cln_noise_spec *out) {
    size_t found = 0;
    for (int i = 0; i < count; i++) {
        struct cln_noise_spec noise = cells[i]->noise;
        if (test)
            noise.scale = cln_noise_test_scale(&noise);
        bool known = noise.scale == 0;
        for (size_t j = 0; j < found && !known; j++)
            known = same_noise(&out[j], &noise);
        if (!known)
            out[found++] = noise;
    }
    return found;
}

double cln_noise_margin(const struct cln_noise_spec *spec) {
    return spec->clip || spec->kind == CLN_NOISE_SALT_AND_PEPPER ? 0 : spec->scale;
}

void cln_shades(const float *values, size_t count, double margin, uint8_t *out) {
    for (size_t i = 0; i < count; i++) {
        const double share = ((double)values[i] + margin) / (1 + 2 * margin);
        out[i] = (uint8_t)lround(255 * fmin(fmax(share, 0), 1));
    }
}

/* Which variants of a study are compared, and what their pairs say. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "stats/study_private.h"

/* Models under the same choices; a model's choices against its first ones. */
static bool compared(const struct cln_study *study, int a, int b) {
    const struct cln_study_variant *x = &study->variants[a], *y = &study->variants[b];
    if (strcmp(x->model, y->model))
        return !strcmp(x->choices, y->choices);
    for (int v = 0; v < a; v++)
        if (!strcmp(study->variants[v].model, x->model))
            return false;
    return true;
}

struct paired {
    double *a, *b; /* accuracies of the same seed; NaN where not done */
    int64_t *seed;
    int count;
};

/* The seeds that both groups have, in order; appended to what `out` has. */
static void add_pairs(const struct cln_study *study, const struct cln_study_group *a,
                      const struct cln_study_group *b, struct paired *out) {
    int i = 0, j = 0;
    while (i < a->cells && j < b->cells) {
        const struct cln_study_cell *x = &study->cells[study->order[a->first + (size_t)i]];
        const struct cln_study_cell *y = &study->cells[study->order[b->first + (size_t)j]];
        if (x->seed == y->seed) {
            out->a[out->count] = cln_study_accuracy(x);
            out->b[out->count] = cln_study_accuracy(y);
            out->seed[out->count++] = x->seed;
        }
        i += x->seed <= y->seed;
        j += y->seed <= x->seed;
    }
}

/* One run of each: do the intervals that the choice of test images leaves overlap? */
static enum cln_verdict single_verdict(const struct cln_study_group *a,
                                       const struct cln_study_group *b, double x, double y) {
    struct cln_interval p = cln_wilson(x * a->images, a->images);
    struct cln_interval q = cln_wilson(y * b->images, b->images);
    return p.low > q.high || q.low > p.high ? CLN_VERDICT_APART : CLN_VERDICT_OVERLAP;
}

static enum cln_verdict many_verdict(const struct cln_comparison *pairs) {
    if (!pairs->enough)
        return CLN_VERDICT_FEW;
    return pairs->p < CLN_SIGNIFICANCE ? CLN_VERDICT_SURE : CLN_VERDICT_OPEN;
}

static enum cln_status compare_groups(struct cln_study *study, const struct cln_study_group *a,
                                      const struct cln_study_group *b, struct paired *all) {
    struct paired here = {all->a + all->count, all->b + all->count, all->seed + all->count, 0};
    add_pairs(study, a, b, &here);
    all->count += here.count;
    struct cln_contrast out = {.a = a->variant,
                               .b = b->variant,
                               .noise_scale = a->noise_scale,
                               .holm_p = NAN,
                               .verdict = CLN_VERDICT_NONE};
    CLN_TRY(cln_pairs_compare(here.a, here.b, here.count, &out.pairs));
    if (out.pairs.pairs > 1)
        out.verdict = many_verdict(&out.pairs);
    for (int i = 0; out.pairs.pairs == 1 && i < here.count; i++)
        if (!isnan(here.a[i]) && !isnan(here.b[i]))
            out.verdict = single_verdict(a, b, here.a[i], here.b[i]);
    study->contrasts[study->contrast_count++] = out;
    return CLN_OK;
}

/* Each seed's mean over the scales at which both are done; seeds that lack one are left out, for
 * otherwise scales would weigh differently. The means replace the front of `all`. */
static void average_scales(struct paired *all, int scales) {
    int seeds = 0;
    for (int i = 0; i < all->count; i++) {
        double a = 0, b = 0;
        int found = 0;
        bool earlier = false;
        for (int j = 0; j < all->count; j++) {
            if (all->seed[j] != all->seed[i])
                continue;
            earlier = earlier || j < i;
            a += all->a[j];
            b += all->b[j];
            found++;
        }
        if (earlier)
            continue; /* counted when it came first; what is written lies before it */
        all->a[all->count + seeds] = found == scales ? a / scales : NAN;
        all->b[all->count + seeds++] = found == scales ? b / scales : NAN;
    }
    all->a += all->count;
    all->b += all->count;
    all->count = seeds;
}

static enum cln_status compare_variants(struct cln_study *study, int a, int b, struct paired all) {
    const struct cln_study_variant *x = &study->variants[a];
    int scales = 0;
    for (int g = x->first_group; g < x->first_group + x->group_count; g++) {
        const struct cln_study_group *other =
            cln_study_group(study, b, study->groups[g].noise_scale);
        if (!other)
            continue;
        scales++;
        CLN_TRY(compare_groups(study, &study->groups[g], other, &all));
    }
    if (scales < 2)
        return CLN_OK;
    average_scales(&all, scales);
    struct cln_contrast out = {.a = a, .b = b, .overall = true, .noise_scale = NAN, .holm_p = NAN};
    CLN_TRY(cln_pairs_compare(all.a, all.b, all.count, &out.pairs));
    if (out.pairs.pairs > 1)
        out.verdict = many_verdict(&out.pairs);
    study->contrasts[study->contrast_count++] = out;
    return CLN_OK;
}

static enum cln_status adjust(struct cln_study *study, double *p) {
    int count = 0;
    for (int c = 0; c < study->contrast_count; c++)
        if (!study->contrasts[c].overall)
            p[count++] = study->contrasts[c].pairs.p;
    CLN_TRY(cln_holm(p, count, p));
    count = 0;
    for (int c = 0; c < study->contrast_count; c++)
        if (!study->contrasts[c].overall)
            study->contrasts[c].holm_p = p[count++];
    return CLN_OK;
}

enum cln_status cln_study_compare(struct cln_study *study) {
    int pairs = 0, variants = study->variant_count, scales = 0;
    if (variants < 2 || variants > CLN_STUDY_COMPARED_MAX)
        return CLN_OK;
    for (int v = 0; v < variants; v++)
        if (study->variants[v].group_count > scales)
            scales = study->variants[v].group_count;
    for (int a = 0; a < variants; a++)
        for (int b = a + 1; b < variants; b++)
            pairs += compared(study, a, b);
    size_t room = (size_t)pairs * ((size_t)scales + 1);
    struct paired all = {malloc(2 * study->cell_count * sizeof(double)),
                         malloc(2 * study->cell_count * sizeof(double)),
                         malloc(study->cell_count * sizeof(int64_t)), 0};
    double *p = malloc((room + 1) * sizeof *p);
    study->contrasts = calloc(room + 1, sizeof *study->contrasts);
    enum cln_status status = CLN_OK;
    if (!all.a || !all.b || !all.seed || !p || !study->contrasts)
        status = CLN_FAIL(MEMORY, "out of memory for the study of a run");
    for (int a = 0; a < variants; a++)
        for (int b = a + 1; status == CLN_OK && b < variants; b++)
            if (compared(study, a, b))
                status = compare_variants(study, a, b, all);
    if (status == CLN_OK)
        status = adjust(study, p);
    free(all.a);
    free(all.b);
    free(all.seed);
    free(p);
    return status;
}

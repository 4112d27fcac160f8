#include "report/groups.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "clnoise/statistics.h"
#include "experiment/yaml.h"
#include "report/meaning.h"

void cln_result_add_kind(struct cln_text *out, const struct cln_result_cell *cell) {
    static const char seed[] = "train.seed=";
    cln_text_add(out, "%s", cell->model);
    for (const char *at = cell->more; at && *at;) {
        size_t length = strcspn(at, " ");
        if (strncmp(at, seed, sizeof seed - 1)) {
            cln_text_append(out, " ", 1);
            cln_text_append(out, at, length);
        }
        at += length;
        at += strspn(at, " ");
    }
}

static int ascending(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* The kind's number, added if it is new; SIZE_MAX when out of memory. */
static size_t kind_of(struct cln_cell_groups *groups, const struct cln_result_cell *cell) {
    struct cln_text text = {0};
    size_t k = 0;
    cln_result_add_kind(&text, cell);
    if (text.failed)
        return SIZE_MAX;
    while (k < groups->kind_count && strcmp(groups->kinds[k], text.chars))
        k++;
    if (k == groups->kind_count) {
        groups->kinds[k] = cln_yaml_copy(groups->pool, text.chars, text.length);
        if (!groups->kinds[k])
            k = SIZE_MAX;
        else
            groups->kind_count++;
    }
    cln_text_free(&text);
    return k;
}

static void find_scales(struct cln_cell_groups *groups, const struct cln_results *results) {
    for (size_t c = 0; c < results->cell_count; c++) {
        double scale = results->cells[c].noise_scale;
        size_t s = 0;
        while (s < groups->scale_count && groups->scales[s] != scale)
            s++;
        if (s == groups->scale_count)
            groups->scales[groups->scale_count++] = scale;
    }
    qsort(groups->scales, groups->scale_count, sizeof *groups->scales, ascending);
}

static void judge(struct cln_cell_group *group) {
    const struct cln_mean mean = cln_mean_of(group->accuracies, (int)group->cell_count);
    group->mean = mean.mean;
    group->low = fmax(mean.low, 0); /* fmax() and fmin() would hide a NaN */
    group->high = fmin(mean.high, 1);
    if (isnan(mean.low))
        group->low = group->high = NAN;
    group->count = (size_t)mean.count;
    if (mean.count != 1)
        return;
    for (size_t c = 0; c < group->cell_count; c++) {
        double images, accuracy = cln_result_accuracy(group->cells[c], &images);
        if (isfinite(accuracy) && images > 0) {
            const struct cln_interval interval = cln_wilson(round(accuracy * images), images);
            group->low = interval.low;
            group->high = interval.high;
        }
    }
}

/* The cells of one kind and scale; none, and there is no group. `kinds` has the kind of each. */
static bool add_group(struct cln_cell_groups *groups, const struct cln_results *results,
                      const size_t *kinds, size_t kind, double scale) {
    struct cln_cell_group group = {.kind = groups->kinds[kind], .scale = scale};
    for (size_t c = 0; c < results->cell_count; c++)
        group.cell_count += kinds[c] == kind && results->cells[c].noise_scale == scale;
    if (!group.cell_count)
        return true;
    group.cells = cln_yaml_alloc(groups->pool, group.cell_count * sizeof *group.cells);
    group.accuracies = cln_yaml_alloc(groups->pool, group.cell_count * sizeof *group.accuracies);
    if (!group.cells || !group.accuracies)
        return false;
    size_t at = 0;
    for (size_t c = 0; c < results->cell_count; c++)
        if (kinds[c] == kind && results->cells[c].noise_scale == scale) {
            group.cells[at] = &results->cells[c];
            group.accuracies[at++] = cln_result_accuracy(&results->cells[c], NULL);
        }
    judge(&group);
    groups->rows[groups->count++] = group;
    return true;
}

enum cln_status cln_cell_groups_make(const struct cln_results *results,
                                     struct cln_cell_groups *out) {
    size_t count = results->cell_count;
    struct cln_cell_groups groups = {.pool = calloc(1, sizeof *groups.pool)};
    bool whole = groups.pool != NULL;
    size_t *kinds = whole ? cln_yaml_alloc(groups.pool, (count + 1) * sizeof *kinds) : NULL;
    if (whole) {
        groups.rows = cln_yaml_alloc(groups.pool, (count + 1) * sizeof *groups.rows);
        groups.kinds = cln_yaml_alloc(groups.pool, (count + 1) * sizeof *groups.kinds);
        groups.scales = cln_yaml_alloc(groups.pool, (count + 1) * sizeof *groups.scales);
        whole = kinds && groups.rows && groups.kinds && groups.scales;
    }
    for (size_t c = 0; whole && c < count; c++)
        whole = (kinds[c] = kind_of(&groups, &results->cells[c])) != SIZE_MAX;
    if (whole)
        find_scales(&groups, results);
    for (size_t k = 0; whole && k < groups.kind_count; k++)
        for (size_t s = 0; whole && s < groups.scale_count; s++)
            whole = add_group(&groups, results, kinds, k, groups.scales[s]);
    *out = groups;
    if (whole)
        return CLN_OK;
    cln_cell_groups_done(out);
    return CLN_FAIL(MEMORY, "out of memory for %zu cells", count);
}

void cln_cell_groups_done(struct cln_cell_groups *groups) {
    if (groups->pool)
        cln_yaml_pool_done(groups->pool);
    free(groups->pool);
    *groups = (struct cln_cell_groups){0};
}

const struct cln_cell_group *cln_cell_groups_find(const struct cln_cell_groups *groups, size_t kind,
                                                  double scale) {
    for (size_t g = 0; g < groups->count; g++)
        if (groups->rows[g].kind == groups->kinds[kind] && groups->rows[g].scale == scale)
            return &groups->rows[g];
    return NULL;
}

#include "report/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clnoise/statistics.h"
#include "report/csv.h"
#include "report/html.h"
#include "report/meaning.h"
#include "report/titles.h"

extern const char cln_report_css[]; /* report.css */

static const struct cln_cell_group *find(const struct cln_cell_groups *groups, const char *kind,
                                         double scale) {
    for (size_t g = 0; g < groups->count; g++)
        if (!strcmp(groups->rows[g].kind, kind) && groups->rows[g].scale == scale)
            return &groups->rows[g];
    return NULL;
}

static size_t largest(const struct cln_cell_groups *groups) {
    size_t most = 0;
    for (size_t g = 0; g < groups->count; g++)
        most = groups->rows[g].cell_count > most ? groups->rows[g].cell_count : most;
    return most;
}

/* The accuracies of seeds that both have, side by side; how many there are. */
static int pair(const struct cln_cell_group *first, const struct cln_cell_group *second, double *a,
                double *b) {
    int count = 0;
    for (size_t i = 0; i < first->cell_count; i++)
        for (size_t k = 0; k < second->cell_count; k++)
            if (first->cells[i]->seed == second->cells[k]->seed && isfinite(first->accuracies[i]) &&
                isfinite(second->accuracies[k])) {
                a[count] = first->accuracies[i];
                b[count++] = second->accuracies[k];
                break;
            }
    return count;
}

/* Of the only cell that has one. */
static struct cln_interval wilson_of(const struct cln_cell_group *group) {
    return (struct cln_interval){group->low, group->high};
}

static void compare_single(const struct cln_cell_group *first, const struct cln_cell_group *second,
                           struct cln_difference *row) {
    const struct cln_interval a = wilson_of(first), b = wilson_of(second);
    row->difference = second->mean - first->mean;
    row->low = row->difference - hypot(second->mean - b.low, a.high - first->mean);
    row->high = row->difference + hypot(b.high - second->mean, first->mean - a.low);
}

static enum cln_status compare_groups(const struct cln_cell_group *first,
                                      const struct cln_cell_group *second, double *a, double *b,
                                      struct cln_difference *row) {
    struct cln_comparison comparison;
    row->pairs = pair(first, second, a, b);
    row->difference = second->mean - first->mean;
    if (row->pairs >= 2) {
        CLN_TRY(cln_pairs_compare(b, a, row->pairs, &comparison));
        row->difference = comparison.difference;
        row->low = comparison.low;
        row->high = comparison.high;
        row->p = comparison.p;
    } else if (first->count == 1 && second->count == 1) {
        compare_single(first, second, row);
    }
    return CLN_OK;
}

static enum cln_status fill(struct cln_differences *out, double *a, double *b) {
    for (int side = 0; side < 2; side++) {
        const struct cln_cell_groups *own = side ? &out->second : &out->first;
        for (size_t g = 0; g < own->count; g++) {
            const struct cln_cell_group *group = &own->rows[g];
            const struct cln_cell_group *other =
                find(side ? &out->first : &out->second, group->kind, group->scale);
            if (side && other)
                continue; /* has its row already */
            struct cln_difference *row = &out->rows[out->count++];
            *row = (struct cln_difference){.kind = group->kind,
                                           .scale = group->scale,
                                           .first = side ? NAN : group->mean,
                                           .second = side    ? group->mean
                                                     : other ? other->mean
                                                             : NAN,
                                           .difference = NAN,
                                           .low = NAN,
                                           .high = NAN,
                                           .p = NAN};
            if (other)
                CLN_TRY(compare_groups(group, other, a, b, row));
        }
    }
    return CLN_OK;
}

enum cln_status cln_differences_make(const struct cln_results *first,
                                     const struct cln_results *second,
                                     struct cln_differences *out) {
    *out = (struct cln_differences){0};
    CLN_TRY(cln_cell_groups_make(first, &out->first));
    CLN_TRY(cln_cell_groups_make(second, &out->second));
    size_t most = largest(&out->first);
    double *a = calloc(2 * most + 2, sizeof *a);
    out->rows = calloc(out->first.count + out->second.count + 1, sizeof *out->rows);
    enum cln_status status = a && out->rows ? fill(out, a, a + most + 1)
                                            : CLN_FAIL(MEMORY, "out of memory for a comparison");
    free(a);
    return status;
}

void cln_differences_done(struct cln_differences *differences) {
    free(differences->rows);
    cln_cell_groups_done(&differences->first);
    cln_cell_groups_done(&differences->second);
    *differences = (struct cln_differences){0};
}

const char *cln_difference_words(const struct cln_difference *row) {
    if (isnan(row->first) || isnan(row->second))
        return isnan(row->first) ? "not in the first" : "not in the second";
    if (row->pairs >= CLN_PAIRS_MIN)
        return row->p < CLN_SIGNIFICANCE ? "different" : "may be chance";
    if (row->pairs >= 2 || !isfinite(row->low))
        return "too few seeds";
    return row->low > 0 || row->high < 0 ? "one run each, apart" : "one run each, may be chance";
}

static void add_scale(struct cln_text *out, double scale) {
    struct cln_text text = {0};
    cln_title_add_scale(&text, scale);
    cln_html_add_text(out, text.chars);
    cln_text_free(&text);
}

static void add_row(const struct cln_difference *row, struct cln_text *out) {
    struct cln_text kind = {0};
    cln_title_add_kind(&kind, row->kind);
    cln_html_add(out, "<tr><th scope=\"row\">%s</th><td class=\"n\">", kind.chars);
    cln_text_free(&kind);
    add_scale(out, row->scale);
    cln_html_add(out, "</td><td class=\"n\">%4</td><td class=\"n\">%4</td><td class=\"n\">%2",
                 row->first, row->second, 100 * row->difference);
    if (isfinite(row->low))
        cln_html_add(out, " <small>%2 to %2</small>", 100 * row->low, 100 * row->high);
    cln_html_add(out, "</td><td class=\"n\">%d</td><td class=\"n\">%3</td><td>%s</td></tr>\n",
                 row->pairs, row->p, cln_difference_words(row));
}

void cln_differences_html(const struct cln_differences *differences, const char *const names[2],
                          struct cln_text *out) {
    cln_html_add(out,
                 "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta "
                 "name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta "
                 "name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" "
                 "href=\"data:,\">\n<title>%s beside %s</title>\n<style>\n",
                 names[0], names[1]);
    cln_text_append(out, cln_report_css, strlen(cln_report_css));
    cln_html_add(out,
                 "</style>\n</head>\n<body>\n<main>\n<h1>Two runs side by side</h1>\n"
                 "<p>First: <b>%s</b>. Second: <b>%s</b>.</p>\n<p class=\"note\">Test accuracy "
                 "after the last epoch, and the second less the first in percentage points with "
                 "its 95 %% interval: of the mean over pairs of a seed (bootstrap), or, of one run "
                 "each, for the choice of test images (Newcombe). p: sign-flip test over "
                 "pairs.</p>\n<div class=\"table\" tabindex=\"0\" role=\"region\" "
                 "aria-label=\"Differences\"><table>\n<thead><tr><th scope=\"col\">Training</th>"
                 "<th scope=\"col\" class=\"n\">Noise</th><th scope=\"col\" class=\"n\">First</th>"
                 "<th scope=\"col\" class=\"n\">Second</th><th scope=\"col\" class=\"n\">Difference"
                 "</th><th scope=\"col\" class=\"n\">Pairs</th><th scope=\"col\" class=\"n\">p</th>"
                 "<th scope=\"col\">In words</th></tr></thead>\n<tbody>\n",
                 names[0], names[1]);
    for (size_t r = 0; r < differences->count; r++)
        add_row(&differences->rows[r], out);
    cln_html_add(out, "</tbody></table></div>\n</main>\n</body>\n</html>\n");
}

void cln_differences_csv(const struct cln_differences *differences, struct cln_text *out) {
    struct cln_csv csv = {.text = *out};
    cln_csv_header(&csv, "training,noise_scale,first,second,difference,low,high,pairs,p,words");
    for (size_t r = 0; r < differences->count; r++) {
        const struct cln_difference *row = &differences->rows[r];
        cln_csv_text(&csv, row->kind);
        cln_csv_number(&csv, row->scale, 9);
        cln_csv_number(&csv, row->first, 8);
        cln_csv_number(&csv, row->second, 8);
        cln_csv_number(&csv, row->difference, 8);
        cln_csv_number(&csv, row->low, 8);
        cln_csv_number(&csv, row->high, 8);
        cln_csv_integer(&csv, row->pairs);
        cln_csv_number(&csv, row->p, 6);
        cln_csv_text(&csv, cln_difference_words(row));
        cln_csv_end_row(&csv);
    }
    *out = csv.text;
}

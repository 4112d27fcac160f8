#include "experiment/select.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/number.h"
#include "experiment/work.h"

#define MOST_NAMED 3 /* ids in a message */

static enum cln_status fail_unknown(const struct cln_experiment *experiment, const char *word) {
    struct cln_nearest nearest = cln_nearest_start(word);
    for (int i = 0; i < experiment->cell_count; i++)
        cln_nearest_offer(&nearest, experiment->cells[i].id);
    return CLN_FAIL(CONFIG,
                    "--cell %s: %s has no such cell; accepted: ids that clnoise plan lists, or "
                    "their beginnings%s%s%s",
                    word, experiment->path, nearest.name ? "; did you mean " : "",
                    nearest.name ? nearest.name : "", nearest.name ? "?" : "");
}

static enum cln_status fail_ambiguous(const struct cln_experiment *experiment, const char *word) {
    struct cln_text ids = {0};
    int count = 0;
    for (int i = 0; i < experiment->cell_count; i++) {
        if (strncmp(experiment->cells[i].id, word, strlen(word)) != 0)
            continue;
        if (count++ < MOST_NAMED)
            cln_text_add(&ids, "%s%s", count > 1 ? ", " : "", experiment->cells[i].id);
    }
    enum cln_status status = cln_text_check(&ids);
    if (status == CLN_OK)
        status = CLN_FAIL(CONFIG, "--cell %s: the ids of %d cells begin so: %s%s", word, count,
                          ids.chars, count > MOST_NAMED ? ", ..." : "");
    cln_text_free(&ids);
    return status;
}

static enum cln_status pick(const struct cln_experiment *experiment, const char *word,
                            bool *picked) {
    int found = -1, count = 0;
    for (int i = 0; i < experiment->cell_count; i++)
        if (!strncmp(experiment->cells[i].id, word, strlen(word))) {
            found = i;
            count++;
        }
    if (!count || !*word)
        return fail_unknown(experiment, word);
    if (count > 1)
        return fail_ambiguous(experiment, word);
    picked[found] = true;
    return CLN_OK;
}

static enum cln_status pick_all_of(const struct cln_experiment *experiment, const char *words,
                                   bool *picked) {
    for (bool more = true; more;) {
        size_t length = strcspn(words, ",");
        char word[64];
        snprintf(word, sizeof word, "%.*s", (int)(length < 64 ? length : 63), words);
        CLN_TRY(pick(experiment, word, picked));
        more = words[length] == ',';
        words += length + more;
    }
    return CLN_OK;
}

static enum cln_status parse_shard(const char *text, int *index, int *count) {
    const char *slash = strchr(text, '/');
    char number[16];
    int64_t i = 0, n = 0;
    bool right = slash && slash - text < (int)sizeof number;
    if (right) {
        snprintf(number, sizeof number, "%.*s", (int)(slash - text), text);
        right = cln_integer_parse(number, &i) && cln_integer_parse(slash + 1, &n) && i >= 1 &&
                i <= n && n <= CLN_MAX_CELLS;
    }
    if (!right)
        return CLN_FAIL(CONFIG,
                        "--shard %.60s; accepted: I/N, such as 2/8 for the second of eight "
                        "shares, N up to %d",
                        text, CLN_MAX_CELLS);
    *index = (int)i - 1;
    *count = (int)n;
    return CLN_OK;
}

struct load {
    int cell;
    double flops;
};

/* From the largest to the smallest; equal ones in the order of the plan. */
static int compare_loads(const void *a, const void *b) {
    const struct load *x = a, *y = b;
    if (x->flops != y->flops)
        return x->flops < y->flops ? 1 : -1;
    return x->cell - y->cell;
}

/* Leaves of the picked cells those that are dealt to share `index`. */
static void deal(const struct load *loads, int load_count, double *shares, int share_count,
                 int index, bool *picked) {
    for (int i = 0; i < load_count; i++) {
        int least = 0;
        for (int k = 1; k < share_count; k++)
            if (shares[k] < shares[least])
                least = k;
        shares[least] += loads[i].flops;
        picked[loads[i].cell] = least == index;
    }
}

static enum cln_status pick_shard(const struct cln_experiment *experiment, const char *shard,
                                  bool *picked) {
    int index = 0, share_count = 1, load_count = 0;
    CLN_TRY(parse_shard(shard, &index, &share_count));
    enum cln_status status = CLN_OK;
    struct load *loads = calloc((size_t)experiment->cell_count, sizeof *loads);
    double *shares = calloc((size_t)share_count, sizeof *shares);
    if (!loads || !shares)
        status = CLN_FAIL(MEMORY, "out of memory for %d cells", experiment->cell_count);
    for (int i = 0; i < experiment->cell_count && status == CLN_OK; i++)
        if (picked[i]) {
            loads[load_count].cell = i;
            status = cln_cell_work(&experiment->cells[i], &loads[load_count++].flops);
        }
    if (status == CLN_OK) {
        qsort(loads, (size_t)load_count, sizeof *loads, compare_loads);
        deal(loads, load_count, shares, share_count, index, picked);
    }
    free(loads);
    free(shares);
    return status;
}

enum cln_status cln_experiment_select(const struct cln_experiment *experiment,
                                      const struct cln_selection *selection, bool *picked) {
    for (int i = 0; i < experiment->cell_count; i++)
        picked[i] = !selection->cell_count;
    for (int i = 0; i < selection->cell_count; i++)
        CLN_TRY(pick_all_of(experiment, selection->cells[i], picked));
    return selection->shard ? pick_shard(experiment, selection->shard, picked) : CLN_OK;
}

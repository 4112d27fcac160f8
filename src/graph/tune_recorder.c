/* Which recorder replays a step fastest: all give the same bits, so only time decides. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/median.h"
#include "base/text.h"
#include "graph/plan.h"
#include "graph/tune_tuner.h"
#include "runtime/recording.h"

#define MOST_RECORDERS 8
#define ROUNDS         5
#define SAMPLE_SECONDS 30e-3
#define NARROW         0.98 /* a later recorder must be faster than that share of an earlier one */

struct race {
    const char *names[MOST_RECORDERS];
    int count;
    struct cln_plan *plans[MOST_RECORDERS]; /* NULL: that recorder fails here */
    double samples[MOST_RECORDERS][ROUNDS];
};

/* A step is known by its ops, by the shapes of what they make, and by which recorders there are. */
static enum cln_status step_key(const struct cln_graph *graph, const struct race *race,
                                char key[CLN_SHA256_HEX_SIZE]) {
    struct cln_text text = {0};
    cln_text_add(&text, "recorder");
    for (int i = 0; i < race->count; i++)
        cln_text_add(&text, " %s", race->names[i]);
    for (int i = 0; i < graph->node_count; i++) {
        const struct cln_node *node = &graph->nodes[i];
        cln_text_add(&text, "\n%s", node->op->name);
        for (int k = 0; k < node->output_count; k++)
            cln_text_add(&text, " %zu", cln_tensor_elems(cln_node_out(node, k)));
    }
    enum cln_status status = cln_text_check(&text);
    if (status == CLN_OK)
        status = cln_sha256(text.chars, text.length, key);
    cln_text_free(&text);
    return status;
}

static enum cln_status time_replays(struct cln_context *context, struct cln_plan *plan, int runs,
                                    double *seconds) {
    double began = cln_clock_seconds();
    for (int i = 0; i < runs; i++)
        CLN_TRY(cln_plan_replay(plan));
    CLN_TRY(cln_context_finish(context));
    *seconds = (cln_clock_seconds() - began) / runs;
    return CLN_OK;
}

/* What cannot be blamed on a recorder ends the race; anything else puts the recorder out of it. */
static enum cln_status blame(struct race *race, int at, enum cln_status status) {
    if (status == CLN_OK || status == CLN_MEMORY || status == CLN_INTERRUPTED)
        return status;
    cln_plan_free(race->plans[at]);
    race->plans[at] = NULL;
    return CLN_OK;
}

static enum cln_status try_recorder(struct cln_context *context, struct cln_store *store,
                                    struct cln_graph *graph, const char *pins, const char *recorder,
                                    struct cln_plan **plan, double *once) {
    const struct cln_plan_options options = {.recorder = recorder, .variants = pins};
    double ignored;
    CLN_TRY(cln_plan_create(graph, store, context, &options, plan));
    CLN_TRY(time_replays(context, *plan, 1, &ignored)); /* drivers may compile here */
    return time_replays(context, *plan, 1, once);
}

/* On zeros: new buffers of a store are. Recorders take turns. */
static enum cln_status run_race(struct cln_context *context, struct cln_store *store,
                                struct cln_graph *graph, const char *pins, struct race *race) {
    double once = SAMPLE_SECONDS;
    for (int i = 0; i < race->count; i++)
        CLN_TRY(blame(
            race, i,
            try_recorder(context, store, graph, pins, race->names[i], &race->plans[i], &once)));
    int runs = (int)fmin(fmax(SAMPLE_SECONDS / once, 2), 50);
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < race->count; i++)
            if (race->plans[i])
                CLN_TRY(
                    blame(race, i,
                          time_replays(context, race->plans[i], runs, &race->samples[i][round])));
    return CLN_OK;
}

/* Where all fail, the first stays the choice, and whoever uses it is told why it does not work. */
static void note_winner(struct race *race, struct cln_tune_entry *entry) {
    int best = -1;
    for (int i = 0; i < race->count; i++) {
        struct cln_tune_candidate *candidate = &entry->candidates[i];
        *candidate = (struct cln_tune_candidate){.verdict = CLN_TUNE_FAILED};
        snprintf(candidate->name, sizeof candidate->name, "%s", race->names[i]);
        if (!race->plans[i])
            continue;
        candidate->verdict = CLN_TUNE_RIGHT;
        candidate->seconds = cln_median(race->samples[i], ROUNDS);
        if (best < 0 || candidate->seconds < NARROW * entry->candidates[best].seconds)
            best = i;
    }
    entry->count = race->count;
    if (best < 0)
        return;
    entry->how = CLN_TUNE_MEASURED;
    snprintf(entry->choice, sizeof entry->choice, "%s", race->names[best]);
}

static enum cln_status decide(struct cln_tuner *tuner, struct cln_graph *graph, const char *pins,
                              struct race *race, const char *key) {
    struct cln_tune_entry entry = {.op = "recorder", .fresh = true, .how = CLN_TUNE_UNMEASURED};
    struct cln_store *store;
    double began = cln_clock_seconds();
    snprintf(entry.key, sizeof entry.key, "%s", key);
    snprintf(entry.shape, sizeof entry.shape, "%d nodes", graph->node_count);
    snprintf(entry.choice, sizeof entry.choice, "%s", race->names[0]);
    if (cln_tuner_left(tuner) > 0) {
        CLN_TRY(
            cln_tuner_tell(tuner, NULL, (struct cln_tune_progress){.op = "recorder", .total = 1}));
        CLN_TRY(cln_store_create(tuner->context, &store));
        enum cln_status status = run_race(tuner->context, store, graph, pins, race);
        if (status == CLN_OK)
            note_winner(race, &entry);
        for (int i = 0; i < race->count; i++)
            cln_plan_free(race->plans[i]);
        cln_store_free(store);
        CLN_TRY(status);
        tuner->measured += entry.how == CLN_TUNE_MEASURED;
    }
    cln_tuner_charge(tuner, began);
    CLN_TRY(cln_tune_cache_put(&tuner->cache, &entry));
    return cln_tune_cache_save(&tuner->cache, tuner->options.full);
}

enum cln_status cln_tuner_recorder(struct cln_tuner *tuner, struct cln_graph *graph,
                                   const char *pins, const char **out) {
    struct race race = {0};
    char key[CLN_SHA256_HEX_SIZE];
    /* Copied: the list is the library's own, made anew at every call. */
    const char *const *listed = cln_recorders(tuner->context);
    while (listed[race.count] && race.count < MOST_RECORDERS) {
        race.names[race.count] = listed[race.count];
        race.count++;
    }
    *out = race.names[0];
    if (race.count < 2)
        return CLN_OK;
    CLN_TRY(step_key(graph, &race, key));
    if (!cln_tuner_knows(tuner, cln_tuner_find(tuner, key)))
        CLN_TRY(decide(tuner, graph, pins, &race, key));
    CLN_TRY(cln_tuner_freeze(tuner, cln_tuner_find(tuner, key)));
    CLN_TRY(cln_tune_cache_save(&tuner->frozen, false));
    const struct cln_tune_entry *entry = cln_tuner_find(tuner, key);
    for (int i = 0; i < race.count; i++)
        if (!strcmp(race.names[i], entry->choice))
            *out = race.names[i];
    return cln_tuner_add_row(tuner, "step", entry);
}

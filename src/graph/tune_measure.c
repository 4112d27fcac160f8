/* What is found out about one kind of node. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "graph/tune_tuner.h"

#define ROUNDS            5 /* medians are over so many samples */
#define ROUNDS_FULL       15
#define TINY_FLOPS        1e6 /* a node below both is not worth timing */
#define TINY_BYTES        1e6
#define REFERENCE_FLOPS   1e9 /* a second: a low guess */
#define REFERENCE_SECONDS 0.1 /* a reference may take longer only on few samples */
#define BUILD_SECONDS     0.3 /* a program takes, before any has been seen */
#define LEAST_SAMPLES     16
#define NARROW            0.97 /* a later variant must be faster than that share of an earlier one */

static void note(const struct cln_tuner *tuner, struct cln_text *text) {
    if (tuner->options.on_note && text->chars)
        tuner->options.on_note(tuner->options.context, text->chars);
    cln_text_free(text);
}

/* What the user is told, once, because the entry is kept. */
static void note_bad(const struct cln_tuner *tuner, const struct cln_tune_job *job,
                     const struct cln_tune_candidate *candidate) {
    struct cln_text text = {0};
    if (candidate->verdict == CLN_TUNE_WRONG)
        cln_text_add(&text,
                     "kernel variant %s of %s gives wrong results on this device (off by %.2g at "
                     "%s; %.2g is rounding) and is not used",
                     candidate->name, job->node->op->name, candidate->error, job->node->name,
                     candidate->tolerance);
    else
        cln_text_add(&text, "kernel variant %s of %s does not run on this device and is not used",
                     candidate->name, job->node->op->name);
    note(tuner, &text);
}

bool cln_tune_is_race(const struct cln_tune_job *job) {
    return job->count > 2 && (job->cost.flops >= TINY_FLOPS || job->cost.bytes >= TINY_BYTES);
}

/* Takes from a trial what it says of its candidates. */
static void keep_results(struct cln_tune_entry *entry, const struct cln_tune_trial *trial) {
    entry->count = trial->count;
    memcpy(entry->candidates, trial->results, sizeof trial->results);
}

/* The fastest that is right, or without times the first; the reference only if no other is. */
static const char *pick(const struct cln_tune_trial *trial, int reference) {
    int best = -1;
    for (int c = 0; c < trial->count; c++) {
        const struct cln_tune_candidate *result = &trial->results[c];
        if (result->verdict != CLN_TUNE_RIGHT || c == reference)
            continue;
        if (best < 0 ||
            (result->seconds > 0 && result->seconds < NARROW * trial->results[best].seconds))
            best = c;
    }
    if (best < 0)
        best = reference;
    return trial->candidates[best]->name;
}

/* Time ran out, or even the reference fails: the order decides. */
static void leave(const struct cln_tune_job *job, struct cln_tune_entry *entry) {
    snprintf(entry->choice, sizeof entry->choice, "%s", job->fitting[0]->name);
    entry->how = CLN_TUNE_UNMEASURED;
    entry->count = job->count;
    for (int c = 0; c < job->count; c++) {
        entry->candidates[c] = (struct cln_tune_candidate){.verdict = CLN_TUNE_UNCHECKED};
        snprintf(entry->candidates[c].name, CLN_NAME_SIZE, "%s", job->fitting[c]->name);
    }
}

static bool has_verdict(const struct cln_tune_cache *cache, const char *op, const char *variant,
                        enum cln_tune_verdict verdict) {
    for (int i = 0; i < cache->count; i++) {
        const struct cln_tune_entry *entry = cache->entries[i];
        if (!entry->current || strcmp(entry->op, op) != 0)
            continue;
        for (int c = 0; c < entry->count; c++)
            if (entry->candidates[c].verdict == verdict &&
                !strcmp(entry->candidates[c].name, variant))
                return true;
    }
    return false;
}

/* Whether the candidate was found to be that at another shape. */
static bool was(const struct cln_tuner *tuner, const struct cln_tune_job *job, int candidate,
                enum cln_tune_verdict verdict) {
    const char *op = job->node->op->name, *variant = job->fitting[candidate]->name;
    return has_verdict(&tuner->cache, op, variant, verdict) ||
           has_verdict(&tuner->frozen, op, variant, verdict);
}

/* The samples that a reference is given where all would take it too long. */
static size_t few_samples(const struct cln_tune_job *job) {
    double seconds = job->cost.flops / REFERENCE_FLOPS;
    if (seconds <= REFERENCE_SECONDS || job->node->input[0] == CLN_NO_TENSOR)
        return 0;
    double samples = (double)cln_node_in(job->node, 0)->dim[0];
    return (size_t)fmax(samples * REFERENCE_SECONDS / seconds, LEAST_SAMPLES);
}

/* One candidate, without times: against the host, or else against the reference. */
static enum cln_status check_one(struct cln_tuner *tuner, const struct cln_tune_job *job,
                                 int candidate, struct cln_tune_entry *entry, bool *known) {
    const struct cln_variant *reference = job->fitting[job->count - 1];
    struct cln_tune_trial trial = {.context = tuner->context,
                                   .node = job->node,
                                   .candidates = {job->fitting[candidate], reference},
                                   .count = 1,
                                   .at_most = few_samples(job),
                                   .hooks = tuner->options.host};
    CLN_TRY(cln_tuner_tell(tuner, job->node, tuner->progress));
    if (trial.hooks)
        CLN_TRY(cln_tune_trial_run(&trial));
    if (!trial.by_host) {
        trial.hooks = NULL;
        trial.count = 2;
        trial.witness = 1;
        CLN_TRY(cln_tune_trial_run(&trial));
    }
    *known = trial.by_host || trial.results[1].verdict == CLN_TUNE_RIGHT;
    entry->candidates[candidate] = trial.results[0];
    if (trial.results[0].verdict == CLN_TUNE_WRONG || trial.results[0].verdict == CLN_TUNE_FAILED)
        note_bad(tuner, job, &trial.results[0]);
    return CLN_OK;
}

/*
 * There is no time to compare all, but nothing is taken that may be wrong: the first that was right
 * at another shape, or is right at this one, else the reference.
 */
static enum cln_status settle(struct cln_tuner *tuner, const struct cln_tune_job *job,
                              struct cln_tune_entry *entry) {
    const int reference = job->count - 1;
    leave(job, entry);
    for (int c = 0; c < reference; c++) {
        if (was(tuner, job, c, CLN_TUNE_WRONG) || was(tuner, job, c, CLN_TUNE_FAILED))
            continue;
        bool right = was(tuner, job, c, CLN_TUNE_RIGHT);
        if (!right) {
            bool known;
            CLN_TRY(check_one(tuner, job, c, entry, &known));
            if (!known)
                return CLN_OK; /* nobody can say what is right */
            right = entry->candidates[c].verdict == CLN_TUNE_RIGHT;
        }
        if (right) {
            snprintf(entry->choice, sizeof entry->choice, "%s", job->fitting[c]->name);
            return CLN_OK;
        }
    }
    snprintf(entry->choice, sizeof entry->choice, "%s", job->fitting[reference]->name);
    return CLN_OK;
}

/* Times those found right at fewer samples, on all samples; they are compared with each other, and
 * where they differ the reference has to say who is right after all. */
static enum cln_status race(const struct cln_tune_job *job, struct cln_tune_trial *checked) {
    struct cln_tune_trial trial = {
        .context = checked->context, .node = job->node, .rounds = ROUNDS, .time_witness = true};
    int from[CLN_TUNE_CANDIDATES];
    bool agree = true;
    for (int c = 0; c < checked->count; c++)
        if (c != checked->witness && checked->results[c].verdict == CLN_TUNE_RIGHT) {
            from[trial.count] = c;
            trial.candidates[trial.count++] = checked->candidates[c];
        }
    if (!trial.count)
        return CLN_OK;
    CLN_TRY(cln_tune_trial_run(&trial));
    for (int c = 0; c < trial.count; c++)
        agree &= trial.results[c].verdict == CLN_TUNE_RIGHT;
    if (!agree) {
        checked->at_most = 0;
        checked->rounds = ROUNDS;
        return cln_tune_trial_run(checked);
    }
    for (int c = 0; c < trial.count; c++)
        checked->results[from[c]].seconds = trial.results[c].seconds;
    return CLN_OK;
}

static enum cln_status measure(struct cln_tuner *tuner, const struct cln_tune_job *job,
                               struct cln_tune_entry *entry) {
    bool full = tuner->options.full, racing = cln_tune_is_race(job) || full;
    int reference = job->count - 1;
    struct cln_tune_trial trial = {.context = tuner->context,
                                   .node = job->node,
                                   .count = job->count,
                                   .witness = reference,
                                   .at_most = full ? 0 : few_samples(job),
                                   .time_witness = full};
    memcpy(trial.candidates, job->fitting, sizeof trial.candidates);
    if (racing && !trial.at_most)
        trial.rounds = full ? ROUNDS_FULL : ROUNDS;
    if (!cln_tune_has_time(tuner, job))
        return settle(tuner, job, entry);
    CLN_TRY(cln_tune_trial_run(&trial));
    if (trial.results[reference].verdict != CLN_TUNE_RIGHT)
        return CLN_OK;
    if (racing && trial.at_most)
        CLN_TRY(race(job, &trial));
    keep_results(entry, &trial);
    snprintf(entry->choice, sizeof entry->choice, "%s", pick(&trial, reference));
    entry->how = racing ? CLN_TUNE_MEASURED : CLN_TUNE_CHECKED;
    for (int c = 0; c < trial.count; c++)
        if (trial.results[c].verdict == CLN_TUNE_WRONG ||
            trial.results[c].verdict == CLN_TUNE_FAILED)
            note_bad(tuner, job, &trial.results[c]);
    return CLN_OK;
}

/* As the leader chose, if that fits. */
static void follow(const struct cln_tuner *tuner, const struct cln_tune_job *job,
                   struct cln_tune_entry *entry) {
    const struct cln_tune_entry *leader = job->leader ? job->leader->entry : NULL;
    if (!leader || leader->how == CLN_TUNE_UNMEASURED || tuner->options.full)
        return;
    for (int c = 0; c < job->count; c++)
        if (!strcmp(job->fitting[c]->name, leader->choice)) {
            snprintf(entry->choice, sizeof entry->choice, "%s", leader->choice);
            entry->how = CLN_TUNE_FOLLOWED;
            entry->candidates[0].verdict = CLN_TUNE_UNCHECKED;
            snprintf(entry->candidates[0].name, CLN_NAME_SIZE, "%s", leader->choice);
            entry->count = 1;
        }
}

static bool is_met(const struct cln_tuner *tuner, uint64_t program) {
    for (int i = 0; i < tuner->met_count; i++)
        if (tuner->met[i] == program)
            return true;
    return false;
}

bool cln_tune_has_time(const struct cln_tuner *tuner, const struct cln_tune_job *job) {
    double each = tuner->built ? tuner->build_seconds / tuner->built : BUILD_SECONDS;
    int missing = 0;
    for (int i = 0; i < job->programs.count; i++)
        missing += !is_met(tuner, job->programs.hash[i]);
    return missing * each < cln_tuner_left(tuner);
}

/* What the job's programs have taken tells what others will. */
static enum cln_status note_programs(struct cln_tuner *tuner, const struct cln_tune_job *job,
                                     double seconds) {
    int before = tuner->met_count;
    for (int i = 0; i < job->programs.count; i++) {
        if (is_met(tuner, job->programs.hash[i]))
            continue;
        if (tuner->met_count == tuner->met_capacity) {
            int larger = tuner->met_capacity ? 2 * tuner->met_capacity : 64;
            void *moved = realloc(tuner->met, (size_t)larger * sizeof *tuner->met);
            if (!moved)
                return CLN_FAIL(MEMORY, "out of memory for %d programs", larger);
            tuner->met = moved;
            tuner->met_capacity = larger;
        }
        tuner->met[tuner->met_count++] = job->programs.hash[i];
    }
    tuner->built += tuner->met_count - before;
    if (tuner->met_count > before)
        tuner->build_seconds += seconds;
    return CLN_OK;
}

enum cln_status cln_tune_decide(struct cln_tuner *tuner, struct cln_tune_job *job) {
    struct cln_tune_entry entry = {.fresh = true, .how = CLN_TUNE_UNMEASURED};
    double began = cln_clock_seconds();
    memcpy(entry.key, job->key, sizeof entry.key);
    snprintf(entry.op, sizeof entry.op, "%s", job->node->op->name);
    cln_tune_shape(job->node, entry.shape);
    follow(tuner, job, &entry);
    if (!*entry.choice)
        CLN_TRY(measure(tuner, job, &entry));
    if (!*entry.choice)
        leave(job, &entry);
    cln_tuner_charge(tuner, began);
    if (entry.how == CLN_TUNE_MEASURED || entry.how == CLN_TUNE_CHECKED)
        CLN_TRY(note_programs(tuner, job, cln_clock_seconds() - began));
    tuner->measured += entry.how != CLN_TUNE_UNMEASURED;
    entry.current = true;
    CLN_TRY(cln_tune_cache_put(&tuner->cache, &entry));
    job->entry = cln_tune_cache_find(&tuner->cache, job->key);
    return CLN_OK;
}

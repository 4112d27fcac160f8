#include "graph/tune.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "graph/tune_tuner.h"
#include "graph/variant.h"

#define ROUNDS            5 /* medians are over so many samples */
#define ROUNDS_FULL       15
#define TINY_FLOPS        1e6 /* a node below both is not worth timing */
#define TINY_BYTES        1e6
#define REFERENCE_FLOPS   1e9 /* a second: a low guess */
#define REFERENCE_SECONDS 0.1 /* a reference may take longer only on few samples */
#define LEAST_SAMPLES     16
#define NARROW            0.97 /* a later variant must be faster than that share of an earlier one */

/* A node to choose a variant for. */
struct job {
    struct cln_node *node;
    const struct cln_variant *fitting[CLN_TUNE_CANDIDATES]; /* the reference last */
    int count;
    struct cln_cost cost;
    char key[CLN_SHA256_HEX_SIZE];
    const struct job *leader; /* the same node at a larger batch; NULL: none */
    struct cln_tune_entry *entry;
};

struct jobs {
    struct job *rows;
    struct job **order; /* as they are worked on */
    int count;
};

enum cln_status cln_tune_is_off(bool *off) {
    const char *setting = getenv("CLNOISE_TUNE");
    *off = setting && !strcmp(setting, "off");
    if (setting && *setting && !*off && strcmp(setting, "on") != 0)
        return CLN_FAIL(CONFIG, "CLNOISE_TUNE=%s; accepted: on, off", setting);
    return CLN_OK;
}

enum cln_status cln_tuner_create(struct cln_context *context,
                                 const struct cln_tune_options *options, struct cln_tuner **out) {
    struct cln_tuner *tuner = calloc(1, sizeof *tuner);
    if (!tuner)
        return CLN_FAIL(MEMORY, "out of memory for a tuner");
    tuner->context = context;
    tuner->options = *options;
    enum cln_status status = cln_tune_cache_open(context, &tuner->cache);
    if (status != CLN_OK) {
        cln_tuner_free(tuner);
        return status;
    }
    *out = tuner;
    return CLN_OK;
}

void cln_tuner_free(struct cln_tuner *tuner) {
    if (!tuner)
        return;
    cln_tune_cache_done(&tuner->cache);
    free(tuner->sources.rows);
    free(tuner->rows);
    free(tuner);
}

const struct cln_tune_row *cln_tuner_rows(const struct cln_tuner *tuner, int *count) {
    *count = tuner->row_count;
    return tuner->rows;
}

int cln_tuner_measured(const struct cln_tuner *tuner) {
    return tuner->measured;
}

bool cln_tuner_has_time(const struct cln_tuner *tuner) {
    double budget = tuner->options.budget_seconds;
    return budget <= 0 || !tuner->spent_seconds ||
           tuner->spent_seconds + tuner->longest_seconds < budget;
}

bool cln_tuner_knows(const struct cln_tuner *tuner, const struct cln_tune_entry *entry) {
    if (!entry || (tuner->options.full && !entry->fresh))
        return false;
    return entry->how != CLN_TUNE_UNMEASURED || entry->fresh || tuner->options.budget_seconds > 0;
}

enum cln_status cln_tuner_add_row(struct cln_tuner *tuner, const char *node,
                                  const struct cln_tune_entry *entry) {
    for (int i = 0; i < tuner->row_count; i++)
        if (tuner->rows[i].entry == entry && !strcmp(tuner->rows[i].node, node))
            return CLN_OK;
    if (tuner->row_count == tuner->row_capacity) {
        int larger = tuner->row_capacity ? 2 * tuner->row_capacity : 64;
        void *moved = realloc(tuner->rows, (size_t)larger * sizeof *tuner->rows);
        if (!moved)
            return CLN_FAIL(MEMORY, "out of memory for %d tuned nodes", larger);
        tuner->rows = moved;
        tuner->row_capacity = larger;
    }
    struct cln_tune_row *row = &tuner->rows[tuner->row_count++];
    snprintf(row->node, sizeof row->node, "%s", node);
    row->entry = entry;
    return CLN_OK;
}

static void note(const struct cln_tuner *tuner, struct cln_text *text) {
    if (tuner->options.on_note && text->chars)
        tuner->options.on_note(tuner->options.context, text->chars);
    cln_text_free(text);
}

/* What the user is told, once, because the entry is kept. */
static void note_bad(const struct cln_tuner *tuner, const struct job *job,
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

/* The variants worth trying, the reference last. */
static void find_fitting(const struct cln_tuner *tuner, struct job *job) {
    const struct cln_caps *caps = cln_context_caps(tuner->context);
    const struct cln_variant *reference = NULL;
    for (const struct cln_variant *v = job->node->op->variants; v->name; v++) {
        bool other_device = caps->is_cpu && !tuner->options.full && !strncmp(v->name, "gpu_", 4);
        if (other_device || !cln_variant_fits(v, job->node, caps))
            continue;
        if (!strcmp(v->name, "reference"))
            reference = v;
        else if (job->count < CLN_TUNE_CANDIDATES - 1)
            job->fitting[job->count++] = v;
    }
    if (reference)
        job->fitting[job->count++] = reference;
    else
        job->count = 0; /* nothing to compare with: the order decides */
}

static enum cln_status add_job(struct cln_tuner *tuner, struct jobs *jobs, struct cln_node *node,
                               const char *pins) {
    const struct cln_caps *caps = cln_context_caps(tuner->context);
    const struct cln_variant *pinned;
    struct job *job = &jobs->rows[jobs->count];
    node->measured = NULL;
    if (!node->op->variants)
        return CLN_OK;
    CLN_TRY(cln_variant_pinned(node, caps, pins, &pinned));
    *job = (struct job){.node = node};
    find_fitting(tuner, job);
    if (pinned || job->count < 2)
        return CLN_OK;
    if (node->op->cost)
        job->cost = node->op->cost(node);
    jobs->order[jobs->count++] = job;
    return cln_tune_node_key(&tuner->sources, node, caps, job->fitting, job->count, job->key);
}

/* The costliest node of that op and name, if this is not it. */
static const struct job *find_leader(const struct jobs *jobs, const struct job *job) {
    const struct job *leader = job;
    for (int i = 0; i < jobs->count; i++) {
        const struct job *other = &jobs->rows[i];
        if (other->node->op == job->node->op && !strcmp(other->node->name, job->node->name) &&
            other->cost.flops + other->cost.bytes > leader->cost.flops + leader->cost.bytes)
            leader = other;
    }
    return leader == job ? NULL : leader;
}

/* Whether there is something to win: more variants than the reference and one, on a node that
 * takes any time. */
static bool is_race(const struct job *job) {
    return job->count > 2 && (job->cost.flops >= TINY_FLOPS || job->cost.bytes >= TINY_BYTES);
}

/* The costliest first, because time may run out, and races before mere checks; followers after all
 * that may lead. */
static int by_weight(const void *a, const void *b) {
    const struct job *x = *(struct job *const *)a, *y = *(struct job *const *)b;
    double more = (y->cost.flops + y->cost.bytes) - (x->cost.flops + x->cost.bytes);
    if (!x->leader != !y->leader)
        return x->leader ? 1 : -1;
    if (is_race(x) != is_race(y))
        return is_race(x) ? -1 : 1;
    if (more != 0)
        return more > 0 ? 1 : -1;
    return x < y ? -1 : x > y;
}

static enum cln_status find_jobs(struct cln_tuner *tuner, struct cln_graph *const *graphs,
                                 int count, const char *pins, struct jobs *jobs) {
    size_t nodes = 0;
    for (int g = 0; g < count; g++)
        nodes += (size_t)graphs[g]->node_count;
    jobs->rows = calloc(nodes + 1, sizeof *jobs->rows);
    jobs->order = calloc(nodes + 1, sizeof *jobs->order);
    if (!jobs->rows || !jobs->order)
        return CLN_FAIL(MEMORY, "out of memory for tuning %zu nodes", nodes);
    for (int g = 0; g < count; g++)
        for (int n = 0; n < graphs[g]->node_count; n++)
            CLN_TRY(add_job(tuner, jobs, &graphs[g]->nodes[n], pins));
    for (int i = 0; i < jobs->count; i++)
        jobs->rows[i].leader = find_leader(jobs, &jobs->rows[i]);
    qsort(jobs->order, (size_t)jobs->count, sizeof(struct job *), by_weight);
    return CLN_OK;
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
static void leave(const struct job *job, struct cln_tune_entry *entry) {
    snprintf(entry->choice, sizeof entry->choice, "%s", job->fitting[0]->name);
    entry->how = CLN_TUNE_UNMEASURED;
    entry->count = job->count;
    for (int c = 0; c < job->count; c++) {
        entry->candidates[c] = (struct cln_tune_candidate){.verdict = CLN_TUNE_UNCHECKED};
        snprintf(entry->candidates[c].name, CLN_NAME_SIZE, "%s", job->fitting[c]->name);
    }
}

/* The samples that a reference is given where all would take it too long. */
static size_t few_samples(const struct job *job) {
    double seconds = job->cost.flops / REFERENCE_FLOPS;
    if (seconds <= REFERENCE_SECONDS || job->node->input[0] == CLN_NO_TENSOR)
        return 0;
    double samples = (double)cln_node_in(job->node, 0)->dim[0];
    return (size_t)fmax(samples * REFERENCE_SECONDS / seconds, LEAST_SAMPLES);
}

/* Times those found right at fewer samples, on all samples; they are compared with each other, and
 * where they differ the reference has to say who is right after all. */
static enum cln_status race(const struct job *job, struct cln_tune_trial *checked) {
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

static enum cln_status measure(struct cln_tuner *tuner, const struct job *job,
                               struct cln_tune_entry *entry) {
    bool full = tuner->options.full, racing = is_race(job) || full;
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
    if (!cln_tuner_has_time(tuner))
        return CLN_OK;
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
static void follow(const struct cln_tuner *tuner, const struct job *job,
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

static enum cln_status decide(struct cln_tuner *tuner, struct job *job) {
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
    double seconds = cln_clock_seconds() - began;
    tuner->spent_seconds += seconds;
    tuner->longest_seconds = fmax(tuner->longest_seconds, seconds);
    tuner->measured += entry.how != CLN_TUNE_UNMEASURED;
    CLN_TRY(cln_tune_cache_put(&tuner->cache, &entry));
    job->entry = cln_tune_cache_find(&tuner->cache, job->key);
    return CLN_OK;
}

/* Kinds of nodes that are not known; two nodes of one kind count once. */
static int count_unknown(const struct cln_tuner *tuner, const struct jobs *jobs) {
    int count = 0;
    for (int i = 0; i < jobs->count; i++) {
        bool again = cln_tuner_knows(tuner, cln_tune_cache_find(&tuner->cache, jobs->rows[i].key));
        for (int j = 0; j < i && !again; j++)
            again = !strcmp(jobs->rows[i].key, jobs->rows[j].key);
        count += !again;
    }
    return count;
}

static enum cln_status tell(const struct cln_tuner *tuner, const struct job *job, int done,
                            int total) {
    struct cln_tune_progress progress = {
        .done = done, .total = total, .seconds = tuner->spent_seconds};
    char shape[CLN_TUNE_SHAPE_SIZE] = "";
    if (!tuner->options.on_progress)
        return CLN_OK;
    if (job)
        cln_tune_shape(job->node, shape);
    progress.node = job ? job->node->name : "";
    progress.op = job ? job->node->op->name : "";
    progress.shape = shape;
    return tuner->options.on_progress(tuner->options.context, &progress);
}

static enum cln_status work(struct cln_tuner *tuner, struct jobs *jobs) {
    int total = count_unknown(tuner, jobs), done = 0, left = 0;
    for (int i = 0; i < jobs->count; i++) {
        struct job *job = jobs->order[i];
        job->entry = cln_tune_cache_find(&tuner->cache, job->key);
        if (cln_tuner_knows(tuner, job->entry))
            continue;
        CLN_TRY(tell(tuner, job, done++, total));
        CLN_TRY(decide(tuner, job));
        left += job->entry->how == CLN_TUNE_UNMEASURED && !cln_tuner_has_time(tuner);
    }
    if (left) {
        struct cln_text text = {0};
        cln_text_add(&text,
                     "tuning stopped after %.0f seconds; %d kinds of nodes take the first kernel "
                     "variant that fits until `clnoise tune` measures them",
                     tuner->spent_seconds, left);
        note(tuner, &text);
    }
    return total ? tell(tuner, NULL, total, total) : CLN_OK;
}

/* After the file was merged: of two processes that measured the same, one gives way. */
static enum cln_status assign(struct cln_tuner *tuner, struct jobs *jobs) {
    for (int i = 0; i < jobs->count; i++) {
        struct job *job = &jobs->rows[i];
        for (int c = 0; c < job->count; c++)
            if (!strcmp(job->fitting[c]->name, job->entry->choice))
                job->node->measured = job->fitting[c];
        CLN_TRY(cln_tuner_add_row(tuner, job->node->name, job->entry));
    }
    return CLN_OK;
}

enum cln_status cln_tuner_prepare(struct cln_tuner *tuner, struct cln_graph *const *graphs,
                                  int count, const char *pins) {
    struct jobs jobs = {0};
    enum cln_status status = find_jobs(tuner, graphs, count, pins, &jobs);
    if (status == CLN_OK)
        status = work(tuner, &jobs);
    cln_tune_cache_save(&tuner->cache, tuner->options.full); /* also what an interruption left */
    if (status == CLN_OK)
        status = assign(tuner, &jobs);
    free(jobs.rows);
    free(jobs.order);
    return status;
}

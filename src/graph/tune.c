#include "graph/tune.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "graph/tune_tuner.h"
#include "graph/variant.h"

struct jobs {
    struct cln_tune_job *rows;
    struct cln_tune_job **order; /* as they are worked on */
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
    enum cln_status status = cln_tune_cache_open(context, NULL, &tuner->cache);
    if (status == CLN_OK && options->frozen_folder)
        status = cln_tune_cache_open(context, options->frozen_folder, &tuner->frozen);
    tuner->frozen.frozen = true;
    tuner->earlier_seconds = tuner->frozen.spent_seconds;
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
    cln_tune_cache_done(&tuner->frozen);
    free(tuner->sources.rows);
    free(tuner->rows);
    free(tuner->met);
    free(tuner);
}

const struct cln_tune_row *cln_tuner_rows(const struct cln_tuner *tuner, int *count) {
    *count = tuner->row_count;
    return tuner->rows;
}

int cln_tuner_measured(const struct cln_tuner *tuner) {
    return tuner->measured;
}

double cln_tuner_left(const struct cln_tuner *tuner) {
    double budget = tuner->options.budget_seconds;
    return budget > 0 ? budget - tuner->earlier_seconds - tuner->spent_seconds : INFINITY;
}

void cln_tuner_charge(struct cln_tuner *tuner, double began) {
    const double seconds = cln_clock_seconds() - began;
    tuner->spent_seconds += seconds;
    tuner->frozen.added_seconds += seconds;
}

bool cln_tuner_knows(const struct cln_tuner *tuner, const struct cln_tune_entry *entry) {
    if (!entry || (tuner->options.full && !entry->fresh))
        return false;
    return entry->how != CLN_TUNE_UNMEASURED || entry->fresh || tuner->options.budget_seconds > 0;
}

struct cln_tune_entry *cln_tuner_find(const struct cln_tuner *tuner, const char *key) {
    struct cln_tune_entry *frozen = cln_tune_cache_find(&tuner->frozen, key);
    return frozen ? frozen : cln_tune_cache_find(&tuner->cache, key);
}

enum cln_status cln_tuner_freeze(struct cln_tuner *tuner, const struct cln_tune_entry *entry) {
    if (!tuner->frozen.path || cln_tune_cache_find(&tuner->frozen, entry->key))
        return CLN_OK;
    return cln_tune_cache_put(&tuner->frozen, entry);
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

/* Of those that fit: whether it is tried unless all are. */
static bool may_win(const struct cln_node *node, const struct cln_caps *caps,
                    const struct cln_variant *variant) {
    return !(caps->is_cpu && !strncmp(variant->name, "gpu_", 4)) &&
           (!node->op->may_win || node->op->may_win(node, variant));
}

/* The variants worth trying, the reference last. */
static void find_fitting(const struct cln_tuner *tuner, struct cln_tune_job *job) {
    const struct cln_caps *caps = cln_context_caps(tuner->context);
    const struct cln_variant *reference = NULL;
    for (const struct cln_variant *v = job->node->op->variants; v->name; v++) {
        if (!cln_variant_fits(v, job->node, caps) ||
            (!tuner->options.full && !may_win(job->node, caps, v)))
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

/* The key is of those that are always tried, so that what `tune --full` finds is found again. */
static enum cln_status make_key(struct cln_tuner *tuner, struct cln_tune_job *job) {
    const struct cln_caps *caps = cln_context_caps(tuner->context);
    const struct cln_variant *always[CLN_TUNE_CANDIDATES];
    int count = 0;
    for (int i = 0; i < job->count; i++)
        if (may_win(job->node, caps, job->fitting[i]))
            always[count++] = job->fitting[i];
    return cln_tune_node_key(&tuner->sources, job->node, caps, always, count, job->key,
                             &job->programs);
}

static enum cln_status add_job(struct cln_tuner *tuner, struct jobs *jobs, struct cln_node *node,
                               const char *pins) {
    const struct cln_caps *caps = cln_context_caps(tuner->context);
    const struct cln_variant *pinned;
    struct cln_tune_job *job = &jobs->rows[jobs->count];
    node->measured = NULL;
    if (!node->op->variants)
        return CLN_OK;
    CLN_TRY(cln_variant_pinned(node, caps, pins, &pinned));
    *job = (struct cln_tune_job){.node = node};
    find_fitting(tuner, job);
    if (pinned || job->count < 2)
        return CLN_OK;
    if (node->op->cost)
        job->cost = node->op->cost(node);
    jobs->order[jobs->count++] = job;
    return make_key(tuner, job);
}

/* The costliest node of that op and name, if this is not it. */
static const struct cln_tune_job *find_leader(const struct jobs *jobs,
                                              const struct cln_tune_job *job) {
    const struct cln_tune_job *leader = job;
    for (int i = 0; i < jobs->count; i++) {
        const struct cln_tune_job *other = &jobs->rows[i];
        if (other->node->op == job->node->op && !strcmp(other->node->name, job->node->name) &&
            other->cost.flops + other->cost.bytes > leader->cost.flops + leader->cost.bytes)
            leader = other;
    }
    return leader == job ? NULL : leader;
}

/* The costliest first, because time may run out, and races before mere checks; followers after all
 * that may lead. */
static int by_weight(const void *a, const void *b) {
    const struct cln_tune_job *x = *(struct cln_tune_job *const *)a,
                              *y = *(struct cln_tune_job *const *)b;
    double more = (y->cost.flops + y->cost.bytes) - (x->cost.flops + x->cost.bytes);
    if (!x->leader != !y->leader)
        return x->leader ? 1 : -1;
    if (cln_tune_is_race(x) != cln_tune_is_race(y))
        return cln_tune_is_race(x) ? -1 : 1;
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
    qsort(jobs->order, (size_t)jobs->count, sizeof(struct cln_tune_job *), by_weight);
    return CLN_OK;
}

/* Kinds of nodes that are not known; two nodes of one kind count once. */
static int count_unknown(const struct cln_tuner *tuner, const struct jobs *jobs) {
    int count = 0;
    for (int i = 0; i < jobs->count; i++) {
        bool again = cln_tuner_knows(tuner, cln_tuner_find(tuner, jobs->rows[i].key));
        for (int j = 0; j < i && !again; j++)
            again = !strcmp(jobs->rows[i].key, jobs->rows[j].key);
        count += !again;
    }
    return count;
}

/* `node` NULL: all is done, or it is the recorder's turn. */
enum cln_status cln_tuner_tell(struct cln_tuner *tuner, const struct cln_node *node,
                               struct cln_tune_progress progress) {
    char shape[CLN_TUNE_SHAPE_SIZE] = "";
    tuner->told = true;
    if (!tuner->options.on_progress)
        return CLN_OK;
    if (node)
        cln_tune_shape(node, shape);
    progress.node = node ? node->name : "";
    if (!progress.op)
        progress.op = node ? node->op->name : "";
    progress.shape = shape;
    progress.seconds = tuner->spent_seconds;
    return tuner->options.on_progress(tuner->options.context, &progress);
}

static enum cln_status work(struct cln_tuner *tuner, struct jobs *jobs) {
    struct cln_tune_progress *progress = &tuner->progress;
    *progress = (struct cln_tune_progress){.total = count_unknown(tuner, jobs)};
    tuner->told = false;
    for (int i = 0; i < jobs->count; i++) {
        struct cln_tune_job *job = jobs->order[tuner->options.helps ? jobs->count - 1 - i : i];
        job->entry = cln_tuner_find(tuner, job->key);
        if (cln_tuner_knows(tuner, job->entry)) {
            job->entry->current = true;
            continue;
        }
        if (cln_tune_has_time(tuner, job))
            CLN_TRY(cln_tuner_tell(tuner, job->node, *progress));
        CLN_TRY(cln_tune_decide(tuner, job));
        progress->done++;
        progress->left += job->entry->how == CLN_TUNE_UNMEASURED;
    }
    return tuner->told ? cln_tuner_tell(tuner, NULL, *progress) : CLN_OK;
}

static enum cln_status freeze(struct cln_tuner *tuner, const struct jobs *jobs) {
    for (int i = 0; i < jobs->count; i++)
        CLN_TRY(cln_tuner_freeze(tuner, jobs->rows[i].entry));
    return cln_tune_cache_save(&tuner->frozen, false);
}

/* Also what an interruption left, which is the failure to tell then. */
static enum cln_status keep(struct cln_tuner *tuner, enum cln_status status) {
    struct cln_error error;
    if (tuner->options.helps)
        return status;
    if (status == CLN_OK)
        return cln_tune_cache_save(&tuner->cache, tuner->options.full);
    cln_error_save(&error);
    (void)cln_tune_cache_save(&tuner->cache, tuner->options.full);
    return cln_error_restore(&error);
}

/* After the files were merged: of two processes that measured the same, one gives way. */
static enum cln_status assign(struct cln_tuner *tuner, struct jobs *jobs) {
    for (int i = 0; i < jobs->count; i++) {
        struct cln_tune_job *job = &jobs->rows[i];
        job->entry = cln_tuner_find(tuner, job->key);
        for (const struct cln_variant *v = job->node->op->variants; v->name; v++)
            if (!strcmp(v->name, job->entry->choice) &&
                cln_variant_fits(v, job->node, cln_context_caps(tuner->context)))
                job->node->measured = v;
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
    status = keep(tuner, status);
    if (status == CLN_OK)
        status = freeze(tuner, &jobs);
    if (status == CLN_OK)
        status = assign(tuner, &jobs);
    free(jobs.rows);
    free(jobs.order);
    return status;
}

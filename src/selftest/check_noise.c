/*
 * The noise that training adds, as the kernel that loads a batch makes it: its hash is the
 * published one, so that results here and elsewhere are about the same images. The brief form looks
 * at Gaussian noise, the other at every kind.
 */
#include <stdio.h>
#include <string.h>

#include "cl/control.clh"
#include "data/noise.h"
#include "data/noise_published.h"
#include "nn/load_batch.h"
#include "nn/registry.h"
#include "selftest/check.h"

#define SIDE 28 /* of an image: SIDE * SIDE is CLN_PUBLISHED_PIXELS */

struct noise {
    int kind;
    enum cln_status status;
    char hash[CLN_TUNE_CANDIDATES][CLN_SHA256_HEX_SIZE];
};

/* Every image once, in order, under the published seed. */
static void fill(void *user, const struct cln_node *node, const struct cln_trial_value *values) {
    const struct noise *noise = user;
    const struct cln_noise_published *row = &cln_noise_published[noise->kind];
    const float scale = (float)row->scale;
    uint32_t control[CONTROL_WORDS] = {[CONTROL_SEED_LOW] = CLN_PUBLISHED_SEED};
    memcpy(&control[CONTROL_NOISE_SCALE], &scale, sizeof scale);
    memset(values[node->input[0]].before, row->pixel, values[node->input[0]].bytes);
    memset(values[node->input[1]].before, 0, values[node->input[1]].bytes);
    for (uint32_t i = 0; i < CLN_PUBLISHED_IMAGES; i++)
        memcpy(values[node->input[2]].before + 4 * i, &i, sizeof i);
    memcpy(values[node->input[3]].before, control, sizeof control);
}

static bool expect(void *user, const struct cln_node *node, struct cln_trial_value *values) {
    const struct noise *noise = user;
    const struct cln_noise_published *row = &cln_noise_published[noise->kind];
    const struct cln_noise_spec spec = {.kind = noise->kind};
    const unsigned char *pixels = values[node->input[0]].before;
    float *images = (float *)(void *)values[node->output[0]].expected;
    for (uint32_t i = 0; i < CLN_PUBLISHED_IMAGES; i++) {
        const struct cln_noise_place place = {CLN_PUBLISHED_SEED, i, 0, STREAM_NOISE_TRAIN};
        cln_noise_apply(&spec, row->scale, &place, pixels, CLN_PUBLISHED_PIXELS,
                        images + (size_t)i * CLN_PUBLISHED_PIXELS);
        memcpy(values[node->output[2]].expected + 4 * i, &i, sizeof i);
    }
    memset(values[node->output[1]].expected, 0, values[node->output[1]].bytes);
    return true;
}

static void see(void *user, const struct cln_node *node, int candidate,
                const struct cln_trial_value *values) {
    struct noise *noise = user;
    const float *images = (const float *)(const void *)values[node->output[0]].found;
    if (noise->status == CLN_OK)
        noise->status = cln_noise_published_hash(images, noise->hash[candidate]);
}

static enum cln_status add_hashes(struct cln_check_run *run, const struct noise *noise,
                                  const struct cln_tune_trial *trial) {
    const char *published = cln_noise_published[noise->kind].hash;
    for (int c = 0; c < trial->count; c++) {
        const bool same = !strcmp(noise->hash[c], published);
        const struct cln_selftest_item item = {.passed = same,
                                               .error = same ? 0 : trial->results[c].error,
                                               .measure = "of the root mean square",
                                               .then = CLN_SELFTEST_REFUSE};
        CLN_TRY(cln_check_add(run, item, "%s noise by %s, hash %.16s",
                              cln_noise_kind_names[noise->kind], trial->results[c].name,
                              *noise->hash[c] ? noise->hash[c] : "none"));
        /* One that is wrong is the one to tell. */
        if (noise->kind == CLN_NOISE_GAUSSIAN && (!*run->out->noise_hash || !same))
            memcpy(run->out->noise_hash, noise->hash[c], sizeof run->out->noise_hash);
    }
    return CLN_OK;
}

static enum cln_status check_kind(struct cln_check_run *run, int kind) {
    const struct cln_check_input inputs[] = {
        {CLN_U8, 4, {CLN_PUBLISHED_IMAGES, SIDE, SIDE, 1}},
        {CLN_U8, 1, {CLN_PUBLISHED_IMAGES}},
        {CLN_U32, 1, {CLN_PUBLISHED_IMAGES}},
        {CLN_U32, 1, {CONTROL_WORDS}},
    };
    const struct cln_load_batch_attrs attrs = {.batch = CLN_PUBLISHED_IMAGES,
                                               .noise_kind = kind,
                                               .noisy = true,
                                               .stream = STREAM_NOISE_TRAIN};
    struct noise noise = {.kind = kind};
    const struct cln_trial_hooks hooks = {
        .user = &noise, .fill = fill, .expect = expect, .see = see};
    struct cln_graph *graph;
    struct cln_tune_trial trial;
    CLN_TRY(cln_check_node(&cln_op_load_batch, &attrs, inputs, 4, &graph));
    cln_check_trial(run, &graph->nodes[0], false, &trial);
    trial.exact = true;
    trial.hooks = &hooks;
    enum cln_status status = cln_check_run_trial(&trial);
    if (status == CLN_OK)
        status = noise.status;
    if (status == CLN_OK)
        status = add_hashes(run, &noise, &trial);
    cln_graph_free(graph);
    return status;
}

static enum cln_status check(struct cln_check_run *run) {
    for (int kind = 0; kind < CLN_NOISE_KIND_COUNT; kind++) {
        if (run->out->brief && kind != CLN_NOISE_GAUSSIAN)
            continue;
        CLN_TRY(cln_check_pause(run));
        CLN_TRY(check_kind(run, kind));
    }
    return CLN_OK;
}

const struct cln_check cln_check_noise = {
    .name = "noise",
    .help = "noisy images against their published hash",
    .brief = true,
    .run = check,
};

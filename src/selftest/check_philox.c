/*
 * Random numbers: the words that Philox's authors published, on the host and on the device; then
 * words of many counters, and the normal numbers made of them, against the host's, bit for bit.
 */
#include <string.h>

#include "base/rng.h"
#include "nn/registry.h"
#include "selftest/check.h"

#define COUNTERS 1003 /* not a multiple of any vector's length */

struct wanted {
    const struct cln_philox_known *known; /* NULL: any counters */
};

static uint32_t word_of(const unsigned char *bytes, size_t at) {
    uint32_t word;
    memcpy(&word, bytes + 4 * at, sizeof word);
    return word;
}

static void fill(void *user, const struct cln_node *node, const struct cln_trial_value *values) {
    const struct wanted *wanted = user;
    unsigned char *counters = values[node->input[0]].before, *key = values[node->input[1]].before;
    static const uint32_t some_key[2] = {0xdeadbeef, 0x01234567};
    memcpy(key, wanted->known ? wanted->known->key : some_key, sizeof some_key);
    for (size_t i = 0; i < values[node->input[0]].bytes / 4; i++) {
        const uint32_t word = wanted->known ? wanted->known->counter[i % 4]
                                            : cln_random_word(12, (uint32_t)i, 0, 0, 0);
        memcpy(counters + 4 * i, &word, sizeof word);
    }
}

static bool expect(void *user, const struct cln_node *node, struct cln_trial_value *values) {
    const struct wanted *wanted = user;
    const struct cln_trial_value *counters = &values[node->input[0]];
    const unsigned char *key_bytes = values[node->input[1]].before;
    const uint32_t key[2] = {word_of(key_bytes, 0), word_of(key_bytes, 1)};
    for (size_t i = 0; i < counters->bytes / 16; i++) {
        uint32_t counter[4], words[4];
        float normals[4];
        memcpy(counter, counters->before + 16 * i, sizeof counter);
        cln_philox(counter, key, words);
        if (wanted->known)
            memcpy(words, wanted->known->words, sizeof words);
        cln_gauss(words, normals);
        memcpy(values[node->output[0]].expected + 16 * i, words, sizeof words);
        memcpy(values[node->output[1]].expected + 16 * i, normals, sizeof normals);
    }
    return true;
}

static enum cln_status check_host(struct cln_check_run *run) {
    int wrong = 0;
    for (int i = 0; i < CLN_PHILOX_KNOWN; i++) {
        uint32_t words[4];
        cln_philox(cln_philox_known[i].counter, cln_philox_known[i].key, words);
        wrong += memcmp(words, cln_philox_known[i].words, sizeof words) != 0;
    }
    const struct cln_selftest_item item = {.passed = !wrong,
                                           .error = (double)wrong / CLN_PHILOX_KNOWN,
                                           .measure = "of the known answers differ",
                                           .then = CLN_SELFTEST_REFUSE};
    return cln_check_add(run, item, "the host's known answers");
}

/* Every variant counts as much as the reference: no tuner looks at the values of random numbers. */
static enum cln_status check_device(struct cln_check_run *run,
                                    const struct cln_philox_known *known) {
    const struct cln_check_input inputs[] = {{CLN_U32, 2, {known ? 1 : COUNTERS, 4}},
                                             {CLN_U32, 1, {2}}};
    struct wanted wanted = {known};
    const struct cln_trial_hooks hooks = {.user = &wanted, .fill = fill, .expect = expect};
    struct cln_graph *graph;
    struct cln_tune_trial trial;
    CLN_TRY(cln_check_node(&cln_op_philox, NULL, inputs, 2, &graph));
    cln_check_trial(run, &graph->nodes[0], false, &trial);
    trial.exact = true;
    trial.hooks = &hooks;
    enum cln_status status = cln_check_run_trial(&trial);
    const int first = run->out->count;
    if (status == CLN_OK)
        status = cln_check_add_trial(run, &trial);
    for (int i = first; i < run->out->count; i++)
        run->out->items[i].then = CLN_SELFTEST_REFUSE;
    cln_graph_free(graph);
    return status;
}

static enum cln_status check(struct cln_check_run *run) {
    CLN_TRY(check_host(run));
    for (int i = 0; i < CLN_PHILOX_KNOWN; i++)
        CLN_TRY(check_device(run, &cln_philox_known[i]));
    return check_device(run, NULL);
}

const struct cln_check cln_check_philox = {
    .name = "philox",
    .help = "random words against published answers; words and normal numbers against the host's",
    .brief = true,
    .run = check,
};

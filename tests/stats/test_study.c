/* Groups, contrasts, robustness and the sentences made of them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stats/conclusion.h"

#define CLOSE 1e-9

static const struct cln_diagnosis settled = {.code = CLN_DIAGNOSIS_SETTLED};
static const struct cln_diagnosis learning = {.code = CLN_DIAGNOSIS_UNDERTRAINED};
static const struct cln_diagnosis failed = {.code = CLN_DIAGNOSIS_FAILED};

static const char *const seed_choice[] = {"",
                                          "train.seed=1",
                                          "train.seed=2",
                                          "train.seed=3",
                                          "train.seed=4",
                                          "train.seed=5",
                                          "train.seed=6"};

static struct cln_study_cell cell_of(const char *model, double scale, int seed, double accuracy) {
    return (struct cln_study_cell){.model = model,
                                   .title = strcmp(model, "convnet") ? NULL : "ConvNet",
                                   .more = seed_choice[seed],
                                   .noise_scale = scale,
                                   .seed = seed,
                                   .done = true,
                                   .accuracy = accuracy,
                                   .images = 10000,
                                   .val_accuracy = NAN,
                                   .diagnosis = &settled};
}

static struct cln_study *study_of(const struct cln_study_cell *cells, size_t count) {
    struct cln_study *study;
    assert_int_equal(cln_study_make(cells, count, .1, &study), CLN_OK);
    return study;
}

/* The sentences, a line each, cautions with "! " before. */
static char *words_of(const struct cln_study *study) {
    static char out[8192];
    struct cln_conclusion conclusion;
    assert_int_equal(cln_conclude(study, &conclusion), CLN_OK);
    *out = '\0';
    bool cautions = false;
    for (size_t s = 0; s < conclusion.count; s++) {
        const struct cln_sentence *sentence = &conclusion.sentences[s];
        assert_true(sentence->caution || !cautions); /* findings first */
        cautions = sentence->caution;
        assert_int_equal(sentence->text[strlen(sentence->text) - 1], '.');
        size_t at = strlen(out);
        snprintf(out + at, sizeof out - at, "%s%s\n", cautions ? "! " : "", sentence->text);
    }
    cln_conclusion_done(&conclusion);
    if (getenv("SHOW_WORDS"))
        printf("%s\n", out);
    return out;
}

static void expect_in(const char *words, const char *part) {
    if (!strstr(words, part))
        fail_msg("'%s' is not in:\n%s", part, words);
}

static void expect_not_in(const char *words, const char *part) {
    if (strstr(words, part))
        fail_msg("'%s' is in:\n%s", part, words);
}

/* Two models, two noise scales, `seeds` seeds; mlp is .1 ahead without noise, and at scale 1 now
 * ahead and now behind. */
static size_t two_models(struct cln_study_cell *cells, int seeds) {
    size_t count = 0;
    for (int m = 0; m < 2; m++)
        for (int seed = 1; seed <= seeds; seed++) {
            double jitter = .001 * seed, swing = seed % 2 ? .01 : -.01;
            cells[count++] = cell_of(m ? "mlp" : "convnet", 1, seed, .6 + (m ? swing : 0));
            cells[count++] = cell_of(m ? "mlp" : "convnet", 0, seed, .8 + (m ? .1 + jitter : 0));
        }
    return count;
}

static void groups_are_put_together(void **state) {
    (void)state;
    struct cln_study_cell cells[24];
    struct cln_study *study = study_of(cells, two_models(cells, 6));
    assert_int_equal(study->variant_count, 2);
    assert_string_equal(study->variants[0].name, "ConvNet"); /* its title */
    assert_string_equal(study->variants[1].name, "mlp");     /* that has none */
    assert_int_equal(study->group_count, 4);
    const struct cln_study_group *group = cln_study_group(study, 1, 0);
    assert_int_equal(group->cells, 6);
    assert_int_equal(group->done, 6);
    assert_true(fabs(group->accuracy.mean - .9035) < CLOSE);
    assert_true(group->accuracy.low < .9035 && group->accuracy.high > .9035);
    assert_true(isnan(group->wilson.low));
    assert_int_equal(group->diagnoses[CLN_DIAGNOSIS_SETTLED], 6);
    for (int i = 0; i < 6; i++) /* in the order of their seeds */
        assert_int_equal(study->cells[study->order[group->first + (size_t)i]].seed, i + 1);
    assert_null(cln_study_group(study, 1, 2));
    cln_study_free(study);
}

static void contrasts_are_paired_by_seed(void **state) {
    (void)state;
    struct cln_study_cell cells[24];
    struct cln_study *study = study_of(cells, two_models(cells, 6));
    assert_int_equal(study->contrast_count, 3);
    const struct cln_contrast *clean = &study->contrasts[0], *noisy = &study->contrasts[1],
                              *overall = &study->contrasts[2];
    assert_true(clean->noise_scale == 0 && noisy->noise_scale == 1 && overall->overall);
    assert_int_equal(clean->verdict, CLN_VERDICT_SURE);
    assert_true(fabs(clean->pairs.difference + .1035) < CLOSE);
    assert_true(clean->pairs.p == .03125 && clean->holm_p == .0625);
    assert_int_equal(noisy->verdict, CLN_VERDICT_OPEN);
    assert_true(noisy->pairs.p == 1 && noisy->holm_p == 1);
    assert_int_equal(overall->pairs.pairs, 6);
    assert_true(fabs(overall->pairs.difference + .1035 / 2) < CLOSE);
    assert_int_equal(overall->verdict, CLN_VERDICT_SURE);
    char *words = words_of(study);
    expect_in(words, "mlp is more accurate than ConvNet at noise scale 0: by 10.3 percentage "
                     "points (95 % interval ");
    expect_not_in(words, "ConvNet is more accurate");
    expect_not_in(words, "ConvNet is ahead");
    expect_in(words, "At noise scale 1 6 seeds do not tell ConvNet and mlp apart");
    expect_in(words, "Over all noise scales together mlp is ahead of ConvNet by 5.2 percentage");
    expect_in(words, "0 of the 1 differences");
    cln_study_free(study);
}

static void few_seeds_say_little(void **state) {
    (void)state;
    struct cln_study_cell cells[24];
    struct cln_study *study = study_of(cells, two_models(cells, 5));
    assert_int_equal(study->contrasts[0].verdict, CLN_VERDICT_FEW);
    char *words = words_of(study);
    expect_in(
        words,
        "mlp was ahead of ConvNet at noise scales 0 and 1 by 10.3 and 0.20 percentage points on "
        "average of 5 seeds");
    expect_in(words, "! There are too few seeds");
    expect_not_in(words, "more accurate than");
    cln_study_free(study);
}

/* The same images right, if not the same each time: nobody is ahead by 0.00. */
static void level_means_are_called_so(void **state) {
    (void)state;
    struct cln_study_cell cells[24];
    size_t count = two_models(cells, 2);
    for (size_t c = 0; c < count; c++)
        if (cells[c].noise_scale == 1)
            cells[c].accuracy = cells[c].title ? .3 : cells[c].seed == 1 ? .1 + .2 : .3;
    struct cln_study *study = study_of(cells, count);
    char *words = words_of(study);
    expect_in(words, "mlp was ahead of ConvNet at noise scale 0 by ");
    expect_in(words, "ConvNet and mlp were level at noise scale 1 on average of 2 seeds.");
    expect_not_in(words, "0.00");
    cln_study_free(study);
}

static void one_seed_says_less(void **state) {
    (void)state;
    struct cln_study_cell cells[24];
    size_t count = two_models(cells, 1);
    struct cln_study *study = study_of(cells, count);
    assert_int_equal(study->contrasts[0].verdict, CLN_VERDICT_APART);
    /* .6 and .61 of 10,000: half widths of .0096 */
    assert_int_equal(study->contrasts[1].verdict, CLN_VERDICT_OVERLAP);
    assert_true(cln_study_group(study, 0, 0)->wilson.low > .79);
    char *words = words_of(study);
    expect_in(words, "mlp was ahead of ConvNet at noise scale 0 by 10.1 percentage points, in one "
                     "run each: more than the choice of 10,000 images explains");
    expect_in(words, "At noise scale 1 one run each does not tell ConvNet and mlp apart");
    expect_in(words, "! One run each says nothing about other seeds");
    expect_not_in(words, "Over all noise scales");
    cln_study_free(study);
    for (size_t c = 0; c < count; c++) { /* the other way round it is the same */
        cells[c].model = strcmp(cells[c].model, "mlp") ? "mlp" : "convnet";
        cells[c].title = NULL;
    }
    study = study_of(cells, count);
    assert_string_equal(study->variants[0].name, "mlp");
    assert_int_equal(study->contrasts[0].verdict, CLN_VERDICT_APART);
    assert_int_equal(study->contrasts[1].verdict, CLN_VERDICT_OVERLAP);
    struct cln_study_cell two[] = {cell_of("a", 0, 1, .61), cell_of("b", 0, 1, .6)};
    cln_study_free(study);
    study = study_of(two, 2);
    assert_int_equal(study->contrasts[0].verdict, CLN_VERDICT_OVERLAP);
    two[0].accuracy = .63;
    cln_study_free(study);
    study = study_of(two, 2);
    assert_int_equal(study->contrasts[0].verdict, CLN_VERDICT_APART);
    expect_in(words_of(study), "a was ahead of b at noise scale 0 by 3.0 percentage points");
    cln_study_free(study);
}

static void failed_cells_are_left_out(void **state) {
    (void)state;
    struct cln_study_cell cells[24];
    size_t count = two_models(cells, 6);
    cells[1].done = false; /* ConvNet, scale 0, seed 1 */
    cells[1].accuracy = .0;
    cells[1].diagnosis = &failed;
    struct cln_study *study = study_of(cells, count);
    const struct cln_study_group *group = cln_study_group(study, 0, 0);
    assert_true(group->cells == 6 && group->done == 5 && group->accuracy.left_out == 1);
    assert_true(fabs(group->accuracy.mean - .8) < CLOSE);
    assert_int_equal(study->contrasts[0].pairs.pairs, 5);
    assert_int_equal(study->contrasts[0].verdict, CLN_VERDICT_FEW);
    assert_int_equal(study->contrasts[2].pairs.pairs, 5); /* seed 1 lacks a scale */
    expect_in(words_of(study),
              "! Left out here: 1 of 24 cells, which are not done; 1 failed or diverged.");
    cln_study_free(study);
}

static void nothing_is_a_study_too(void **state) {
    (void)state;
    struct cln_study *study = study_of(NULL, 0);
    assert_string_equal(words_of(study), "");
    cln_study_free(study);
    struct cln_study_cell one = cell_of("mlp", 0.5, 1, .5);
    one.done = false;
    study = study_of(&one, 1);
    assert_int_equal(study->contrast_count, 0);
    expect_in(words_of(study), "! Left out here: 1 of 1 cells, which are not done.");
    cln_study_free(study);
}

static void choices_make_variants(void **state) {
    (void)state;
    struct cln_study_cell cells[] = {
        {.model = "a", .more = "train.seed=1 noise.draw=once", .seed = 1},
        {.model = "a", .more = "noise.draw=once train.seed=2", .seed = 2},
        {.model = "a", .more = "train.seed=1 noise.draw=epoch", .seed = 1},
        {.model = "b", .more = "noise.draw=once", .seed = 1},
        {.model = "b", .more = "noise.draw=epoch", .seed = 1},
    };
    for (size_t c = 0; c < 5; c++) {
        cells[c].done = true;
        cells[c].accuracy = .5;
        cells[c].images = 100;
        cells[c].diagnosis = &settled;
    }
    struct cln_study *study = study_of(cells, 5);
    assert_int_equal(study->variant_count, 4);
    assert_string_equal(study->variants[0].choices, "noise.draw=once");
    assert_string_equal(study->variants[1].name, "a, noise.draw=epoch");
    /* once against epoch of each, and a against b under each: not across both */
    assert_int_equal(study->contrast_count, 4);
    for (int c = 0; c < 4; c++) {
        const struct cln_study_variant *a = &study->variants[study->contrasts[c].a],
                                       *b = &study->variants[study->contrasts[c].b];
        assert_true(!strcmp(a->model, b->model) != !strcmp(a->choices, b->choices));
    }
    cln_study_free(study);
}

/* A sweep over keys of both models changes each by its own only. */
static void keys_of_other_models_are_left_out(void **state) {
    (void)state;
    struct cln_study_cell cells[] = {cell_of("a", 0, 1, .5), cell_of("ab", 0, 1, .5)};
    for (int c = 0; c < 2; c++)
        cells[c].more = "models.a.optimizer={sgd: {learning_rate: 1}} train.seed=2 models.ab.x=2";
    struct cln_study *study = study_of(cells, 2);
    assert_string_equal(study->variants[0].choices, "optimizer={sgd: {learning_rate: 1}}");
    assert_string_equal(study->variants[1].choices, "x=2");
    cln_study_free(study);
}

static void many_choices_are_ranked(void **state) {
    (void)state;
    static const char *const rates[] = {"rate=1", "rate=2", "rate=3", "rate=4", "rate=5"};
    struct cln_study_cell cells[5];
    for (int c = 0; c < 5; c++) {
        cells[c] = cell_of("mlp", 0, 1, .9 - .01 * abs(c - 3));
        cells[c].more = rates[c];
    }
    cells[0].diagnosis = &learning;
    struct cln_study *study = study_of(cells, 5);
    char *words = words_of(study);
    expect_in(words, "Of 5 choices for mlp the best, on average over the noise scales, is "
                     "rate=4 (90.00 %); next is rate=3 (89.00 %)");
    expect_in(words, "! 1 of 5 cells: still learning");
    cln_study_free(study);
    for (int c = 0; c < 5; c++) /* a validation split has it otherwise */
        cells[c].val_accuracy = .5 + .01 * c;
    study = study_of(cells, 5);
    expect_in(words_of(study),
              "the best by validation accuracy, on average over the noise scales, is "
              "rate=5 (54.00 %); next is rate=4 (53.00 %)");
    cln_study_free(study);
}

/* Chance .1; trained without noise and tested at 0, 1 and 2. */
static void matrices_give_robustness(void **state) {
    (void)state;
    static const double scales[] = {0, 1, 2};
    static const double a_clean[] = {.9, .7, .3}, a_noisy[] = {.8, .8, .6},
                        b_clean[] = {.9, .3, .2};
    struct cln_study_cell cells[] = {cell_of("a", 0, 1, .9), cell_of("a", 1, 1, .8),
                                     cell_of("b", 0, 1, .9)};
    const double *const accuracies[] = {a_clean, a_noisy, b_clean};
    for (int c = 0; c < 3; c++) {
        cells[c].scales = scales;
        cells[c].accuracies = accuracies[c];
        cells[c].test_count = 3;
    }
    struct cln_study *study = study_of(cells, 3);
    /* a at its own scales; a trained at 0, at 1; b trained at 0 */
    assert_int_equal(study->robustness_count, 4);
    const struct cln_robustness *own = &study->robustness[0], *b = &study->robustness[3];
    assert_true(own->own && own->curve.count == 2 && own->half.censored == CLN_ABOVE);
    assert_true(!b->own && b->variant == 1 && b->trained_scale == 0);
    assert_int_equal(b->half.censored, CLN_BELOW);
    /* (.7 + .8) / (.3 + .7); (.6 + .7) / (.2 + .6) */
    assert_true(fabs(b->corruption_error - 1.5) < CLOSE);
    assert_true(fabs(b->relative_corruption_error - 1.625) < CLOSE);
    assert_true(fabs(b->log_area - .25) < CLOSE);
    char *words = words_of(study);
    /* halves: from .7 at 1 to .3 at 2 through .5: sqrt(2) */
    expect_in(words,
              "Trained without noise and tested with it, half of the accuracy above chance is "
              "lost at a noise scale of 1.4 for a and less than 1 for b.");
    expect_in(words,
              "a did best when trained at noise scale 1 (mean accuracy over log scale 70.0 %");
    cln_study_free(study);
}

static void guessing_has_no_best_training(void **state) {
    (void)state;
    static const double scales[] = {0, 1, 2}, guesses[] = {.101, .103, .098};
    struct cln_study_cell cells[] = {cell_of("a", 0, 1, .101), cell_of("a", 1, 1, .103)};
    for (int c = 0; c < 2; c++) {
        cells[c].scales = scales;
        cells[c].accuracies = guesses;
        cells[c].test_count = 3;
    }
    struct cln_study *study = study_of(cells, 2);
    assert_int_equal(study->robustness_count, 3);
    expect_not_in(words_of(study), "did best when trained");
    cln_study_free(study);
}

static void diagnoses_limit_what_is_said(void **state) {
    (void)state;
    struct cln_study_cell cells[24];
    size_t count = two_models(cells, 6);
    for (size_t c = 0; c < 12; c++)
        cells[c].diagnosis = &learning;
    struct cln_study *study = study_of(cells, count);
    char *words = words_of(study);
    expect_in(words,
              "! ConvNet was still learning when its training ended, at noise scales 0 and 1:");
    expect_in(words, "rather than of the nets");
    expect_not_in(words, "mlp was still");
    cln_study_free(study);
    for (size_t c = 12; c < count; c++) /* nothing to compare with */
        cells[c].done = false;
    study = study_of(cells, count);
    words = words_of(study);
    expect_in(words, "! ConvNet was still learning");
    expect_not_in(words, "rather than of the nets");
    cln_study_free(study);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_are_put_together),
        cmocka_unit_test(contrasts_are_paired_by_seed),
        cmocka_unit_test(few_seeds_say_little),
        cmocka_unit_test(level_means_are_called_so),
        cmocka_unit_test(one_seed_says_less),
        cmocka_unit_test(failed_cells_are_left_out),
        cmocka_unit_test(nothing_is_a_study_too),
        cmocka_unit_test(choices_make_variants),
        cmocka_unit_test(many_choices_are_ranked),
        cmocka_unit_test(keys_of_other_models_are_left_out),
        cmocka_unit_test(matrices_give_robustness),
        cmocka_unit_test(guessing_has_no_best_training),
        cmocka_unit_test(diagnoses_limit_what_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Whole experiment files: cells, their ids, and the resolved configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "experiment/select.h"
#include "experiment/work.h"

static const char base[] = "name: t\n"
                           "models:\n"
                           "  small:\n"
                           "    layers: [flatten, {dense: {units: 10, activation: softmax}}]\n"
                           "    optimizer: {rmsprop: {learning_rate: 0.002}}\n"
                           "  large:\n"
                           "    layers:\n"
                           "      - flatten\n"
                           "      - dense: {units: 64, activation: relu}\n"
                           "      - dropout: 0.25\n"
                           "      - dense: {units: 10, activation: softmax}\n"
                           "    optimizer: rmsprop\n"
                           "sweep: {model: [small, large], noise.scale: [0, 0.5, 1]}\n";

/* Loads a text through a file; NULL if it is refused. */
static struct cln_experiment *load(const char *text, const char *const *overrides, int count) {
    char path[] = "/tmp/clnoise-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(cln_file_write(path, text, strlen(text)), CLN_OK);
    struct cln_experiment *experiment = NULL;
    enum cln_status status = cln_experiment_load(path, overrides, count, &experiment);
    unlink(path);
    return status == CLN_OK ? experiment : NULL;
}

static void assert_same_cells(const struct cln_experiment *a, const struct cln_experiment *b) {
    assert_int_equal(a->cell_count, b->cell_count);
    for (int i = 0; i < a->cell_count; i++) {
        assert_string_equal(a->cells[i].id, b->cells[i].id);
        assert_string_equal(a->cells[i].model.name, b->cells[i].model.name);
    }
}

static void cells_hold_the_configuration(void **state) {
    (void)state;
    const char *overrides[] = {"train.epochs=3", "sweep.train.seed=[5, 6]", "data.train_limit=100"};
    struct cln_experiment *experiment = load(base, overrides, 3);
    assert_non_null(experiment);
    assert_int_equal(experiment->cell_count, 12);
    const struct cln_cell *cell = &experiment->cells[9]; /* large, 0.5, 6 */
    assert_string_equal(cell->label, "model=large noise.scale=0.5 train.seed=6");
    assert_string_equal(cell->more, "train.seed=6");
    assert_string_equal(cell->model.name, "large");
    assert_int_equal(cell->model.layer_count, 4);
    assert_string_equal(cell->model.layers[2].op->name, "dropout");
    assert_string_equal(cell->model.optimizer->name, "rmsprop");
    assert_true(cell->noise.scale == 0.5);
    assert_int_equal(cell->train.epochs, 3);
    assert_int_equal(cell->train.batch, 128);
    assert_int_equal(cell->train.seed, 6);
    assert_int_equal(cell->data.train_limit, 100);
    assert_string_equal(cell->data.dataset, "mnist");
    cln_experiment_free(experiment);
}

static void ids_differ_between_cells(void **state) {
    (void)state;
    struct cln_experiment *experiment = load(base, NULL, 0);
    assert_non_null(experiment);
    for (int i = 0; i < experiment->cell_count; i++) {
        assert_int_equal(strlen(experiment->cells[i].id), 16);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(experiment->cells[i].id, experiment->cells[k].id);
    }
    cln_experiment_free(experiment);
}

/* The same data set in place of another makes the same id, at every call and for each cell anew. */
static void ids_change_with_a_stand_in(void **state) {
    (void)state;
    struct cln_experiment *plain = load(base, NULL, 0), *a = load(base, NULL, 0);
    struct cln_experiment *b = load(base, NULL, 0), *c = load(base, NULL, 0);
    for (int i = 0; i < plain->cell_count; i++) {
        assert_int_equal(cln_cell_stand_in(&a->cells[i], "fashion-mnist"), CLN_OK);
        assert_int_equal(cln_cell_stand_in(&b->cells[i], "fashion-mnist"), CLN_OK);
        assert_int_equal(cln_cell_stand_in(&c->cells[i], "kmnist"), CLN_OK);
        assert_int_equal(strlen(a->cells[i].id), 16);
        assert_string_equal(a->cells[i].id, b->cells[i].id);
        assert_string_not_equal(a->cells[i].id, c->cells[i].id);
        for (int k = 0; k < plain->cell_count; k++)
            assert_string_not_equal(a->cells[i].id, plain->cells[k].id);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(a->cells[i].id, a->cells[k].id);
    }
    cln_experiment_free(plain);
    cln_experiment_free(a);
    cln_experiment_free(b);
    cln_experiment_free(c);
}

/* Layout, order, comments, defaults written out and the experiment's name do not matter. */
static void ids_depend_on_meaning_only(void **state) {
    (void)state;
    static const char other[] =
        "# the same\n"
        "sweep:\n  model: ['small', \"large\"]\n  noise.scale: [0.0, 5e-1, +1]\n"
        "models: {large: {optimizer: {rmsprop: {}}, layers: [flatten: {}, dense: {activation: relu,"
        " units: 64}, dropout: {rate: .25}, dense: {units: 10, activation: softmax}]}, small: {\n"
        "    optimizer: {rmsprop: {learning_rate: 2e-3}},\n"
        "    layers: [flatten, {dense: {activation: softmax, units: 10}}]}}\n"
        "train: {seed: 1, batch: 128, epochs: 1}\n"
        "noise: {kind: gaussian, draw: once}\n"
        "data: {train_limit: 0, dataset: mnist}\n"
        "name: other\n";
    struct cln_experiment *a = load(base, NULL, 0), *b = load(other, NULL, 0);
    assert_non_null(a);
    assert_non_null(b);
    assert_same_cells(a, b);
    cln_experiment_free(a);
    cln_experiment_free(b);
}

/* Each of these changes what a cell computes, so it must change every id. */
static void ids_change_with_the_configuration(void **state) {
    (void)state;
    static const char *const changes[] = {
        "train.epochs=2",
        "train.batch=64",
        "train.seed=2",
        "noise.draw=epoch",
        "noise.kind=speckle",
        "noise.test_scale=0.25",
        "noise.clip=true",
        "data.validation=100",
        "data.train_limit=10",
        "data.test_limit=10",
        "data.otherwise=fashion-mnist",
        "kernel_variant=reference",
    };
    struct cln_experiment *plain = load(base, NULL, 0);
    assert_non_null(plain);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct cln_experiment *changed = load(base, &changes[i], 1);
        assert_non_null(changed);
        for (int k = 0; k < plain->cell_count; k++)
            assert_string_not_equal(plain->cells[k].id, changed->cells[k].id);
        cln_experiment_free(changed);
    }
    const char *dropout = "models.large.layers.2.dropout=0.3";
    struct cln_experiment *changed = load(base, &dropout, 1);
    assert_non_null(changed);
    assert_string_equal(plain->cells[0].id, changed->cells[0].id); /* the small one is untouched */
    assert_string_not_equal(plain->cells[3].id, changed->cells[3].id);
    cln_experiment_free(changed);
    cln_experiment_free(plain);
}

/* An id that changes orphans what people have computed: this one may not change by accident. */
static void a_known_id(void **state) {
    (void)state;
    const char *overrides[] = {"sweep.model=[small]", "sweep.noise.scale=[0.5]"};
    struct cln_experiment *experiment = load(base, overrides, 2);
    assert_non_null(experiment);
    assert_int_equal(experiment->cell_count, 1);
    assert_string_equal(experiment->cells[0].id, "22cacf7d4efe1510");
    cln_experiment_free(experiment);
}

/* None of these changes what is trained, so the ids stay, and with them what was computed. */
static void ids_stay_where_nothing_changes(void **state) {
    (void)state;
    static const char *const changes[] = {
        "evaluate.noise.scale=[0, 0.5, 2]",
        "data.split_seed=4", /* where nothing is set aside */
        "noise.clip=false",
    };
    struct cln_experiment *plain = load(base, NULL, 0);
    assert_non_null(plain);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct cln_experiment *changed = load(base, &changes[i], 1);
        assert_non_null(changed);
        assert_int_equal(changed->cell_count, plain->cell_count);
        for (int k = 0; k < plain->cell_count; k++)
            assert_string_equal(plain->cells[k].id, changed->cells[k].id);
        cln_experiment_free(changed);
    }
    cln_experiment_free(plain);
    const char *same[] = {"noise.scale=0.5", "sweep.model=[small]", "noise.test_scale=0.5"};
    struct cln_experiment *implied = load(base, same, 2), *said = load(base, same, 3);
    assert_non_null(implied);
    assert_non_null(said);
    assert_string_equal(implied->cells[0].id, said->cells[0].id);
    cln_experiment_free(implied);
    cln_experiment_free(said);
}

static void a_net_is_tested_at_each_scale_once(void **state) {
    (void)state;
    const char *overrides[] = {"sweep.model=[small]", "noise.scale=0.5",
                               "evaluate.noise.scale=[0, 0.5, 2]", "noise.test_scale=2"};
    double scales[CLN_MAX_EVALUATIONS + 1];
    struct cln_experiment *experiment = load(base, overrides, 3);
    assert_non_null(experiment);
    assert_int_equal(cln_cell_test_scales(&experiment->cells[0], scales), 3);
    assert_true(scales[0] == 0.5 && scales[1] == 0 && scales[2] == 2);
    struct cln_experiment *again = load(cln_experiment_resolved(experiment), NULL, 0);
    assert_non_null(again);
    assert_int_equal(cln_cell_test_scales(&again->cells[0], scales), 3);
    cln_experiment_free(again);
    cln_experiment_free(experiment);
    experiment = load(base, overrides, 4);
    assert_non_null(experiment);
    assert_int_equal(cln_cell_test_scales(&experiment->cells[0], scales), 3);
    assert_true(scales[0] == 2 && scales[1] == 0 && scales[2] == 0.5);
    cln_experiment_free(experiment);
}

static void resolved_loads_again(void **state) {
    (void)state;
    static const char *const overrides[] = {
        "train.epochs=7",
        "sweep.models.large.layers.2.dropout=[0.1, 0.4]",
        "sweep.model=[large]",
        ("models.small.layers=[{conv2d: {filters: 3, kernel: [3, 5], activation: relu}}, "
         "{max_pool2d: 2}, flatten, {dense: {units: 10, activation: softmax}}]"),
        "data.otherwise=fashion-mnist",
        "name=\"1e3\"",
        "evaluate.noise.scale=[0, 1]",
        "noise.test_scale=0.125",
    };
    struct cln_experiment *first = load(base, overrides, 8);
    assert_non_null(first);
    struct cln_experiment *second = load(cln_experiment_resolved(first), NULL, 0);
    assert_non_null(second);
    assert_int_equal(first->cell_count, 6);
    assert_same_cells(first, second);
    assert_string_equal(first->name, second->name);
    assert_string_equal(cln_experiment_resolved(first), cln_experiment_resolved(second));
    assert_non_null(strstr(cln_experiment_resolved(first), "batch: 128")); /* a default */
    cln_experiment_free(first);
    cln_experiment_free(second);
}

/* Zipped lists, seeds and exclusions make the cells that lists of single values would. */
static void sweeps_beyond_lists(void **state) {
    (void)state;
    static const char *const overrides[] = {
        "sweep={model: [small, large], zip: [{noise.scale: [0, 0.5], train.epochs: [1, 4]}, "
        "{noise.draw: [once, epoch], train.batch: [64, 32]}], "
        "exclude: [{model: large, noise.scale: 0.50}, {noise.draw: [epoch]}], seeds: 3}"};
    struct cln_experiment *first = load(base, overrides, 1);
    assert_non_null(first);
    assert_int_equal(first->cell_count, 9);
    assert_string_equal(first->cells[4].label, "model=small noise.scale=0.5 train.epochs=4 "
                                               "noise.draw=once train.batch=64 train.seed=2");
    assert_string_equal(first->cells[4].more,
                        "train.epochs=4 noise.draw=once train.batch=64 train.seed=2");
    struct cln_experiment *second = load(cln_experiment_resolved(first), NULL, 0);
    assert_non_null(second);
    assert_same_cells(first, second);
    assert_string_equal(cln_experiment_resolved(first), cln_experiment_resolved(second));
    static const char *const plain[] = {
        "sweep={train.seed: [2]}", "model=small",    "noise.scale=0.5",
        "train.epochs=4",          "train.batch=64",
    };
    struct cln_experiment *third = load(base, plain, 5);
    assert_non_null(third);
    assert_string_equal(third->cells[0].id, first->cells[4].id);
    cln_experiment_free(first);
    cln_experiment_free(second);
    cln_experiment_free(third);
}

/* An exclusion that the command line makes pointless is gone from the resolved configuration. */
static void resolved_forgets_pointless_exclusions(void **state) {
    (void)state;
    static const char *const overrides[] = {
        "sweep.exclude=[{model: small, noise.scale: 1}, {noise.scale: 0}]",
        "sweep.noise.scale=[0, 0.5]"};
    struct cln_experiment *first = load(base, overrides, 2);
    assert_non_null(first);
    assert_int_equal(first->cell_count, 2);
    struct cln_experiment *second = load(cln_experiment_resolved(first), NULL, 0);
    assert_non_null(second);
    assert_same_cells(first, second);
    cln_experiment_free(first);
    cln_experiment_free(second);
}

/* Each cell in one share; no share has more than the largest cell above another. */
static void shares_are_even(void **state) {
    (void)state;
    enum { CELLS = 30, SHARES = 4 };
    static const char *const overrides[] = {"sweep.train.epochs=[1, 2, 3, 4, 7]"};
    struct cln_experiment *experiment = load(base, overrides, 1);
    double work[CELLS], largest = 0, least = INFINITY, most = 0;
    int owners[CELLS] = {0};
    assert_non_null(experiment);
    assert_int_equal(experiment->cell_count, CELLS);
    for (int i = 0; i < CELLS; i++) {
        assert_int_equal(cln_cell_work(&experiment->cells[i], &work[i]), CLN_OK);
        assert_true(work[i] > 0);
        largest = work[i] > largest ? work[i] : largest;
    }
    assert_true(work[15] > work[0]); /* the large model */
    for (int share = 1; share <= SHARES; share++) {
        bool picked[CELLS];
        char text[16];
        double sum = 0;
        snprintf(text, sizeof text, "%d/%d", share, SHARES);
        const struct cln_selection selection = {.shard = text};
        assert_int_equal(cln_experiment_select(experiment, &selection, picked), CLN_OK);
        for (int i = 0; i < CELLS; i++) {
            owners[i] += picked[i];
            sum += picked[i] ? work[i] : 0;
        }
        least = sum < least ? sum : least;
        most = sum > most ? sum : most;
    }
    for (int i = 0; i < CELLS; i++)
        assert_int_equal(owners[i], 1);
    assert_true(most - least <= largest);
    cln_experiment_free(experiment);
}

static void one_model_needs_no_sweep(void **state) {
    (void)state;
    static const char text[] =
        "name: t\nmodels: {m: {layers: [flatten, {dense: {units: 10, activation: softmax}}], "
        "optimizer: rmsprop}}\n";
    struct cln_experiment *experiment = load(text, NULL, 0);
    assert_non_null(experiment);
    assert_int_equal(experiment->cell_count, 1);
    assert_string_equal(experiment->cells[0].label, "model=m");
    assert_string_equal(experiment->cells[0].more, "");
    cln_experiment_free(experiment);
    const char *model[] = {"model=m", "train.epochs=0"};
    experiment = load(text, model, 1);
    assert_non_null(experiment);
    cln_experiment_free(experiment);
    assert_null(load(text, model, 2));
    assert_string_equal(cln_error_last()->message,
                        "command line: train.epochs=0: train.epochs: 0 is out of range; accepted: "
                        "an integer from 1 to 1000000");
    cln_experiment_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_hold_the_configuration),
        cmocka_unit_test(ids_differ_between_cells),
        cmocka_unit_test(ids_change_with_a_stand_in),
        cmocka_unit_test(ids_depend_on_meaning_only),
        cmocka_unit_test(ids_change_with_the_configuration),
        cmocka_unit_test(a_known_id),
        cmocka_unit_test(ids_stay_where_nothing_changes),
        cmocka_unit_test(a_net_is_tested_at_each_scale_once),
        cmocka_unit_test(resolved_loads_again),
        cmocka_unit_test(sweeps_beyond_lists),
        cmocka_unit_test(resolved_forgets_pointless_exclusions),
        cmocka_unit_test(shares_are_even),
        cmocka_unit_test(one_model_needs_no_sweep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

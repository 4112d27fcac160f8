/* What is lent and uploaded comes back from the device: images, labels, and the orders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/device_data.h"
#include "data/load.h"
#include "runtime/device.h"
#include "support/scratch.h"
#include "support/tiny_data.h"

struct fixture {
    struct tiny_data tiny;
    char *root;
    struct cln_dataset *dataset;
    struct cln_split split; /* nothing set aside, but where a test says so */
    struct cln_context *context;
    struct cln_store *store;
};

static bool device_found;

static int setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct cln_device_list *list;
    const struct cln_device *device;
    struct cln_data_spec spec = {0};
    bool missing;
    *state = fixture;
    tiny_data_init(&fixture->tiny);
    fixture->root = scratch_make();
    tiny_data_write(&fixture->tiny, fixture->root);
    assert_int_equal(cln_data_load(&fixture->tiny.entry, &spec, fixture->root, NULL,
                                   &fixture->dataset, &missing),
                     CLN_OK);
    assert_int_equal(
        cln_split_make(fixture->dataset->train.labels, TINY_TRAIN, 0, 0, &fixture->split), CLN_OK);
    assert_int_equal(cln_devices_list(&list), CLN_OK);
    if (cln_device_select(list, NULL, &device, NULL) == CLN_OK) {
        device_found = true;
        assert_int_equal(cln_context_create(device, &fixture->context), CLN_OK);
        assert_int_equal(cln_store_create(fixture->context, &fixture->store), CLN_OK);
    }
    cln_devices_free(list);
    return 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    cln_store_free(fixture->store);
    cln_context_free(fixture->context);
    cln_split_done(&fixture->split);
    cln_dataset_free(fixture->dataset);
    scratch_remove(fixture->root);
    tiny_data_done(&fixture->tiny);
    free(fixture);
    return 0;
}

static void assert_slot(struct fixture *fixture, const char *name, const void *wanted,
                        size_t bytes) {
    uint8_t found[64];
    assert_true(bytes <= sizeof found);
    assert_int_equal(cln_store_read(fixture->store, name, 0, found, bytes), CLN_OK);
    assert_memory_equal(found, wanted, bytes);
}

static enum cln_status upload(struct fixture *fixture) {
    CLN_TRY(cln_device_data_lend(fixture->store, fixture->dataset));
    return cln_device_data_order(fixture->store, fixture->dataset, &fixture->split);
}

static void uploads_everything(void **state) {
    struct fixture *fixture = *state;
    if (!fixture->store)
        skip();
    const struct cln_dataset *dataset = fixture->dataset;
    const uint32_t order[] = {0, 1, 2, 3, 4};
    assert_int_equal(upload(fixture), CLN_OK);
    assert_slot(fixture, "data.train.images", dataset->train.images, 6 * TINY_TRAIN);
    assert_slot(fixture, "data.train.labels", dataset->train.labels, TINY_TRAIN);
    assert_slot(fixture, "data.train.order", order, TINY_TRAIN * sizeof *order);
    assert_slot(fixture, "data.test.images", dataset->test.images, 6 * TINY_TEST);
    assert_slot(fixture, "data.test.labels", dataset->test.labels, TINY_TEST);
    assert_slot(fixture, "data.test.order", order, TINY_TEST * sizeof *order);
}

static void shuffles_the_training_images_only(void **state) {
    struct fixture *fixture = *state;
    if (!fixture->store)
        skip();
    enum { EPOCHS = 8 };
    uint32_t orders[EPOCHS][TINY_TRAIN], again[TINY_TRAIN];
    const uint32_t identity[] = {0, 1, 2, 3, 4};
    int different = 0;
    assert_int_equal(upload(fixture), CLN_OK);
    for (uint32_t epoch = 0; epoch < EPOCHS; epoch++) {
        uint32_t *order = orders[epoch], seen = 0;
        assert_int_equal(cln_device_data_shuffle(fixture->store, &fixture->split, 7, epoch),
                         CLN_OK);
        assert_int_equal(
            cln_store_read(fixture->store, "data.train.order", 0, order, sizeof orders[0]), CLN_OK);
        for (int i = 0; i < TINY_TRAIN; i++) {
            assert_in_range(order[i], 0, TINY_TRAIN - 1);
            seen |= 1u << order[i];
        }
        assert_int_equal(seen, (1u << TINY_TRAIN) - 1);
        different += memcmp(order, identity, sizeof identity) != 0;
        if (epoch)
            different += memcmp(order, orders[epoch - 1], sizeof orders[0]) != 0;
    }
    /* Of 15 comparisons of permutations of five, each is equal by chance once in 120: more than
     * three equal ones do not happen (p < 1e-5), and the seed is fixed. */
    assert_in_range(different, 12, 15);
    assert_slot(fixture, "data.test.order", identity, TINY_TEST * sizeof *identity);

    /* An epoch's order depends on seed and epoch, not on what came before. */
    assert_int_equal(cln_device_data_shuffle(fixture->store, &fixture->split, 7, 2), CLN_OK);
    assert_int_equal(cln_store_read(fixture->store, "data.train.order", 0, again, sizeof again),
                     CLN_OK);
    assert_memory_equal(again, orders[2], sizeof again);
}

/* What is set aside is in no epoch's order, and its own order is that of the file. */
static void sets_images_aside(void **state) {
    struct fixture *fixture = *state;
    if (!fixture->store)
        skip();
    uint32_t aside[2], order[TINY_TRAIN - 2], seen = 0;
    cln_split_done(&fixture->split);
    assert_int_equal(
        cln_split_make(fixture->dataset->train.labels, TINY_TRAIN, 2, 0, &fixture->split), CLN_OK);
    assert_int_equal(upload(fixture), CLN_OK);
    assert_int_equal(cln_device_data_shuffle(fixture->store, &fixture->split, 7, 3), CLN_OK);
    assert_int_equal(
        cln_store_read(fixture->store, "data.validation.order", 0, aside, sizeof aside), CLN_OK);
    assert_int_equal(cln_store_read(fixture->store, "data.train.order", 0, order, sizeof order),
                     CLN_OK);
    assert_memory_equal(aside, fixture->split.validation, sizeof aside);
    for (int i = 0; i < 2; i++)
        seen |= 1u << aside[i];
    for (int i = 0; i < TINY_TRAIN - 2; i++)
        seen |= 1u << order[i];
    assert_int_equal(seen, (1u << TINY_TRAIN) - 1);
}

static void has_room_for_one_size_only(void **state) {
    struct fixture *fixture = *state;
    if (!fixture->store)
        skip();
    fixture->split.train_count--;
    assert_int_equal(upload(fixture), CLN_OK);
    fixture->split.train_count++;
    assert_int_equal(upload(fixture), CLN_INTERNAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(uploads_everything),
        TEST(shuffles_the_training_images_only),
        TEST(sets_images_aside),
        TEST(has_room_for_one_size_only),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed ? failed : device_found ? 0 : 77;
}

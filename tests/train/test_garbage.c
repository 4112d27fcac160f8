/*
 * Whatever an intermediate tensor's memory held before the launch that is the first to touch it,
 * and a gradient's before the step, the step leaves the same bits: nothing is read that has not
 * been written. The launches are enqueued one by one, for in a step tensors take turns in memory,
 * and what one reads too early would be the remains of another, the same each time. The net is the
 * experiment's ConvNet, with whole batches and what remains of an epoch, because that is what
 * scratch and tiles are cut for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cl/control.clh"
#include "data/device_data.h"
#include "graph/plan_private.h"
#include "runtime/recorder.h"
#include "support/device.h"
#include "support/nets.h"

#define BATCH  128
#define TRAIN  224 /* a batch, and 96: what remains of 60,000 */
#define TEST   144 /* a batch, and 16: what remains of 10,000 */
#define EPOCHS 2
#define SEED   1

static const char *const net =
    "{convnet: {layers: [{conv2d: {filters: 32, kernel: 3, activation: relu}},\n"
    "  {conv2d: {filters: 64, kernel: 3, activation: relu}}, {max_pool2d: 2}, {dropout: 0.25},\n"
    "  flatten, {dense: {units: 128, activation: relu}}, {dropout: 0.5},\n"
    "  {dense: {units: 10, activation: softmax}}], optimizer: {adadelta: {learning_rate: 0.1}}}}";

/* In the order of `graph` and `plan` below. */
enum { INIT, TRAIN_FULL, TRAIN_REST, TEST_FULL, TEST_REST, PLANS };

struct steps {
    struct cln_model_graph model[PLANS]; /* but INIT's */
    struct cln_graph *graph[PLANS];
    struct cln_plan *plan[PLANS];
    struct cln_store *store;
};

/* What is put into a buffer, word by word: one number, or another for each word. */
struct garbage {
    const char *name;
    uint32_t word, step;
};

static void build(const struct cln_model_spec *spec, struct steps *steps) {
    const struct cln_model_shape shape = {28, 28, 1, 10};
    const struct cln_model_source train = {.images_slot = CLN_SLOT_TRAIN_IMAGES,
                                           .labels_slot = CLN_SLOT_TRAIN_LABELS,
                                           .order_slot = CLN_SLOT_TRAIN_ORDER,
                                           .samples = TRAIN,
                                           .load = {.stream = STREAM_NOISE_TRAIN}};
    const struct cln_model_source test = {.images_slot = CLN_SLOT_TEST_IMAGES,
                                          .labels_slot = CLN_SLOT_TEST_LABELS,
                                          .order_slot = CLN_SLOT_TEST_ORDER,
                                          .samples = TEST,
                                          .load = {.stream = STREAM_NOISE_TEST}};
    const size_t batch[PLANS] = {0, BATCH, TRAIN - BATCH, BATCH, TEST - BATCH};
    for (int i = TRAIN_FULL; i < PLANS; i++) {
        const bool training = i <= TRAIN_REST;
        TEST_OK(cln_model_build(spec, &shape, training ? &train : &test, batch[i], training,
                                &steps->model[i]));
        steps->graph[i] = steps->model[i].graph;
    }
    TEST_OK(cln_model_build_init(&steps->model[TRAIN_FULL], &steps->graph[INIT]));
}

static void write_control(struct steps *steps, const char *slot, uint32_t epoch, uint32_t step) {
    const float learning_rate = 0.1f, noise_scale = 0.5f;
    uint32_t words[CONTROL_WORDS] = {0};
    words[CONTROL_EPOCH] = epoch;
    words[CONTROL_STEP] = step;
    words[CONTROL_SEED_LOW] = SEED;
    memcpy(&words[CONTROL_LEARNING_RATE], &learning_rate, sizeof learning_rate);
    memcpy(&words[CONTROL_NOISE_SCALE], &noise_scale, sizeof noise_scale);
    TEST_OK(cln_store_write(steps->store, slot, 0, words, sizeof words));
}

static void spoil(struct steps *steps, const char *slot, size_t offset_bytes, size_t bytes,
                  struct garbage garbage) {
    uint32_t *words = malloc(bytes);
    assert_non_null(words);
    for (size_t i = 0; i < bytes / sizeof *words; i++)
        words[i] = garbage.word + (uint32_t)i * garbage.step;
    TEST_OK(cln_store_write(steps->store, slot, offset_bytes, words, bytes));
    free(words);
}

/* The intermediate tensors that no launch before has touched; `touched` counts by tensor. */
static void spoil_new(struct steps *steps, const struct cln_layout *layout, int launch,
                      bool *touched, struct garbage garbage) {
    const struct cln_launch *at = &layout->lowering.launches[launch];
    const struct cln_tensor *tensors = layout->graph->tensors;
    for (int i = 0; i < at->arg_count; i++) {
        if (at->args[i].kind != CLN_ARG_TENSOR || at->args[i].tensor == CLN_NO_TENSOR)
            continue;
        cln_tensor_id id = at->args[i].tensor;
        if (tensors[id].base != CLN_NO_TENSOR)
            id = tensors[id].base;
        if (tensors[id].slot != CLN_ARENA || touched[id])
            continue;
        const size_t unit = cln_dtype_bytes(tensors[id].dtype);
        touched[id] = true;
        spoil(steps, "arena", tensors[id].offset_elems * unit,
              cln_tensor_elems(&tensors[id]) * unit, garbage);
    }
}

static void step(struct steps *steps, int number, struct garbage garbage) {
    const struct cln_plan *plan = steps->plan[number];
    bool *touched = calloc((size_t)plan->layout.graph->tensor_count + 1, sizeof *touched);
    assert_non_null(touched);
    if (number == TRAIN_FULL ||
        number == TRAIN_REST)           /* each parameter is a multiple of 64 bytes, */
        spoil(steps, CLN_SLOT_GRADS, 0, /* or the last: no gradient is mere padding */
              cln_model_parameters(&steps->model[number]) * sizeof(float), garbage);
    for (int i = 0; i < plan->recording->count; i++) {
        spoil_new(steps, &plan->layout, i, touched, garbage);
        TEST_OK(cln_recorded_enqueue(&plan->recording->commands[i], test_context()->in_order_queue,
                                     0, NULL, NULL));
    }
    free(touched);
}

static void run(struct steps *steps, struct garbage garbage) {
    write_control(steps, CLN_SLOT_TRAIN_CONTROL, 0, 0);
    step(steps, INIT, garbage);
    for (uint32_t epoch = 0; epoch < EPOCHS; epoch++) {
        write_control(steps, CLN_SLOT_TRAIN_CONTROL, epoch, 2 * epoch);
        write_control(steps, CLN_SLOT_TEST_CONTROL, epoch, 0);
        for (int plan = TRAIN_FULL; plan < PLANS; plan++)
            step(steps, plan, garbage);
    }
}

/* All that the steps leave, but the arena: parameters, gradients, the optimizer's state, metrics.
 */
static unsigned char *read_all(struct steps *steps, size_t *bytes) {
    unsigned char *all = NULL;
    *bytes = 0;
    for (int plan = TRAIN_FULL; plan <= TEST_FULL; plan += TEST_FULL - TRAIN_FULL)
        for (int i = 0; i < steps->graph[plan]->slot_count; i++) {
            const struct cln_slot *slot = &steps->graph[plan]->slots[i];
            const size_t more = slot->elems * cln_dtype_bytes(slot->dtype);
            if (i == CLN_ARENA || !more)
                continue;
            all = realloc(all, *bytes + more);
            assert_non_null(all);
            TEST_OK(cln_store_read(steps->store, slot->name, 0, all + *bytes, more));
            *bytes += more;
        }
    return all;
}

static unsigned char *train(const char *variants, struct garbage garbage, size_t *bytes) {
    struct cln_experiment *experiment = test_experiment(net);
    struct cln_dataset *data = test_images(TRAIN, TEST);
    struct steps steps = {0};
    const struct cln_plan_options options = {.variants = variants};
    TEST_OK(cln_store_create(test_context(), &steps.store));
    build(&experiment->cells[0].model, &steps);
    TEST_OK(cln_device_data_lend(steps.store, data));
    struct cln_split split;
    TEST_OK(cln_split_make(data->train.labels, TRAIN, 0, 0, &split));
    TEST_OK(cln_device_data_order(steps.store, data, &split));
    cln_split_done(&split);
    TEST_OK(
        cln_plans_create(steps.graph, PLANS, steps.store, test_context(), &options, steps.plan));
    run(&steps, garbage);
    unsigned char *all = read_all(&steps, bytes);
    for (int i = 0; i < PLANS; i++)
        cln_plan_free(steps.plan[i]);
    cln_graph_free(steps.graph[INIT]);
    for (int i = TRAIN_FULL; i < PLANS; i++)
        cln_model_graph_done(&steps.model[i]);
    cln_store_free(steps.store);
    test_images_free(data);
    cln_experiment_free(experiment);
    return all;
}

static void assert_garbage_changes_no_bit(const char *variants) {
    static const struct garbage kinds[] = {
        {"zeros", 0, 0},
        {"no numbers", UINT32_MAX, 0},
        {"large numbers", 0x7f7fffff, 0},
        {"small numbers", 0xb8d1b717, 0},
        {"any words", 12345, 2654435761u},
    };
    size_t first_bytes, bytes;
    unsigned char *first = train(variants, kinds[0], &first_bytes);
    for (size_t i = 1; i < sizeof kinds / sizeof *kinds; i++) {
        unsigned char *other = train(variants, kinds[i], &bytes);
        print_message("%s: %s\n", *variants ? variants : "chosen by the engine", kinds[i].name);
        assert_int_equal(bytes, first_bytes);
        assert_memory_equal(other, first, bytes);
        free(other);
    }
    free(first);
}

static void chosen_kernels(void **state) {
    (void)state;
    assert_garbage_changes_no_bit("");
}

/* On a CPU: without Winograd, and pooling's gradient for any windows. */
static void vector_kernels(void **state) {
    (void)state;
    assert_garbage_changes_no_bit("cpu_vector");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chosen_kernels),
        cmocka_unit_test(vector_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

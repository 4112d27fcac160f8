/* Timelines and traces: how idle time is counted, and what the file holds. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "base/file.h"
#include "graph/trace.h"
#include "support/device.h"
#include "support/nets.h"
#include "support/scratch.h"
#include "train/train.h"

/* Times that no double could be off by: nanoseconds in whole numbers far from zero. */
#define ZERO_NS INT64_C(1700000000000000000)

static struct cln_command_times ran(int64_t from_us, int64_t to_us) {
    int64_t from = ZERO_NS + from_us * 1000;
    return (struct cln_command_times){.waited_from_ns = from - 3000,
                                      .enqueue_began_ns = from - 3000,
                                      .enqueue_ended_ns = from - 2000,
                                      .queued_ns = from - 2500,
                                      .submitted_ns = from - 1000,
                                      .started_ns = from,
                                      .ended_ns = ZERO_NS + to_us * 1000};
}

static struct cln_timeline_use measure(struct cln_command_times *rows, int replays, int launches) {
    const struct cln_timeline timeline = {rows, replays, launches};
    struct cln_timeline_use use;
    TEST_OK(cln_timeline_measure(&timeline, &use));
    return use;
}

/* The tolerance is a rounding of the last digit: times are whole nanoseconds. */
static void assert_use(struct cln_timeline_use use, double span_us, double busy_us) {
    assert_true(fabs(use.span_seconds * 1e6 - span_us) < 1e-6);
    assert_true(fabs(use.busy_seconds * 1e6 - busy_us) < 1e-6);
}

static void idle_time_is_what_no_launch_covers(void **state) {
    (void)state;
    /* Two replays of two launches: 5 us between launches, 10 us between replays. */
    struct cln_command_times apart[] = {ran(0, 20), ran(25, 40), ran(50, 70), ran(75, 90)};
    assert_use(measure(apart, 2, 2), 90, 70);
    /* Launches that overlap, one within another, and out of order count once. */
    struct cln_command_times overlapping[] = {ran(10, 30), ran(0, 20), ran(12, 15), ran(40, 41)};
    assert_use(measure(overlapping, 1, 4), 41, 31);
    struct cln_command_times touching[] = {ran(0, 20), ran(20, 40)};
    assert_use(measure(touching, 2, 1), 40, 40);
    assert_use(measure(NULL, 0, 2), 0, 0);
}

static double number(const cJSON *event, const char *key) {
    const cJSON *item = cJSON_GetObjectItem(event, key);
    assert_true(cJSON_IsNumber(item));
    return item->valuedouble;
}

static const char *text(const cJSON *event, const char *key) {
    const cJSON *item = cJSON_GetObjectItem(event, key);
    assert_true(cJSON_IsString(item));
    return item->valuestring;
}

static cJSON *written(struct cln_trace *trace, const char *path) {
    char *bytes;
    size_t length;
    TEST_OK(cln_trace_write(trace, path));
    TEST_OK(cln_file_read(path, &bytes, &length));
    cJSON *events = cJSON_ParseWithLength(bytes, length);
    free(bytes);
    assert_true(cJSON_IsArray(events));
    return events;
}

/* Slices in the order of the file; returns how many there are on the track. */
static int check_track(const cJSON *events, int process, int track, double *sum_us) {
    double end = -1;
    int count = 0;
    *sum_us = 0;
    for (const cJSON *event = events->child; event; event = event->next) {
        if (strcmp(text(event, "ph"), "X") || number(event, "pid") != process ||
            number(event, "tid") != track)
            continue;
        double begin = number(event, "ts"), length = number(event, "dur");
        /* Times in the file are microseconds as doubles, good to far below a nanosecond. */
        assert_true(begin >= end - 1e-6 && length >= 0);
        end = begin + length;
        *sum_us += length;
        count++;
    }
    return count;
}

static void names_kernels_and_figures_are_in_the_file(void **state) {
    (void)state;
    char *folder = scratch_make();
    char *path = cln_path_join(folder, "trace.json");
    struct cln_command_times rows[] = {ran(0, 20), ran(25, 40), ran(50, 60)};
    const struct cln_timeline timeline = {rows, 1, 3};
    const struct cln_launch_info launches[] = {
        {"a", "conv2d", "cpu_vector", "pack", 0, 640, true, 0},
        {"a", "conv2d", "cpu_vector", "conv", 3e6, 1000, true, 0},
        {"say \"b\"", "pool", "reference", "pool", 10, 100, false, 0}};
    struct cln_trace *trace;
    TEST_OK(cln_trace_create(&trace));
    TEST_OK(cln_trace_add(trace, "net \"1\"", &timeline, launches));
    TEST_OK(cln_trace_add(trace, "other", &timeline, launches));
    cJSON *events = written(trace, path);
    double sum;
    for (int process = 1; process <= 2; process++) {
        assert_int_equal(check_track(events, process, 1, &sum), 3); /* host */
        assert_int_equal(check_track(events, process, 2, &sum), 1); /* steps */
        assert_true(fabs(sum - 60) < 1e-3);
        assert_int_equal(check_track(events, process, 3, &sum), 3); /* launches */
        assert_true(fabs(sum - 45) < 1e-3);
    }
    const char *const names[] = {"a: pack", "a: conv", "say \"b\""};
    const double begins[] = {3, 28, 53}; /* the host was 3 us ahead of the device */
    int found = 0;
    for (const cJSON *event = events->child; event; event = event->next) {
        if (!strcmp(text(event, "ph"), "M") && !strcmp(text(event, "name"), "process_name") &&
            number(event, "pid") == 1)
            assert_string_equal(text(cJSON_GetObjectItem(event, "args"), "name"), "net \"1\"");
        if (strcmp(text(event, "ph"), "X") || number(event, "tid") != 3 || found == 3)
            continue;
        assert_string_equal(text(event, "name"), names[found]);
        assert_true(fabs(number(event, "ts") - begins[found]) < 1e-3);
        const cJSON *args = cJSON_GetObjectItem(event, "args");
        assert_string_equal(text(args, "kernel"), launches[found].kernel);
        if (found++ == 1) /* 3e6 flops in 15 us */
            assert_true(fabs(number(args, "GFLOP/s") - 200) < 1e-9);
    }
    assert_int_equal(found, 3);
    cJSON_Delete(events);
    cln_trace_free(trace);
    free(path);
    scratch_remove(folder);
}

static struct cln_trainer *profiled_trainer(struct cln_experiment *experiment,
                                            struct cln_dataset *data) {
    struct cln_trainer *trainer;
    const struct cln_train_job job = {.model = &experiment->cells[0].model,
                                      .dataset = data,
                                      .train = {.epochs = 1, .batch = 16, .seed = 3},
                                      .profile = true};
    TEST_OK(cln_trainer_create(test_context(), &job, &trainer));
    return trainer;
}

/* Every command of every replay in the order things happen to it, on one clock for all. */
static void check_rows(const struct cln_timeline *timeline) {
    for (int i = 0; i < timeline->replays * timeline->launches; i++) {
        const struct cln_command_times *t = &timeline->rows[i];
        assert_true(t->waited_from_ns <= t->enqueue_began_ns);
        assert_true(t->enqueue_began_ns <= t->enqueue_ended_ns);
        assert_true(t->enqueue_began_ns <= t->queued_ns);
        assert_true(t->queued_ns <= t->submitted_ns && t->submitted_ns <= t->started_ns);
        assert_true(t->started_ns <= t->ended_ns);
        if (i) /* one host thread, one in-order queue */
            assert_true(t[-1].enqueue_ended_ns <= t->waited_from_ns &&
                        t[-1].ended_ns <= t->started_ns);
    }
}

static void steps_of_a_device_make_a_timeline(void **state) {
    (void)state;
    struct cln_experiment *experiment =
        test_experiment("{m: {layers: [flatten, {dense: {units: 10, activation: softmax}}],"
                        " optimizer: sgd}}");
    struct cln_dataset *few = test_images(48, 16), *many = test_images(16 * 11, 16);
    struct cln_trainer *trainer = profiled_trainer(experiment, few);
    struct cln_timeline timeline;
    double seconds;
    TEST_OK(cln_plan_timeline(cln_trainer_step_plan(trainer), &timeline));
    assert_int_equal(timeline.replays, 0);
    free(timeline.rows);
    TEST_OK(cln_trainer_time_pass(trainer, true, &seconds));
    TEST_OK(cln_plan_timeline(cln_trainer_step_plan(trainer), &timeline));
    assert_int_equal(timeline.replays, 3);
    check_rows(&timeline);
    struct cln_timeline_use use;
    TEST_OK(cln_timeline_measure(&timeline, &use));
    assert_true(0 < use.busy_seconds && use.busy_seconds <= use.span_seconds);
    /* The pass holds its steps, by another clock: clocks agree to a part in a thousand. */
    assert_true(use.span_seconds <= 3 * seconds * 1.001);
    free(timeline.rows);
    cln_trainer_free(trainer);
    trainer = profiled_trainer(experiment, many); /* more steps than are kept */
    TEST_OK(cln_trainer_time_pass(trainer, true, &seconds));
    TEST_OK(cln_plan_timeline(cln_trainer_step_plan(trainer), &timeline));
    assert_int_equal(timeline.replays, CLN_PROFILED_REPLAYS);
    check_rows(&timeline);
    free(timeline.rows);
    cln_trainer_free(trainer);
    test_images_free(few);
    test_images_free(many);
    cln_experiment_free(experiment);
}

static int allocations_left;

static void *scarce(size_t bytes) {
    return allocations_left-- > 0 ? malloc(bytes) : NULL;
}

/* Every allocation of the trace fails once: it is told, and nothing is lost in silence. */
static void memory_that_runs_out_is_told(void **state) {
    (void)state;
    struct cln_command_times rows[] = {ran(0, 20), ran(25, 40)};
    const struct cln_timeline timeline = {rows, 1, 2};
    const struct cln_launch_info launches[2] = {{.node = "a", .op = "dense", .kernel = "k"},
                                                {.node = "b", .op = "dense", .kernel = "k"}};
    enum cln_status status = CLN_MEMORY;
    int count = 0;
    for (; status != CLN_OK && count < 10000; count++) {
        cJSON_Hooks hooks = {scarce, free};
        struct cln_trace *trace;
        TEST_OK(cln_trace_create(&trace));
        allocations_left = count;
        cJSON_InitHooks(&hooks);
        status = cln_trace_add(trace, "net", &timeline, launches);
        cJSON_InitHooks(NULL);
        assert_true(status == CLN_OK || status == CLN_MEMORY);
        cln_trace_free(trace);
    }
    assert_int_equal(status, CLN_OK);
    assert_true(count > 50); /* there is that much in it */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idle_time_is_what_no_launch_covers),
        cmocka_unit_test(names_kernels_and_figures_are_in_the_file),
        cmocka_unit_test(steps_of_a_device_make_a_timeline),
        cmocka_unit_test(memory_that_runs_out_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

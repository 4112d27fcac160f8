/* What workers and supervisors say comes across as it was meant, whatever the texts hold. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "run/message.h"

/* Prints and parses; the texts belong to `*memory`. */
static struct cln_message carry(const struct cln_message *message, cJSON **memory) {
    struct cln_text line = {0};
    struct cln_message out;
    cln_message_print(message, &line);
    assert_false(line.failed);
    assert_ptr_equal(strchr(line.chars, '\n'), line.chars + line.length - 1); /* one line */
    line.chars[line.length - 1] = '\0';
    assert_true(cln_message_parse(line.chars, &out, memory));
    assert_int_equal(out.type, message->type);
    cln_text_free(&line);
    return out;
}

static void jobs_come_across(void **state) {
    (void)state;
    const struct cln_message job = {.type = CLN_MESSAGE_JOB,
                                    .job = {.folder = "a \"folder\"\n\xc3\xa9",
                                            .config = "name: x\ntrain: {epochs: 2}\n",
                                            .id = "0123456789abcdef",
                                            .device = 3,
                                            .device_name = "D",
                                            .platform = "P",
                                            .data_dir = NULL,
                                            .trace = "t.json",
                                            .avoid = "conv2d=cpu_vector,dense=gpu_local",
                                            .checkpoint_seconds = 0.1,
                                            .progress = true}};
    cJSON *memory;
    struct cln_message out = carry(&job, &memory);
    assert_string_equal(out.job.folder, job.job.folder);
    assert_string_equal(out.job.config, job.job.config);
    assert_string_equal(out.job.id, job.job.id);
    assert_int_equal(out.job.device, 3);
    assert_string_equal(out.job.device_name, "D");
    assert_string_equal(out.job.platform, "P");
    assert_null(out.job.data_dir);
    assert_string_equal(out.job.trace, "t.json");
    assert_string_equal(out.job.avoid, job.job.avoid);
    assert_true(out.job.checkpoint_seconds == 0.1 && out.job.progress);
    cJSON_Delete(memory);
}

/* That nothing is to be avoided is something else than that nobody has looked. */
static void what_a_device_is_like_comes_across(void **state) {
    (void)state;
    const struct cln_message right = {.type = CLN_MESSAGE_TESTED, .avoid = ""};
    const struct cln_message job = {.type = CLN_MESSAGE_JOB};
    cJSON *memory;
    assert_string_equal(carry(&right, &memory).avoid, "");
    cJSON_Delete(memory);
    assert_null(carry(&job, &memory).job.avoid);
    cJSON_Delete(memory);
}

static void figures_come_across_to_the_bit(void **state) {
    (void)state;
    const struct cln_message epoch = {.type = CLN_MESSAGE_EPOCH,
                                      .epoch = {.epoch = 7,
                                                .seconds = 1e-3,
                                                .loss = NAN,
                                                .accuracy = 1.0 / 3,
                                                .val_loss = 1e300,
                                                .val_accuracy = 0.1,
                                                .has_test = true,
                                                .test_loss = 2,
                                                .test_accuracy = 1}};
    cJSON *memory;
    struct cln_message out = carry(&epoch, &memory);
    assert_int_equal(out.epoch.epoch, 7);
    assert_true(isnan(out.epoch.loss));
    assert_true(out.epoch.accuracy == 1.0 / 3 && out.epoch.val_loss == 1e300);
    assert_true(out.epoch.has_test && out.epoch.test_accuracy == 1);
    cJSON_Delete(memory);
}

static void an_end_tells_all(void **state) {
    (void)state;
    const struct cln_message end = {
        .type = CLN_MESSAGE_END,
        .end = {.status = CLN_OPENCL, .message = "m", .detail = "line 1\nline 2\t\x01\n"}};
    cJSON *memory;
    struct cln_message out = carry(&end, &memory);
    assert_int_equal(out.end.status, CLN_OPENCL);
    assert_string_equal(out.end.message, "m");
    assert_string_equal(out.end.detail, end.end.detail);
    cJSON_Delete(memory);
}

static void what_is_no_message_is_refused(void **state) {
    (void)state;
    static const char *const lines[] = {
        "", "{", "[]", "{}", "{\"type\":\"nonesuch\"}", "{\"type\":7}", "warning: a driver prints"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct cln_message out;
        cJSON *memory;
        assert_false(cln_message_parse(lines[i], &out, &memory));
        cJSON_Delete(memory);
    }
    /* and what it should say but does not is zero, not left as it was */
    struct cln_message out;
    cJSON *memory;
    memset(&out, 0xff, sizeof out);
    assert_true(cln_message_parse("{\"type\":\"progress\"}", &out, &memory));
    assert_int_equal(out.progress.step, 0);
    assert_true(isnan(out.progress.loss));
    cJSON_Delete(memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_come_across),
        cmocka_unit_test(what_a_device_is_like_comes_across),
        cmocka_unit_test(figures_come_across_to_the_bit),
        cmocka_unit_test(an_end_tells_all),
        cmocka_unit_test(what_is_no_message_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* `clnoise predict MODEL IMAGE...`: what a trained net takes PNG files for. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json_put.h"
#include "base/utf8.h"
#include "cli/json_print.h"
#include "cli/trained_net.h"
#include "clnoise/version.h"
#include "data/own.h"
#include "data/png_convert.h"
#include "train/evaluate.h"

struct predict {
    const struct cln_options *options;
    struct cln_trained_net net;
    struct cln_png size;     /* that the net takes */
    struct cln_dataset data; /* the images as a test set */
    float *probabilities;    /* (images, classes) */
};

static const char *path_of(const struct predict *predict, uint32_t image) {
    return predict->options->operands[1 + image];
}

#define SHOWN_SIZE 1024

/* The path as a terminal may be given it. */
static const char *shown_path(const struct predict *predict, uint32_t image,
                              char shown[SHOWN_SIZE]) {
    snprintf(shown, SHOWN_SIZE, "%s", path_of(predict, image));
    cln_utf8_disarm(shown, false);
    return shown;
}

/* Whether what stands around the picture is brighter than half. */
static bool has_bright_edge(const uint8_t *image, const struct cln_png *size) {
    uint64_t sum = 0, count = 0;
    for (uint32_t y = 0; y < size->height; y++)
        for (uint32_t x = 0; x < size->width; x++)
            if (!y || !x || y + 1 == size->height || x + 1 == size->width) {
                sum += image[(size_t)y * size->width + x];
                count++;
            }
    return sum > count * 127;
}

/* The published sets of grey images are all bright on black. */
static void warn_inverted(const struct predict *predict, uint32_t image, const uint8_t *values) {
    const struct cln_data_spec *data = &predict->net.trained->cell->data;
    if (predict->size.channels != 1 || cln_data_spec_is_own(data) ||
        !has_bright_edge(values, &predict->size))
        return;
    char shown[SHOWN_SIZE];
    fprintf(stderr,
            "clnoise: warning: %s is dark on bright, but %s, which the net was trained on, is "
            "bright on black; %s\n",
            shown_path(predict, image, shown), data->dataset,
            predict->options->invert ? "it is so because of --invert" : "--invert turns it round");
}

static enum cln_status fit(const struct predict *predict, const char *path,
                           const struct cln_png *head, const uint8_t *values, uint8_t *to) {
    const struct cln_png *size = &predict->size;
    const size_t elems = (size_t)size->height * size->width * size->channels;
    if (head->height == size->height && head->width == size->width)
        memcpy(to, values, elems);
    else if (predict->options->resize)
        cln_image_resize(values, head, size, to);
    else
        return CLN_FAIL(DATA,
                        "%s: %lu pixels wide and %lu high; accepted: %lux%lu, which the net takes, "
                        "or --resize",
                        path, (unsigned long)head->width, (unsigned long)head->height,
                        (unsigned long)size->width, (unsigned long)size->height);
    for (size_t i = 0; i < elems && predict->options->invert; i++)
        to[i] = (uint8_t)(255 - to[i]);
    return CLN_OK;
}

static enum cln_status read_image(const struct predict *predict, uint32_t image, uint8_t *to) {
    const char *path = path_of(predict, image);
    char *bytes;
    size_t length;
    struct cln_png head;
    uint8_t *values;
    CLN_TRY(cln_file_read(path, &bytes, &length));
    enum cln_status status = cln_png_convert(path, (const uint8_t *)bytes, length,
                                             predict->size.channels, &head, &values);
    free(bytes);
    CLN_TRY(status);
    status = fit(predict, path, &head, values, to);
    free(values);
    if (status == CLN_OK)
        warn_inverted(predict, image, to);
    return status;
}

static enum cln_status read_images(struct predict *predict) {
    const struct cln_trained *trained = predict->net.trained;
    const struct cln_data_facts *facts = &trained->facts;
    const uint32_t count = (uint32_t)predict->options->operand_count - 1;
    const size_t elems = (size_t)(facts->height * facts->width * facts->channels);
    predict->size = (struct cln_png){(uint32_t)facts->height, (uint32_t)facts->width,
                                     (uint32_t)facts->channels};
    predict->data = (struct cln_dataset){.name = "the images given",
                                         .height = predict->size.height,
                                         .width = predict->size.width,
                                         .channels = predict->size.channels,
                                         .classes = (uint32_t)facts->classes,
                                         .class_names = trained->class_names,
                                         .test = {.count = count}};
    predict->data.test.images = malloc(elems * count);
    predict->data.test.labels = calloc(count, 1);
    predict->probabilities = calloc(count, (size_t)facts->classes * sizeof(float));
    if (!predict->data.test.images || !predict->data.test.labels || !predict->probabilities)
        return CLN_FAIL(MEMORY, "out of memory for %lu images", (unsigned long)count);
    for (uint32_t i = 0; i < count; i++)
        CLN_TRY(read_image(predict, i, predict->data.test.images + i * elems));
    return CLN_OK;
}

/* The likeliest class other than `but`, the lower number of equals; -1: the net gives no number. */
static int likeliest(const float *probabilities, uint32_t classes, int but) {
    int best = -1;
    for (int c = 0; c < (int)classes; c++)
        if (c != but && !isnan(probabilities[c]) &&
            (best < 0 || probabilities[c] > probabilities[best]))
            best = c;
    return best;
}

static int longest_name(const struct predict *predict) {
    int width = 5;
    for (uint32_t c = 0; c < predict->data.classes; c++) {
        const int columns = cln_utf8_columns(predict->data.class_names[c]);
        width = columns > width ? columns : width;
    }
    return width;
}

/* None where all the probabilities are lost. */
static void print_class(const struct cln_dataset *data, int class, const float *probabilities,
                        int width) {
    printf("  ");
    cln_utf8_print(stdout, class < 0 ? "-" : data->class_names[class], width);
    printf("  %11.4f", class < 0 ? (double)NAN : (double)probabilities[class]);
}

static void print_table(const struct predict *predict) {
    const struct cln_dataset *data = &predict->data;
    const int width = longest_name(predict);
    char shown[SHOWN_SIZE];
    int image_width = 5;
    for (uint32_t i = 0; i < data->test.count; i++)
        if (cln_utf8_columns(shown_path(predict, i, shown)) > image_width)
            image_width = cln_utf8_columns(shown);
    printf("%-*s  %-*s  %11s  %-*s  %11s\n", image_width, "image", width, "class", "probability",
           width, "next", "probability");
    for (uint32_t i = 0; i < data->test.count; i++) {
        const float *row = predict->probabilities + (size_t)i * data->classes;
        const int best = likeliest(row, data->classes, -1);
        const int next = best < 0 ? -1 : likeliest(row, data->classes, best);
        cln_utf8_print(stdout, shown_path(predict, i, shown), image_width);
        print_class(data, best, row, width);
        print_class(data, next, row, width);
        printf("\n");
    }
}

static cJSON *image_json(const struct predict *predict, uint32_t image) {
    const struct cln_dataset *data = &predict->data;
    const float *row = predict->probabilities + (size_t)image * data->classes;
    const int best = likeliest(row, data->classes, -1);
    cJSON *json = cJSON_CreateObject(), *all = cJSON_CreateArray();
    cln_json_put_text(json, "image", path_of(predict, image));
    if (best < 0) {
        cln_json_put(json, "predicted", cJSON_CreateNull());
        cln_json_put(json, "class", cJSON_CreateNull());
    } else {
        cln_json_put_number(json, "predicted", best);
        cln_json_put_text(json, "class", data->class_names[best]);
    }
    for (uint32_t c = 0; c < data->classes; c++)
        cln_json_put_number(all, NULL, (double)row[c]);
    cln_json_put(json, "probabilities", all);
    return json;
}

static enum cln_status print_json(const struct predict *predict) {
    const struct cln_trained *trained = predict->net.trained;
    cJSON *json = cJSON_CreateObject(), *names = cJSON_CreateArray(), *images = cJSON_CreateArray();
    cln_json_put_text(json, "clnoise", cln_version());
    cln_json_put_text(json, "path", trained->path);
    cln_json_put_text(json, "cell", trained->cell_id);
    cln_json_put_text(json, "model", trained->cell->model.name);
    for (uint32_t c = 0; c < predict->data.classes; c++)
        cln_json_put_text(names, NULL, trained->class_names[c]);
    cln_json_put(json, "class_names", names);
    for (uint32_t i = 0; i < predict->data.test.count; i++)
        cln_json_put(images, NULL, image_json(predict, i));
    cln_json_put(json, "images", images);
    const enum cln_status status = cln_print_json(json);
    cJSON_Delete(json);
    return status;
}

static enum cln_status run_predict(struct predict *predict) {
    CLN_TRY(cln_trained_net_open(predict->options, NULL, 0, &predict->net));
    CLN_TRY(read_images(predict));
    CLN_TRY(cln_trained_net_start(predict->options, &predict->data, &predict->net));
    CLN_TRY(cln_trainer_predict(predict->net.trainer, 0, predict->probabilities));
    if (predict->options->json)
        return print_json(predict);
    print_table(predict);
    return CLN_OK;
}

static enum cln_status run(const struct cln_options *options) {
    struct predict predict = {.options = options};
    enum cln_status status = run_predict(&predict);
    cln_trained_net_done(&predict.net);
    free(predict.data.test.images);
    free(predict.data.test.labels);
    free(predict.probabilities);
    return status;
}

static const struct cln_option options[] = {
    CLN_OPTION_SEVERAL("--cell", "ID", cell,
                       "which net of a run's folder; the beginning of an id is enough"),
    CLN_OPTION_DEVICE,
    CLN_OPTION("--invert", NULL, invert, "turn dark on bright into bright on dark"),
    CLN_OPTION("--resize", NULL, resize, "scale images of other sizes to what the net takes"),
    CLN_OPTION_JSON,
    CLN_OPTION_END,
};

const struct cln_command cln_command_predict = {
    .name = "predict",
    .help = "show what a trained net takes PNG images for",
    .operands = "MODEL IMAGE.png [IMAGE.png ...]",
    .min_operands = 2,
    .max_operands = -1,
    .details =
        "MODEL is a model.safetensors, the folder of a cell, or the folder of a run and --cell.\n"
        "For each image: the class, its probability, and the next class. Colour becomes grey, or\n"
        "grey colour, as the net takes it. MNIST and its like are bright on black: --invert turns\n"
        "a scan of ink on paper round. No noise is added. Needs no data set.\n",
    .examples = "clnoise predict runs/sweep/cells/ID/model.safetensors seven.png\n"
                "clnoise predict runs/sweep --cell ID --invert --resize scans/*.png --json",
    .options = options,
    .run = run,
};

#include "cli/show_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/utf8.h"
#include "data/noise.h"

#define HASH_DIGITS 16
#define GREY        128

struct row {
    double mean, deviation;
    char hash[HASH_DIGITS + 1];
};

void cln_show_print_noise(const struct cln_noise_spec *noise) {
    printf("%s noise, scale %g%s\n", cln_noise_kind_names[noise->kind], noise->scale,
           noise->clip ? ", clipped" : "");
}

/* Mean and deviation of what the noise adds to the image, as it is loaded. */
static void measure(const struct cln_shown_images *images, uint32_t index,
                    const struct cln_noise_spec *noise, float *values, struct row *row) {
    const size_t elems = cln_shown_elems(images);
    const uint8_t *pixels = images->images + index * elems;
    double sum = 0, squares = 0;
    cln_shown_noisy(images, index, noise, values);
    for (size_t i = 0; i < elems; i++)
        sum += (double)values[i] - (double)((float)pixels[i] / 255.0f);
    row->mean = sum / (double)elems;
    for (size_t i = 0; i < elems; i++) {
        const double away = (double)values[i] - (double)((float)pixels[i] / 255.0f) - row->mean;
        squares += away * away;
    }
    row->deviation = sqrt(squares / (double)elems);
}

/* What the noise makes of grey depends on nothing but the noise. */
static enum cln_status hash_noise(const struct cln_shown_images *images, uint32_t index,
                                  const struct cln_noise_spec *noise, const uint8_t *grey,
                                  float *values, struct row *row) {
    const size_t elems = cln_shown_elems(images);
    const uint32_t number = images->samples ? images->samples[index] : index;
    struct cln_shown_images one = *images;
    struct cln_noise_spec plain = *noise;
    char hex[CLN_SHA256_HEX_SIZE];
    one.images = grey;
    one.samples = &number;
    plain.clip = false;
    cln_shown_noisy(&one, 0, &plain, values);
    unsigned char *bytes = malloc(4 * elems);
    if (!bytes)
        return CLN_FAIL(MEMORY, "out of memory for the noise of an image");
    for (size_t i = 0; i < elems; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        for (int k = 0; k < 4; k++)
            bytes[4 * i + (size_t)k] = (unsigned char)(bits >> 8 * k);
    }
    enum cln_status status = cln_sha256(bytes, 4 * elems, hex);
    free(bytes);
    CLN_TRY(status);
    memcpy(row->hash, hex, HASH_DIGITS);
    row->hash[HASH_DIGITS] = '\0';
    return CLN_OK;
}

/* How many of the hashes are different. */
static uint32_t count_different(const struct row *rows, uint32_t count) {
    uint32_t different = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t k = 0;
        while (k < i && strcmp(rows[k].hash, rows[i].hash) != 0)
            k++;
        different += k == i;
    }
    return different;
}

static void print_verdict(const struct row *rows, uint32_t count, const uint32_t *picks) {
    const uint32_t different = count_different(rows, count);
    if (count == 1)
        printf("One image, one noise; show more of them to compare.\n");
    else
        printf("%lu images, %s%lu different noise%s.\n", (unsigned long)count,
               different < count ? "but only " : "", (unsigned long)different,
               different == 1 ? "" : "s");
    for (uint32_t i = 0; i < count && different < count; i++)
        for (uint32_t k = 0; k < i; k++)
            if (!strcmp(rows[i].hash, rows[k].hash))
                printf("Images #%lu and #%lu have the same.\n", (unsigned long)picks[k],
                       (unsigned long)picks[i]);
}

#define NAME_COLUMNS 24

static enum cln_status table(const struct cln_shown_images *images, const uint32_t *picks,
                             uint32_t count, const char *const *class_names,
                             const struct cln_noise_spec *noise, const uint8_t *grey, float *values,
                             struct row *rows) {
    cln_show_print_noise(noise);
    printf("  %-*s %10s %10s  %s\n", NAME_COLUMNS, "image", "mean", "deviation", "noise hash");
    for (uint32_t i = 0; i < count; i++) {
        char name[4 * NAME_COLUMNS + 1];
        measure(images, picks[i], noise, values, &rows[i]);
        CLN_TRY(hash_noise(images, picks[i], noise, grey, values, &rows[i]));
        snprintf(name, sizeof name, "#%lu: %s", (unsigned long)picks[i],
                 class_names[images->labels[picks[i]]]);
        printf("  ");
        cln_utf8_print(stdout, name, NAME_COLUMNS);
        printf(" %+10.4f %10.4f  %s\n", rows[i].mean, rows[i].deviation, rows[i].hash);
    }
    print_verdict(rows, count, picks);
    return CLN_OK;
}

enum cln_status cln_show_table(const struct cln_shown_images *images, const uint32_t *picks,
                               uint32_t pick_count, const char *const *class_names,
                               const struct cln_noise_spec *noises, size_t noise_count) {
    const size_t elems = cln_shown_elems(images);
    float *values = malloc(elems * sizeof *values);
    uint8_t *grey = malloc(elems);
    struct row *rows = calloc((size_t)pick_count + 1, sizeof *rows);
    enum cln_status status = CLN_OK;
    if (!values || !grey || !rows)
        status = CLN_FAIL(MEMORY, "out of memory for the noise of an image");
    else
        memset(grey, GREY, elems);
    for (size_t n = 0; n < noise_count && status == CLN_OK; n++) {
        if (n)
            putchar('\n');
        status = table(images, picks, pick_count, class_names, &noises[n], grey, values, rows);
    }
    if (status == CLN_OK && noise_count == 0)
        printf("There is no noise in these cells: every scale is 0.\n");
    free(values);
    free(grey);
    free(rows);
    return status;
}

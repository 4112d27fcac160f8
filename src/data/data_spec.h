/*
 * The `data` section of an experiment file. Plain data, described by field rows elsewhere.
 *
 * It names either a published data set, or files of the user's own: four arrays, or a folder of
 * images. Whoever trains needs their shape before they are read; it is found out once, when the
 * experiment is loaded, and stands in its resolved configuration from then on.
 */
#ifndef CLN_DATA_DATA_SPEC_H
#define CLN_DATA_DATA_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/field.h"

/* What is known of a data set without its images. */
struct cln_data_facts {
    int64_t height, width, channels, classes;
    int64_t train_count, test_count; /* of images, before any limit */
};

struct cln_data_spec {
    char dataset[CLN_FIELD_TEXT_SIZE];   /* "mnist"; or what to call the user's own files */
    char otherwise[CLN_FIELD_TEXT_SIZE]; /* taken when the first is not to be had; "": none */
    int64_t train_limit;                 /* only the first so many images; 0: all */
    int64_t test_limit;
    int64_t validation; /* training images set aside, see data/split.h; 0: none */
    int64_t split_seed; /* which of them */

    /* The user's own; "" if not given. */
    char train_images[CLN_FIELD_TEXT_SIZE], train_labels[CLN_FIELD_TEXT_SIZE];
    char test_images[CLN_FIELD_TEXT_SIZE], test_labels[CLN_FIELD_TEXT_SIZE];
    char folder[CLN_FIELD_TEXT_SIZE];
    char relative_to[CLN_FIELD_TEXT_SIZE]; /* where paths begin that are not absolute */
    struct cln_data_facts facts;           /* of the user's own; zeros: to be found out */
};

/* Whether it names files of the user's own. */
bool cln_data_spec_is_own(const struct cln_data_spec *spec);

/* Whether the same images are meant. */
bool cln_data_spec_equal(const struct cln_data_spec *a, const struct cln_data_spec *b);

#endif

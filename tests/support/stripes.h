/*
 * A data set of the user's own, small enough for hundreds of trainings: 40 training and 12 test
 * images of 4 x 4 pixels with stripes, upright where the label is 1.
 */
#ifndef TEST_SUPPORT_STRIPES_H
#define TEST_SUPPORT_STRIPES_H

#define STRIPES_TRAIN 40
#define STRIPES_TEST  12

/* The section `data` of an experiment file in the same folder. */
#define STRIPES_DATA                                                                               \
    "data: {dataset: stripes, train_images: a.npy, train_labels: b.npy, test_images: c.npy, "      \
    "test_labels: d.npy}\n"

/* Writes the four files into the folder; fails the test when that fails. */
void stripes_write(const char *folder);

#endif

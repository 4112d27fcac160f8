/*
 * The data set on the device, as the bytes it was published in: slots of the store that the load op
 * reads. There from the beginning; only the training order changes, once an epoch.
 *
 *     data.train.images  uchar (count, height, width, channels)    data.test.images
 *     data.train.labels  uchar (count)                             data.test.labels
 *     data.train.order   uint (trained on), a permutation of them  data.test.order, 0..count-1
 *     data.validation.order  uint (set aside), numbers among the training images, ascending
 */
#ifndef CLN_DATA_DEVICE_DATA_H
#define CLN_DATA_DEVICE_DATA_H

#include <stdint.h>

#include "data/dataset.h"
#include "data/split.h"
#include "runtime/store.h"

#define CLN_SLOT_TRAIN_IMAGES     "data.train.images"
#define CLN_SLOT_TRAIN_LABELS     "data.train.labels"
#define CLN_SLOT_TRAIN_ORDER      "data.train.order"
#define CLN_SLOT_VALIDATION_ORDER "data.validation.order"
#define CLN_SLOT_TEST_IMAGES      "data.test.images"
#define CLN_SLOT_TEST_LABELS      "data.test.labels"
#define CLN_SLOT_TEST_ORDER       "data.test.order"

/*
 * Makes the slots of images and labels. Blocks. On a CPU they are the data set's own memory, so it
 * must outlive the store.
 */
enum cln_status cln_device_data_lend(struct cln_store *store, const struct cln_dataset *dataset);

/* Makes the slots of the orders: the numbers of the split, ascending at first, and 0..count-1 of
 * the test set. What has no images has no slot. Blocks. */
enum cln_status cln_device_data_order(struct cln_store *store, const struct cln_dataset *dataset,
                                      const struct cln_split *split);

/* Writes the order in which this epoch (counted from 0) takes the images that are trained on.
 * Blocks. The same (seed, epoch, split) gives the same order on every machine. */
enum cln_status cln_device_data_shuffle(struct cln_store *store, const struct cln_split *split,
                                        uint64_t seed, uint32_t epoch);

#endif

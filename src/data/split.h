/*
 * Which training images are trained on, and which are set aside for validation.
 *
 * The split is stratified: of each class as large a share is set aside as of all images, within one
 * image (largest remainders, the lower class first among equals). Within a class every image has a
 * 64-bit Philox number that depends on `seed` and its own number alone, and those with the smallest
 * are set aside. So the split is a matter of labels, sizes and `seed`; where each class has more
 * set aside, it contains what was set aside before.
 */
#ifndef CLN_DATA_SPLIT_H
#define CLN_DATA_SPLIT_H

#include <stdint.h>

#include "base/error.h"

struct cln_split {
    uint32_t *train, *validation; /* numbers of samples, ascending; owned */
    uint32_t train_count, validation_count;
};

/*
 * Splits the samples 0..count-1 by their labels, each below 256. CLN_CONFIG unless some images are
 * left to be trained on. `validation` 0: all are. Free with cln_split_done(), also after a failure.
 */
enum cln_status cln_split_make(const uint8_t *labels, uint32_t count, int64_t validation,
                               uint64_t seed, struct cln_split *out);
void cln_split_done(struct cln_split *split);

#endif

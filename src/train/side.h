/*
 * The sides of a training: which images a graph takes, and which noise they get.
 *
 * Validation images are set aside from the training images (data/split.h); without them validation
 * is done on the test set, as the Keras notebook did. What is not trained on has the noise scale of
 * the test. Each side has a random stream of its own, and an image has its number in the file it
 * comes from, so that its noise depends on neither split nor batch.
 */
#ifndef CLN_TRAIN_SIDE_H
#define CLN_TRAIN_SIDE_H

#include "data/noise_spec.h"
#include "model/model.h"

enum cln_side { CLN_SIDE_TRAIN, CLN_SIDE_VALIDATION, CLN_SIDE_TEST };
#define CLN_SIDES 3

/* Slots, streams and noise of one side. `images` lie in its slot, `places` of them are taken. */
struct cln_model_source cln_side_source(enum cln_side side, const struct cln_noise_spec *noise,
                                        size_t images, size_t places);

#endif

/*
 * What a trained net makes of the test set at a noise scale: loss, confusion matrix, and the
 * mistakes it was surest of.
 */
#ifndef CLN_TRAIN_EVALUATE_H
#define CLN_TRAIN_EVALUATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define CLN_MOST_MISTAKES 16

struct cln_trainer;
struct cln_train_observer;

struct cln_mistake {
    uint32_t sample; /* its number in the test set */
    uint32_t label, predicted;
    double probability; /* of `predicted` */
};

struct cln_evaluation {
    double noise_scale;
    double loss, accuracy; /* as of an epoch, to the last bit; loss NaN if not a number */
    uint32_t correct, count, classes;
    /* (classes, classes): rows are labels, columns what was predicted. Samples for which the net
     * gives no number, or whose label is no class, are not in it. */
    uint32_t *confusion;
    struct cln_mistake mistakes[CLN_MOST_MISTAKES]; /* the surest first */
    int mistake_count;
};

/*
 * Runs the test set through the net, with noise of this scale, dropout off; blocks. The noise is
 * that of the job's kind and seed, of the last epoch of the job where each has its own draw; so it
 * depends on neither what was trained before nor on the batch. At the job's own test scale loss and
 * accuracy are those of the test set in the last epoch. The observer may be NULL; it is told of the
 * progress, of no epoch, and may interrupt. Free with cln_evaluation_done().
 */
enum cln_status cln_trainer_test(struct cln_trainer *trainer, double noise_scale,
                                 const struct cln_train_observer *observer,
                                 struct cln_evaluation *out);
void cln_evaluation_done(struct cln_evaluation *evaluation);

/* The same run: the probabilities (test images, classes), row-major. NaN where the net gives no
 * number. Blocks. The labels of the test set are of no account, so it may be any images. */
enum cln_status cln_trainer_predict(struct cln_trainer *trainer, double noise_scale,
                                    float *probabilities);

/*
 * Confusion matrix and mistakes from logits (count, classes) and labels; without a device. The
 * first of the largest logits is what is predicted; of mistakes equally sure the lower number comes
 * first. noise_scale, loss, accuracy and correct are not touched.
 */
enum cln_status cln_evaluation_fill(struct cln_evaluation *out, const float *logits,
                                    const uint8_t *labels, uint32_t count, uint32_t classes);

#endif

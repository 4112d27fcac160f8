/* The words of figures: names as people write them, and titles. */
#ifndef CLN_REPORT_TITLES_H
#define CLN_REPORT_TITLES_H

#include <stddef.h>

#include "base/text.h"
#include "report/plots.h"

/* "mnist" -> "MNIST", "convnet" -> "ConvNet"; what is not known stays as it is. */
const char *cln_display_name(const char *name);

/* "MNIST", or "Fashion-MNIST standing in for MNIST". */
void cln_title_add_data(struct cln_text *text, const struct cln_plot_data *data);

/* "none" for 0, else the scale in as few digits as it needs. */
void cln_title_add_scale(struct cln_text *text, double scale);

/* A kind of training, "convnet train.batch=64", with the model's name as people write it. */
void cln_title_add_kind(struct cln_text *text, const char *kind);

/* "no noise", "noise 0.5". */
void cln_title_add_noise(struct cln_text *text, double scale);

struct cln_results;

/* "Gaussian", "uniform", ...: the noise of the first cell. */
const char *cln_noise_words(const struct cln_results *results);

#endif

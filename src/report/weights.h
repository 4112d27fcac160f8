/* The weights of a trainer, to and from model.safetensors. */
#ifndef CLN_REPORT_WEIGHTS_H
#define CLN_REPORT_WEIGHTS_H

#include "train/train.h"

struct cln_safetensors_text;

/* Reads every variable from the device (blocks) and writes the file, atomically, with these texts
 * as its metadata. */
enum cln_status cln_weights_write(const char *path, struct cln_trainer *trainer,
                                  const struct cln_safetensors_text *texts, size_t text_count);

/*
 * Reads the file and writes every variable to the device (blocks); a trainer made with
 * `evaluate_only` can evaluate and predict then. CLN_FILE, and nothing is written, unless the file
 * has just the model's variables, in its shapes: from another program too, whatever their order.
 */
enum cln_status cln_weights_read(const char *path, struct cln_trainer *trainer);

#endif

/* The weights of a trainer, to and from model.safetensors. */
#ifndef CLN_REPORT_WEIGHTS_H
#define CLN_REPORT_WEIGHTS_H

#include "train/train.h"

/* Reads every variable from the device (blocks) and writes the file, atomically. */
enum cln_status cln_weights_write(const char *path, struct cln_trainer *trainer, const char *model,
                                  const char *cell);

/*
 * Reads the file and writes every variable to the device (blocks); a trainer made with
 * `evaluate_only` can evaluate and predict then. CLN_FILE, and nothing is written, unless the file
 * has just the model's variables, in its shapes: from another program too, whatever their order.
 */
enum cln_status cln_weights_read(const char *path, struct cln_trainer *trainer);

#endif

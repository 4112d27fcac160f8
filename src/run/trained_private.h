/* Where the file of a trained net is. */
#ifndef CLN_RUN_TRAINED_PRIVATE_H
#define CLN_RUN_TRAINED_PRIVATE_H

#include "base/error.h"

/* The path of the model.safetensors that `where` and `cell` mean, as cln_trained_open() has them;
 * free(*out). */
enum cln_status cln_trained_find(const char *where, const char *cell, char **out);

#endif

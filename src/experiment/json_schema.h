/* The JSON Schema (draft-07) of experiment files, for editors and other programs. */
#ifndef CLN_EXPERIMENT_JSON_SCHEMA_H
#define CLN_EXPERIMENT_JSON_SCHEMA_H

#include "base/error.h"

/*
 * Made from the rows by which files are checked: sections, layers, optimizers, and the keys a sweep
 * may have. It refuses unknown keys, wrong types and values out of range; what depends on several
 * keys at a time (shapes of layers, names of models) only clnoise itself checks. Ends with a
 * newline; the caller frees *out.
 */
enum cln_status cln_json_schema(char **out);

#endif

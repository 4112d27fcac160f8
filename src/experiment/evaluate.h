/* The mapping `evaluate`: at what else than its own noise scale a trained net is tested. */
#ifndef CLN_EXPERIMENT_EVALUATE_H
#define CLN_EXPERIMENT_EVALUATE_H

#include "base/field.h"
#include "base/text.h"
#include "experiment/yaml.h"

#define CLN_MAX_EVALUATIONS 64

/* It does not decide the training, so it is no part of a cell's id: a scale can be added to a
 * finished run. */
struct cln_evaluate_spec {
    double noise_scale[CLN_MAX_EVALUATIONS]; /* on the test set, in the order written */
    int scale_count;                         /* 0: there is no such mapping */
};

/* What each value of its list may be; the key is the list's. */
const struct cln_field *cln_evaluate_field(void);

/* Checks the mapping and takes it in. No scale may stand in it twice. */
enum cln_status cln_evaluate_bind(const struct cln_yaml_node *map, struct cln_evaluate_spec *out);

/* Fails, with the place of the scale, for one above `most`, which `why` explains. */
enum cln_status cln_evaluate_check(const struct cln_yaml_node *map,
                                   const struct cln_evaluate_spec *spec, double most,
                                   const char *why);

/* "evaluate: {...}" as a line; nothing if there are no scales. */
void cln_evaluate_print(struct cln_text *out, const struct cln_evaluate_spec *spec);

#endif

/* Models of other widths than the one described, to see how time grows with the work. */
#ifndef CLN_MODEL_WIDEN_H
#define CLN_MODEL_WIDEN_H

#include "model/model.h"

/*
 * A copy in which every layer has `factor` times the outputs (filters, units), all but the last
 * layer that has such a number: a model's outputs stay its classes. CLN_CONFIG where that is more
 * than the layer takes. Free with cln_model_spec_done().
 */
enum cln_status cln_model_spec_widen(const struct cln_model_spec *spec, int64_t factor,
                                     struct cln_model_spec *out);

#endif

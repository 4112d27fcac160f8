/* The parts of cell.json: what of a device, a data set and a plan stands there. */
#ifndef CLN_RUN_CELL_JSON_H
#define CLN_RUN_CELL_JSON_H

#include <cjson/cJSON.h>

#include "clnoise/progress.h"
#include "data/dataset.h"
#include "graph/plan.h"
#include "runtime/device.h"

/* "" and 0 where there is none; borrowed. `object` may be NULL. */
const char *cln_cell_json_get_text(const cJSON *object, const char *key);
double cln_cell_json_get_number(const cJSON *object, const char *key);

/* New objects; NULL when out of memory. */
cJSON *cln_cell_json_device(const struct cln_device *device);
cJSON *cln_cell_json_data(const struct cln_dataset *dataset);

/* An array: which kernel variant computes each node of the plan. */
enum cln_status cln_cell_json_variants(struct cln_plan *plan, cJSON **out);

/* Takes the epoch for the best one if its validation accuracy is above all before. */
void cln_cell_json_best(cJSON *root, const struct cln_epoch_metrics *metrics);

#endif

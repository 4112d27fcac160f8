/*
 * Cells that differ in their seed alone, taken together: what came of each kind of training on the
 * test images.
 */
#ifndef CLN_REPORT_GROUPS_H
#define CLN_REPORT_GROUPS_H

#include "report/results.h"

/* "convnet", or with what else the sweep varies besides scale and seed: "convnet train.batch=64".
 * Appended. */
void cln_result_add_kind(struct cln_text *out, const struct cln_result_cell *cell);

struct cln_cell_group {
    const char *kind; /* as cln_result_add_kind() has it */
    double scale;
    const struct cln_result_cell **cells; /* (cell_count), in the order of the plan */
    size_t cell_count;
    double *accuracies; /* (cell_count), of each; NaN where there is none */
    /* Mean over the cells that have one; what is 95 % sure of it: over seeds (Student's t) where
     * there are several, else over test images (Wilson). NaN where nothing can be said. */
    double mean, low, high;
    size_t count; /* of those cells */
};

struct cln_cell_groups {
    struct cln_cell_group *rows; /* by kind in the order of the plan, then by scale, ascending */
    size_t count;
    const char **kinds;
    size_t kind_count;
    double *scales; /* ascending */
    size_t scale_count;
    struct cln_yaml_pool *pool; /* everything above lies in it */
};

enum cln_status cln_cell_groups_make(const struct cln_results *results,
                                     struct cln_cell_groups *out);
void cln_cell_groups_done(struct cln_cell_groups *groups);

/* NULL if there is none. */
const struct cln_cell_group *cln_cell_groups_find(const struct cln_cell_groups *groups, size_t kind,
                                                  double scale);

#endif

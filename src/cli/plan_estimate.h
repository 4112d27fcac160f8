/* How long cells take on a device, from a few steps of each kind of cell. */
#ifndef CLN_CLI_PLAN_ESTIMATE_H
#define CLN_CLI_PLAN_ESTIMATE_H

#include "cli/command.h"
#include "experiment/work.h"

struct cln_plan_cell {
    const struct cln_cell *cell;
    struct cln_cell_steps steps;
    double seconds; /* estimated */
};

struct cln_plan_estimate {
    char device[256];
    int measured; /* kinds of cells: model, data set, batch, kind of noise; 0: nothing is estimated
                   */
    int steps;    /* timed of each */
    double seconds;
    double jobs_seconds; /* with `jobs` cells at once, each as fast as alone */
};

/* Fills in the cells' seconds: of all epochs' training and validation steps and of the tests
 * afterwards. Blocks; says on stderr what it measures. Never downloads. */
enum cln_status cln_plan_estimate(struct cln_plan_cell *cells, int count,
                                  const struct cln_options *options, int jobs,
                                  struct cln_plan_estimate *out);

#endif

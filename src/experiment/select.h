/* Some of an experiment's cells: by id, or one of several shares of about the same work. */
#ifndef CLN_EXPERIMENT_SELECT_H
#define CLN_EXPERIMENT_SELECT_H

#include "experiment/experiment.h"

struct cln_selection {
    /* Ids or their beginnings, where no other id begins so; each text may hold several with commas
     * between them. None: all cells. */
    const char *const *cells;
    int cell_count;
    const char *shard; /* "2/8": the second of eight shares of these cells; NULL: all of them */
};

/*
 * Sets picked[i] for each of the experiment's cells. The shares are as even as the counted work of
 * the cells (experiment/work.h) allows: the cells are dealt out from the largest to the smallest,
 * each to the share that has least so far. So they are the same on every machine, and every cell is
 * in one of them; of more shares than cells, some are empty. CLN_CONFIG for an id that is not
 * there, with the nearest one.
 */
enum cln_status cln_experiment_select(const struct cln_experiment *experiment,
                                      const struct cln_selection *selection, bool *picked);

#endif

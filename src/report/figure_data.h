/* Results made ready for figures. */
#ifndef CLN_REPORT_FIGURE_DATA_H
#define CLN_REPORT_FIGURE_DATA_H

#include "report/figure.h"

/* What struct cln_figure_data points to. */
struct cln_figure_base {
    struct cln_metrics_table table;
    struct cln_curves curves;
    struct cln_cell_groups groups;
    struct cln_plot_data about;
    struct cln_figure_data data;
    bool empty; /* no epoch yet: no figure applies */
};

/* The results must outlive it. Release with cln_figure_base_done(), also after a failure. */
enum cln_status cln_figure_base_init(struct cln_figure_base *base,
                                     const struct cln_results *results);
void cln_figure_base_done(struct cln_figure_base *base);

#endif

/*
 * The figures of a run in its folder plots/: each as PNG, as SVG, and its numbers as CSV. Which of
 * them are drawn follows from the cells there are; figure_list.c has them all.
 */
#ifndef CLN_REPORT_PLOTS_H
#define CLN_REPORT_PLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "report/shades.h"

/* What was trained on; titles name it, and what it stands in for. */
struct cln_plot_data {
    const char *dataset;   /* "fashion-mnist" */
    const char *requested; /* "mnist"; looked at only if `substituted` */
    bool substituted;
};

struct cln_results;

/* Writes every figure that the results have something for; others are left as they are. The folder
 * is made if need be; without an epoch nothing is. Blocks while drawing, well under a second a
 * figure. */
enum cln_status cln_plots_write(const char *folder, const struct cln_results *results);

/* A sheet of images: clean in the first row, then with each noise in a row. */
struct cln_sheet {
    struct cln_shown_images images;
    const uint32_t *picks; /* (pick_count) which of them, a column each */
    uint32_t pick_count;
    const struct cln_noise_spec *noises; /* those whose scale is 0 are left out */
    size_t noise_count;
};

/* Writes the sheet as one file, PNG or SVG as the path's ending says. */
enum cln_status cln_plots_write_sheet(const char *path, const struct cln_sheet *sheet,
                                      const struct cln_plot_data *data);

#endif

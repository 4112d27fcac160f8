#include "report/plots.h"

#include <stdlib.h>

#include "base/file.h"
#include "report/chart.h"
#include "report/figure_data.h"

static enum cln_status write_csv(const char *folder, const char *name, const struct cln_text *csv) {
    struct cln_text path = {0};
    cln_text_add(&path, "%s/%s.csv", folder, name);
    enum cln_status status = cln_text_check(&path);
    if (status == CLN_OK)
        status = cln_file_write(path.chars, csv->chars, csv->length);
    cln_text_free(&path);
    return status;
}

static enum cln_status write_figure(const struct cln_figure *figure,
                                    const struct cln_figure_data *data, const char *folder,
                                    bool csv) {
    const struct cln_figure_form form = {CLN_CHART_WIDTH, false};
    struct cln_picture picture = {0};
    enum cln_status status = figure->make(figure, data, &form, &picture);
    if (status == CLN_OK)
        status = cln_drawing_write(&picture.drawing, folder, figure->name);
    if (status == CLN_OK && csv && picture.csv.length)
        status = write_csv(folder, figure->name, &picture.csv);
    cln_picture_done(&picture);
    return status;
}

static enum cln_status write_all(const struct cln_figure_data *data, const char *folder, bool csv) {
    CLN_TRY(cln_folder_make(folder));
    for (const struct cln_figure *const *figure = cln_figures; *figure; figure++)
        if ((*figure)->applies(*figure, data))
            CLN_TRY(write_figure(*figure, data, folder, csv));
    return CLN_OK;
}

enum cln_status cln_plots_write(const char *folder, const struct cln_metrics_table *table,
                                const struct cln_plot_data *about) {
    if (table->count == 0)
        return CLN_OK;
    struct cln_curves curves;
    enum cln_status status = cln_curves_init(&curves, table);
    const struct cln_figure_data data = {.curves = &curves, .about = about};
    if (status == CLN_OK)
        status = write_all(&data, folder, false);
    cln_curves_done(&curves);
    return status;
}

enum cln_status cln_plots_write_results(const char *folder, const struct cln_results *results) {
    struct cln_figure_base base;
    enum cln_status status = cln_figure_base_init(&base, results);
    if (status == CLN_OK && !base.empty)
        status = write_all(&base.data, folder, true);
    cln_figure_base_done(&base);
    return status;
}

#include "report/plots.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/folder.h"
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
                                    const struct cln_figure_data *data, const char *folder) {
    const struct cln_figure_form form = {CLN_CHART_WIDTH, false};
    struct cln_picture picture = {0};
    enum cln_status status = figure->make(figure, data, &form, &picture);
    if (status == CLN_OK)
        status = cln_drawing_write(&picture.drawing, folder, figure->name);
    if (status == CLN_OK && picture.csv.length)
        status = write_csv(folder, figure->name, &picture.csv);
    cln_picture_done(&picture);
    return status;
}

static enum cln_status write_all(const struct cln_figure_data *data, const char *folder) {
    CLN_TRY(cln_folder_make(folder));
    for (const struct cln_figure *const *figure = cln_figures; *figure; figure++)
        if ((*figure)->applies(*figure, data))
            CLN_TRY(write_figure(*figure, data, folder));
    return CLN_OK;
}

enum cln_status cln_plots_write(const char *folder, const struct cln_results *results) {
    struct cln_figure_base base;
    enum cln_status status = cln_figure_base_init(&base, results);
    if (status == CLN_OK && !base.empty)
        status = write_all(&base.data, folder);
    cln_figure_base_done(&base);
    return status;
}

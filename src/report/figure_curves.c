/* The line charts over epochs: those of the notebook, and what else makes sense of the cells. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/chart_builder.h"
#include "report/palette.h"
#include "report/reference.h"
#include "report/titles.h"

#define MAX_PANELS 4 /* more, side by side, cannot be read */

static const char *const words[CLN_CURVE_METRICS] = {
    [CLN_CURVE_ACCURACY] = "Accuracy",
    [CLN_CURVE_VAL_ACCURACY] = "Validation accuracy",
};

/* One chart while it is put together. */
struct figure {
    struct cln_chart_builder builder;
    const struct cln_figure_data *data;
    const struct cln_curves *curves;
    enum cln_curve_metric metric;
    int runs, epochs; /* the most that any curve has */
    bool referred;    /* curves of the notebook are in it */
};

static void add_series(struct figure *figure, size_t key, const struct cln_curve *curve) {
    bool several = curve->runs > 1;
    cln_chart_add_series(&figure->builder, &(struct cln_series){
                                               .key = key,
                                               .mean = curve->mean,
                                               .low = several ? curve->low : NULL,
                                               .high = several ? curve->high : NULL,
                                               .count = curve->epochs,
                                           });
    figure->runs = curve->runs > figure->runs ? curve->runs : figure->runs;
    figure->epochs = curve->epochs > figure->epochs ? curve->epochs : figure->epochs;
}

/* What is in the title already, on which data. */
static void end_title(struct figure *figure) {
    cln_text_add(&figure->builder.title, ", ");
    cln_title_add_data(&figure->builder.title, figure->data->about);
}

static bool has(const struct cln_curves *curves, size_t model, size_t scale) {
    return cln_curves_get(curves, model, scale, CLN_CURVE_ACCURACY)->epochs > 0;
}

static size_t add_key(struct figure *figure, struct cln_color color, struct cln_text *label) {
    figure->builder.failed |= label->failed || !label->chars;
    size_t key = cln_chart_add_key(&figure->builder, label->chars ? label->chars : "", color);
    cln_text_free(label);
    return key;
}

static size_t add_scale_key(struct figure *figure, size_t scale) {
    struct cln_text label = {0};
    cln_title_add_scale(&label, figure->curves->scales[scale]);
    return add_key(figure, cln_palette_of_scale(figure->curves, scale), &label);
}

/* The notebook's own curve beside that of the same experiment, in the same colour. */
static void add_reference(struct figure *figure, size_t key, size_t model, size_t scale) {
    const struct cln_curves *curves = figure->curves;
    struct cln_reference_curve reference;
    if (!cln_reference_find(figure->data->results, curves->models[model], curves->scales[scale],
                            &reference))
        return;
    double *values = cln_chart_values(&figure->builder, CLN_REFERENCE_EPOCHS);
    if (!values)
        return;
    memcpy(values,
           figure->metric == CLN_CURVE_ACCURACY ? reference.accuracy : reference.val_accuracy,
           sizeof reference.accuracy);
    cln_chart_add_series(&figure->builder, &(struct cln_series){.key = key,
                                                                .mean = values,
                                                                .count = reference.epochs,
                                                                .dashed = true});
    figure->referred = true;
}

/* The curve of a cell, with the notebook's where it has one. */
static void add_curve(struct figure *figure, size_t key, size_t model, size_t scale) {
    add_reference(figure, key, model, scale);
    add_series(figure, key, cln_curves_get(figure->curves, model, scale, figure->metric));
}

static void draw_with_and_without(struct figure *figure, size_t model, size_t noisy) {
    const struct cln_curves *curves = figure->curves;
    struct cln_text label = {0};
    cln_text_add(&figure->builder.title, "%s with and without noise", words[figure->metric]);
    end_title(figure);
    cln_text_add(&figure->builder.note, "%s", cln_display_name(curves->models[model]));
    cln_chart_add_panel(&figure->builder, NULL);
    cln_text_add(&label, "without noise");
    size_t key = add_key(figure, cln_palette_of_scale(curves, 0), &label);
    add_curve(figure, key, model, 0);
    cln_text_add(&label, "%s noise of scale ", cln_noise_words(figure->data->results));
    cln_title_add_scale(&label, curves->scales[noisy]);
    key = add_key(figure, cln_palette_of_scale(curves, noisy), &label);
    add_curve(figure, key, model, noisy);
}

static void draw_by_scale(struct figure *figure, size_t model) {
    const struct cln_curves *curves = figure->curves;
    cln_text_add(&figure->builder.title, "%s by noise scale", words[figure->metric]);
    end_title(figure);
    cln_text_add(&figure->builder.note, "%s", cln_display_name(curves->models[model]));
    figure->builder.chart.legend_title = "Noise scale";
    cln_chart_add_panel(&figure->builder, NULL);
    for (size_t s = 0; s < curves->scale_count; s++)
        if (has(curves, model, s))
            add_curve(figure, add_scale_key(figure, s), model, s);
}

/* A panel a model, in it a line a scale. */
static void draw_panels(struct figure *figure, void (*add)(struct figure *figure, size_t key,
                                                           size_t model, size_t scale)) {
    const struct cln_curves *curves = figure->curves;
    figure->builder.chart.legend_title = "Noise scale";
    for (size_t s = 0; s < curves->scale_count; s++)
        add_scale_key(figure, s);
    for (size_t m = 0; m < curves->model_count && m < MAX_PANELS; m++) {
        cln_chart_add_panel(&figure->builder, cln_display_name(curves->models[m]));
        for (size_t s = 0; s < curves->scale_count; s++)
            if (has(curves, m, s))
                add(figure, s, m, s);
    }
}

static void draw_models_in_panels(struct figure *figure) {
    draw_panels(figure, add_curve);
    cln_text_add(&figure->builder.note, "%s noise on training and validation images",
                 cln_noise_words(figure->data->results));
}

/* One scale: a line a model. */
static void draw_models_in_one(struct figure *figure) {
    const struct cln_curves *curves = figure->curves;
    cln_chart_add_panel(&figure->builder, NULL);
    for (size_t m = 0; m < curves->model_count; m++) {
        struct cln_text label = {0};
        cln_text_add(&label, "%s", cln_display_name(curves->models[m]));
        size_t key = add_key(figure, cln_palette_kind(m), &label);
        add_series(figure, key, cln_curves_get(curves, m, 0, figure->metric));
    }
    cln_text_add(&figure->builder.note, "Noise scale ");
    cln_title_add_scale(&figure->builder.note, curves->scales[0]);
}

static void draw_by_model(struct figure *figure) {
    const struct cln_curves *curves = figure->curves;
    struct cln_text *title = &figure->builder.title;
    cln_text_add(title, "%s of %s", words[figure->metric], cln_display_name(curves->models[0]));
    if (curves->model_count == 2)
        cln_text_add(title, " beside %s", cln_display_name(curves->models[1]));
    else
        cln_text_add(title, " and %zu other models", curves->model_count - 1);
    end_title(figure);
    if (curves->scale_count > 1)
        draw_models_in_panels(figure);
    else
        draw_models_in_one(figure);
}

/* Nothing to compare: training beside validation. */
static void draw_plain(struct figure *figure) {
    const struct cln_curves *curves = figure->curves;
    cln_text_add(&figure->builder.title, "Accuracy in training and validation");
    end_title(figure);
    cln_text_add(&figure->builder.note, "%s, noise scale ", cln_display_name(curves->models[0]));
    cln_title_add_scale(&figure->builder.note, curves->scales[0]);
    cln_chart_add_panel(&figure->builder, NULL);
    struct cln_text label = {0};
    for (int m = 0; m < CLN_CURVE_METRICS; m++) {
        cln_text_add(&label, "%s", m == CLN_CURVE_ACCURACY ? "training" : "validation");
        size_t key = add_key(figure, cln_palette_kind((size_t)m), &label);
        add_series(figure, key, cln_curves_get(curves, 0, 0, m));
    }
}

/* Training minus validation accuracy, epoch by epoch, of means over runs. */
static void add_gap(struct figure *figure, size_t key, size_t model, size_t scale) {
    const struct cln_curve *training =
        cln_curves_get(figure->curves, model, scale, CLN_CURVE_ACCURACY);
    const struct cln_curve *validation =
        cln_curves_get(figure->curves, model, scale, CLN_CURVE_VAL_ACCURACY);
    int count = training->epochs;
    double *gap = cln_chart_values(&figure->builder, (size_t)count);
    for (int e = 0; gap && e < count; e++)
        gap[e] = training->mean[e] - validation->mean[e];
    if (gap)
        cln_chart_add_series(&figure->builder,
                             &(struct cln_series){.key = key, .mean = gap, .count = count});
    figure->epochs = count > figure->epochs ? count : figure->epochs;
}

static void draw_gap(struct figure *figure) {
    cln_text_add(&figure->builder.title, "Training accuracy minus validation accuracy");
    end_title(figure);
    cln_text_add(&figure->builder.note,
                 "Well above zero: learnt by heart. Below zero: dropout, which is off in "
                 "validation, or still learning");
    figure->builder.chart.y_label = "Training minus validation";
    figure->builder.chart.signed_values = true;
    draw_panels(figure, add_gap);
}

/* The scale of this model that is nearest to 1, by ratio, among those with noise; 0 if none. */
static size_t noisy_scale(const struct cln_curves *curves, size_t model) {
    size_t best = 0;
    for (size_t s = 0; s < curves->scale_count; s++)
        if (curves->scales[s] > 0 && has(curves, model, s) &&
            (!best || fabs(log(curves->scales[s])) < fabs(log(curves->scales[best]))))
            best = s;
    return best;
}

static size_t scales_of(const struct cln_curves *curves, size_t model) {
    size_t count = 0;
    for (size_t s = 0; s < curves->scale_count; s++)
        count += has(curves, model, s);
    return count;
}

enum kind { WITH_AND_WITHOUT, BY_SCALE, BY_MODEL, PLAIN, GAP };

/* Does the run have what this figure shows? The first model is the one that is looked at closely.
 */
static bool applies(const struct cln_figure *figure, const struct cln_figure_data *data) {
    const struct cln_curves *curves = data->curves;
    bool several_scales = scales_of(curves, 0) > 1, several_models = curves->model_count > 1;
    switch (figure->kind) {
    case WITH_AND_WITHOUT:
        return curves->scales[0] == 0 && has(curves, 0, 0) && noisy_scale(curves, 0);
    case BY_SCALE:
        return several_scales;
    case BY_MODEL:
        return several_models;
    case GAP:
        return true;
    default:
        return !several_scales && !several_models;
    }
}

/* `before`: what parts the number of epochs from what the note says already. */
static void add_note_end(struct figure *figure, const char *before) {
    if (figure->epochs > 0)
        cln_text_add(&figure->builder.note, "%s%d epoch%s", before, figure->epochs,
                     figure->epochs > 1 ? "s" : "");
    if (figure->runs > 1)
        cln_text_add(&figure->builder.note, "; mean of up to %d runs, band from lowest to highest",
                     figure->runs);
    if (figure->referred)
        cln_text_add(&figure->builder.note, "; dashed: what the Keras notebook printed");
}

static enum cln_status make(const struct cln_figure *row, const struct cln_figure_data *data,
                            const struct cln_figure_form *form, struct cln_picture *out) {
    struct figure figure = {.builder = {.x_name = "epoch"},
                            .data = data,
                            .curves = data->curves,
                            .metric = (enum cln_curve_metric)row->metric};
    figure.builder.chart.y_label = words[row->metric];
    if (row->kind == WITH_AND_WITHOUT)
        draw_with_and_without(&figure, 0, noisy_scale(data->curves, 0));
    else if (row->kind == BY_SCALE)
        draw_by_scale(&figure, 0);
    else if (row->kind == BY_MODEL)
        draw_by_model(&figure);
    else if (row->kind == GAP)
        draw_gap(&figure);
    else
        draw_plain(&figure);
    add_note_end(&figure, row->kind == GAP ? "; " : ", ");
    return cln_chart_finish(&figure.builder, form, out);
}

#define CURVES(id, file, kind, metric)                                                             \
    const struct cln_figure cln_figure_##id = {                                                    \
        file, CLN_SECTION_CURVES, kind, CLN_CURVE_##metric, applies, make};

CURVES(accuracy_with_and_without, "accuracy-with-and-without-noise", WITH_AND_WITHOUT, ACCURACY)
CURVES(val_accuracy_with_and_without, "val-accuracy-with-and-without-noise", WITH_AND_WITHOUT,
       VAL_ACCURACY)
CURVES(accuracy_by_scale, "accuracy-by-scale", BY_SCALE, ACCURACY)
CURVES(val_accuracy_by_scale, "val-accuracy-by-scale", BY_SCALE, VAL_ACCURACY)
CURVES(accuracy_by_model, "accuracy-by-model", BY_MODEL, ACCURACY)
CURVES(val_accuracy_by_model, "val-accuracy-by-model", BY_MODEL, VAL_ACCURACY)
CURVES(accuracy_plain, "accuracy", PLAIN, ACCURACY)
CURVES(gap, "training-validation-gap", GAP, ACCURACY)

#include "stats/study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "stats/study_private.h"

static const char seed_key[] = "train.seed=";

double cln_study_accuracy(const struct cln_study_cell *cell) {
    return cell->done ? cell->accuracy : NAN;
}

/* Whether the choice is one of the model's own; `skip`, what of it goes without saying. */
static bool is_choice_of(const char *choice, const char *model, size_t *skip) {
    static const char models[] = "models.";
    *skip = 0;
    if (!strncmp(choice, seed_key, strlen(seed_key)))
        return false;
    if (strncmp(choice, models, strlen(models)))
        return true;
    size_t length = strlen(model);
    const char *named = choice + strlen(models);
    *skip = strlen(models) + length + 1;
    return !strncmp(named, model, length) && named[length] == '.';
}

/* "key=value", and not a word within a value such as "{sgd: {learning_rate: 1}}". */
static bool begins_choice(const char *word) {
    size_t key = strcspn(word, " =:{}[],\"'");
    return key > 0 && word[key] == '=';
}

/* A choice goes as far as the next one's key. */
static size_t choice_length(const char *more) {
    size_t length = strcspn(more, " ");
    while (more[length] && !begins_choice(more + length + 1))
        length += 1 + strcspn(more + length + 1, " ");
    return length;
}

static void add_choices(struct cln_text *out, const char *more, const char *model) {
    cln_text_add(out, "%s", "");
    while (*more) {
        size_t length = choice_length(more), skip;
        if (length && is_choice_of(more, model, &skip))
            cln_text_add(out, "%s%.*s", out->length ? " " : "", (int)(length - skip), more + skip);
        more += length + (more[length] == ' ');
    }
}

static enum cln_status add_variant(struct cln_study *study, const struct cln_study_cell *cell,
                                   const struct cln_text *choices) {
    const char *title = cell->title ? cell->title : cell->model;
    struct cln_text name = {0}, copy = {0};
    cln_text_add(&copy, "%s", choices->chars);
    cln_text_add(&name, "%s%s%s", title, choices->length ? ", " : "", choices->chars);
    if (cln_text_check(&copy) != CLN_OK || cln_text_check(&name) != CLN_OK) {
        cln_text_free(&copy);
        cln_text_free(&name);
        return CLN_FAIL(MEMORY, "out of memory for the study of a run");
    }
    study->variants[study->variant_count++] = (struct cln_study_variant){
        .model = cell->model, .title = title, .choices = copy.chars, .name = name.chars};
    return CLN_OK;
}

static enum cln_status find_variant(struct cln_study *study, const struct cln_study_cell *cell,
                                    int *out) {
    struct cln_text choices = {0};
    add_choices(&choices, cell->more, cell->model);
    enum cln_status status = cln_text_check(&choices);
    int v = 0;
    while (status == CLN_OK && v < study->variant_count &&
           (strcmp(study->variants[v].model, cell->model) ||
            strcmp(study->variants[v].choices, choices.chars)))
        v++;
    if (status == CLN_OK && v == study->variant_count)
        status = add_variant(study, cell, &choices);
    cln_text_free(&choices);
    *out = v;
    return status;
}

struct place {
    int variant;
    double noise_scale;
    int64_t seed;
    size_t cell;
};

static int by_place(const void *a, const void *b) {
    const struct place *x = a, *y = b;
    if (x->variant != y->variant)
        return x->variant - y->variant;
    if (x->noise_scale != y->noise_scale)
        return x->noise_scale < y->noise_scale ? -1 : 1;
    if (x->seed != y->seed)
        return x->seed < y->seed ? -1 : 1;
    return x->cell < y->cell ? -1 : x->cell > y->cell;
}

static void begin_group(struct cln_study *study, const struct place *place, size_t first) {
    struct cln_study_variant *variant = &study->variants[place->variant];
    if (variant->group_count++ == 0)
        variant->first_group = study->group_count;
    study->groups[study->group_count++] = (struct cln_study_group){
        .variant = place->variant,
        .noise_scale = place->noise_scale,
        .wilson = {NAN, NAN},
        .first = first,
    };
}

static void end_group(struct cln_study *study, struct cln_study_group *group, double *values) {
    const struct cln_study_cell *one = NULL;
    for (int i = 0; i < group->cells; i++) {
        const struct cln_study_cell *cell = &study->cells[study->order[group->first + (size_t)i]];
        values[i] = cln_study_accuracy(cell);
        group->done += cell->done;
        if (cell->diagnosis)
            group->diagnoses[cell->diagnosis->code]++;
        if (!isnan(values[i])) {
            one = cell;
            group->images = cell->images;
        }
    }
    group->accuracy = cln_mean_of(values, group->cells);
    for (int i = 0; i < group->cells; i++) {
        const struct cln_study_cell *cell = &study->cells[study->order[group->first + (size_t)i]];
        values[i] = cell->done ? cell->val_accuracy : NAN;
    }
    group->val_accuracy = cln_mean_of(values, group->cells).mean;
    if (group->accuracy.count == 1)
        group->wilson = cln_wilson(one->accuracy * one->images, one->images);
}

/* `places` and `values` have room for every cell. */
static enum cln_status make_groups(struct cln_study *study, struct place *places, double *values) {
    for (size_t c = 0; c < study->cell_count; c++) {
        const struct cln_study_cell *cell = &study->cells[c];
        places[c] = (struct place){0, cell->noise_scale, cell->seed, c};
        CLN_TRY(find_variant(study, cell, &places[c].variant));
    }
    qsort(places, study->cell_count, sizeof *places, by_place);
    for (size_t c = 0; c < study->cell_count; c++) {
        study->order[c] = places[c].cell;
        if (c == 0 || places[c].variant != places[c - 1].variant ||
            places[c].noise_scale != places[c - 1].noise_scale)
            begin_group(study, &places[c], c);
        study->groups[study->group_count - 1].cells++;
    }
    for (int g = 0; g < study->group_count; g++)
        end_group(study, &study->groups[g], values);
    return CLN_OK;
}

enum cln_status cln_study_make(const struct cln_study_cell *cells, size_t count, double chance,
                               struct cln_study **out) {
    *out = NULL;
    size_t room = count ? count : 1;
    struct cln_study *study = calloc(1, sizeof *study);
    struct place *places = calloc(room, sizeof *places);
    double *values = calloc(room, sizeof *values);
    enum cln_status status = CLN_OK;
    if (study) {
        study->chance = chance;
        study->cells = cells;
        study->cell_count = count;
        study->order = calloc(room, sizeof *study->order);
        study->variants = calloc(room, sizeof *study->variants);
        study->groups = calloc(room, sizeof *study->groups);
    }
    if (!study || !places || !values || !study->order || !study->variants || !study->groups)
        status = CLN_FAIL(MEMORY, "out of memory for the study of a run");
    if (status == CLN_OK)
        status = make_groups(study, places, values);
    if (status == CLN_OK)
        status = cln_study_compare(study);
    if (status == CLN_OK)
        status = cln_study_robustness(study);
    free(places);
    free(values);
    if (status == CLN_OK)
        *out = study;
    else
        cln_study_free(study);
    return status;
}

void cln_study_free(struct cln_study *study) {
    if (!study)
        return;
    for (int v = 0; study->variants && v < study->variant_count; v++) {
        free(study->variants[v].choices);
        free(study->variants[v].name);
    }
    for (int r = 0; r < study->robustness_count; r++) {
        free((void *)study->robustness[r].curve.scales);
        free((void *)study->robustness[r].curve.accuracies);
    }
    free(study->robustness);
    free(study->contrasts);
    free(study->groups);
    free(study->variants);
    free(study->order);
    free(study);
}

const struct cln_study_group *cln_study_group(const struct cln_study *study, int variant,
                                              double noise_scale) {
    const struct cln_study_variant *of = &study->variants[variant];
    for (int g = of->first_group; g < of->first_group + of->group_count; g++)
        if (study->groups[g].noise_scale == noise_scale)
            return &study->groups[g];
    return NULL;
}

const char *cln_verdict_name(enum cln_verdict verdict) {
    static const char *const names[] = {"none", "overlap", "apart", "few_seeds", "open", "sure"};
    return names[verdict];
}

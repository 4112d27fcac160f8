/* What limits the findings. */
#include <stdio.h>

#include "stats/conclusion_private.h"

static void say_left_out(struct cln_conclusion_writer *writer) {
    const struct cln_study *study = writer->study;
    int done = 0, failed = 0;
    for (int g = 0; g < study->group_count; g++) {
        done += study->groups[g].done;
        failed += study->groups[g].diagnoses[CLN_DIAGNOSIS_FAILED] +
                  study->groups[g].diagnoses[CLN_DIAGNOSIS_DIVERGED];
    }
    int left = (int)study->cell_count - done;
    if (left == 0)
        return;
    char failures[64] = "";
    if (failed)
        snprintf(failures, sizeof failures, "; %d failed or diverged", failed);
    cln_conclusion_say(writer, true, "Left out here: %d of %d cells, which are not done%s.", left,
                       (int)study->cell_count, failures);
}

/* At which noise scales most of the variant's cells that are done have the diagnosis. */
static struct cln_list scales_with(const struct cln_study *study, int v,
                                   enum cln_diagnosis_code code) {
    const struct cln_study_variant *variant = &study->variants[v];
    struct cln_list scales = {0};
    for (int g = variant->first_group; g < variant->first_group + variant->group_count; g++)
        if (2 * study->groups[g].diagnoses[code] > study->groups[g].done)
            cln_list_add(&scales, "%.6g", study->groups[g].noise_scale);
    return scales;
}

/* What is said of a variant: "NAME does AT SCALES so". */
static const struct {
    enum cln_diagnosis_code code;
    const char *does, *so;
} CAUTIONS[] = {
    {CLN_DIAGNOSIS_UNDERTRAINED, "was still learning when its training ended,",
     ": its accuracies say how far it came in these epochs, not what it can reach"},
    {CLN_DIAGNOSIS_OVERFITTING, "overfitted",
     ": it went on learning its training images by heart while its loss on new ones rose"},
    {CLN_DIAGNOSIS_UNSTABLE, "was unstable in training", ": both of its losses rose"},
    {CLN_DIAGNOSIS_AT_CHANCE, "learnt nothing that holds for new images",
     ": it is no better than always giving the same answer"},
    {CLN_DIAGNOSIS_TOO_SHORT, "was trained for too few epochs to tell whether more would help,",
     ""},
};

/* True if anything was said that makes comparisons unfair. */
static bool say_diagnoses(struct cln_conclusion_writer *writer, int v) {
    const struct cln_study *study = writer->study;
    bool unfair = false;
    for (size_t c = 0; c < sizeof CAUTIONS / sizeof *CAUTIONS; c++) {
        struct cln_list scales = scales_with(study, v, CAUTIONS[c].code);
        const char *plural = scales.count > 1 ? "s" : "";
        if (scales.count) {
            cln_conclusion_say(writer, true, "%s %s at noise scale%s %s%s.",
                               study->variants[v].name, CAUTIONS[c].does, plural,
                               cln_list_text(writer, &scales), CAUTIONS[c].so);
            unfair = true;
        }
        cln_list_done(&scales);
    }
    return unfair;
}

/* Many variants: how many groups have which diagnosis. */
static void say_diagnoses_together(struct cln_conclusion_writer *writer) {
    const struct cln_study *study = writer->study;
    for (size_t c = 0; c < sizeof CAUTIONS / sizeof *CAUTIONS; c++) {
        int count = 0, done = 0;
        for (int g = 0; g < study->group_count; g++) {
            count += study->groups[g].diagnoses[CAUTIONS[c].code];
            done += study->groups[g].done;
        }
        if (count)
            cln_conclusion_say(writer, true, "%d of %d cells: %s.", count, done,
                               cln_diagnosis_words(CAUTIONS[c].code));
    }
}

static void say_certainty(struct cln_conclusion_writer *writer) {
    const struct cln_study *study = writer->study;
    int single = 0, few = 0, sure = 0, sure_adjusted = 0, asked = 0;
    for (int c = 0; c < study->contrast_count; c++) {
        const struct cln_contrast *contrast = &study->contrasts[c];
        if (contrast->overall || contrast->verdict == CLN_VERDICT_NONE)
            continue;
        single += contrast->pairs.pairs == 1;
        few += contrast->verdict == CLN_VERDICT_FEW;
        sure += contrast->verdict == CLN_VERDICT_SURE;
        sure_adjusted += contrast->holm_p < CLN_SIGNIFICANCE;
        asked++;
    }
    if (single)
        cln_conclusion_say(writer, true,
                           "One run each says nothing about other seeds, with which every accuracy "
                           "here would be another; at least %d seeds are needed for p < .05.",
                           CLN_PAIRS_MIN);
    if (few)
        cln_conclusion_say(writer, true,
                           "There are too few seeds to say that a difference is more than chance: "
                           "fewer than %d pairs cannot reach p < .05.",
                           CLN_PAIRS_MIN);
    if (sure && asked > 1)
        cln_conclusion_say(writer, true,
                           "Each p is of one noise scale by itself. Asked together, %d of the %d "
                           "differences with p < .05 keep%s it (Holm's adjustment for %d "
                           "comparisons).",
                           sure_adjusted, sure, sure_adjusted == 1 ? "s" : "", asked);
}

void cln_conclusion_warn(struct cln_conclusion_writer *writer) {
    const struct cln_study *study = writer->study;
    bool unfair = false;
    if (study->variant_count <= CLN_CONCLUSION_TOLD_MAX)
        for (int v = 0; v < study->variant_count; v++)
            unfair = say_diagnoses(writer, v) || unfair;
    else
        say_diagnoses_together(writer);
    bool any = false;
    for (int c = 0; c < study->contrast_count; c++)
        any = any || study->contrasts[c].verdict != CLN_VERDICT_NONE;
    if (unfair && any)
        cln_conclusion_say(writer, true,
                           "So the comparison is one of these trainings, settings included, rather "
                           "than of the nets.");
    say_certainty(writer);
    say_left_out(writer);
}

/*
 * What a run's results mean: the diagnosis of each cell, and the study and conclusion of all of
 * them (stats/). What the table at the end of a run, summary.json and report.html say is this.
 */
#ifndef CLN_REPORT_MEANING_H
#define CLN_REPORT_MEANING_H

#include "report/results.h"
#include "stats/conclusion.h"

struct cln_meaning {
    struct cln_diagnosis *diagnoses; /* (results' cells), in their order */
    /* The accuracy of always answering the most frequent class of the test images, as a confusion
     * matrix counts them; else 1 / classes; 0 where neither is known. */
    double chance;
    struct cln_study *study; /* its cells are the results', in their order */
    struct cln_conclusion conclusion;
    struct cln_study_cell *cells; /* what the study borrows */
    double *tests;                /* and the scales and accuracies of these */
};

/*
 * Accuracies are those on the test images at the cell's own test noise: of the last epoch, where no
 * evaluation was recorded. Borrows from the results. The caller frees *out. CLN_MEMORY only.
 */
enum cln_status cln_meaning_make(const struct cln_results *results, struct cln_meaning **out);
void cln_meaning_free(struct cln_meaning *meaning);

/* The accuracy that is meant, NaN if there is none; `images`, which may be NULL, becomes how
 * many it was measured on, 0 if that is not recorded. */
double cln_result_accuracy(const struct cln_result_cell *cell, double *images);

#endif

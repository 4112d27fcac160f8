/* What the files that make a study share. */
#ifndef CLN_STATS_STUDY_PRIVATE_H
#define CLN_STATS_STUDY_PRIVATE_H

#include "stats/study.h"

/* The cell's accuracy, or NaN if it is not done. */
double cln_study_accuracy(const struct cln_study_cell *cell);

/* Each needs the groups, and fills in its part of the study. */
enum cln_status cln_study_compare(struct cln_study *study);
enum cln_status cln_study_robustness(struct cln_study *study);

#endif

/*
 * A study in sentences: which is better where, by how much and how surely; what cannot be said, and
 * why. Everything in them comes from the figures.
 */
#ifndef CLN_STATS_CONCLUSION_H
#define CLN_STATS_CONCLUSION_H

#include "stats/study.h"

struct cln_sentence {
    bool caution; /* it limits what the others say */
    char *text;   /* plain text, UTF-8, ends with a full stop */
};

struct cln_conclusion {
    struct cln_sentence *sentences; /* findings first, cautions after them */
    size_t count;
};

/*
 * Cells that are not trained to their end are left out, which is said. CLN_MEMORY only; the caller
 * ends *out with cln_conclusion_done() in either case.
 */
enum cln_status cln_conclude(const struct cln_study *study, struct cln_conclusion *out);
void cln_conclusion_done(struct cln_conclusion *conclusion);

#endif

/* What the two halves of a conclusion, its findings and its cautions, share. */
#ifndef CLN_STATS_CONCLUSION_PRIVATE_H
#define CLN_STATS_CONCLUSION_PRIVATE_H

#include "base/text.h"
#include "stats/conclusion.h"

/* More variants than these are ranked, not told one by one. */
#define CLN_CONCLUSION_TOLD_MAX 4

struct cln_conclusion_writer {
    const struct cln_study *study;
    struct cln_conclusion *out;
    bool failed; /* memory ran out */
};

void cln_conclusion_say(struct cln_conclusion_writer *writer, bool caution, const char *format, ...)
    CLN_PRINTF(3, 4);

/* A list that is written as its items come: "1", "1 and 2", "1, 2 and 3". */
struct cln_list {
    struct cln_text head; /* all but the last item */
    struct cln_text last;
    int count;
};

void cln_list_add(struct cln_list *list, const char *format, ...) CLN_PRINTF(2, 3);

/* Borrowed until the list changes; "" if memory ran out, which is marked in the writer. */
const char *cln_list_text(struct cln_conclusion_writer *writer, struct cln_list *list);
void cln_list_done(struct cln_list *list);

/* Digits behind the point for a difference: small ones get two. */
int cln_points_digits(double points);

void cln_conclusion_find(struct cln_conclusion_writer *writer);
void cln_conclusion_warn(struct cln_conclusion_writer *writer);

#endif

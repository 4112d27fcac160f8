/* Two runs side by side: where they have trainings of the same kind at the same noise. */
#ifndef CLN_REPORT_COMPARE_H
#define CLN_REPORT_COMPARE_H

#include "report/groups.h"

struct cln_difference {
    const char *kind;     /* as in groups.h */
    double scale;         /* of the noise in training */
    double first, second; /* mean test accuracies; NaN: that run has none */
    double difference;    /* of the second less the first, of the pairs if there are several */
    double low, high;     /* 95 % interval of it; NaN where nothing can be said */
    double p;  /* of the sign-flip test over pairs of a seed; NaN unless there are some */
    int pairs; /* seeds that both have; 0: none */
};

struct cln_differences {
    struct cln_difference *rows; /* in the first run's order, then what only the second has */
    size_t count;
    struct cln_cell_groups first, second; /* what rows point into */
};

/*
 * Compares test accuracies after the last epoch. Two or more seeds that both have: paired, the
 * interval by bootstrap and p by sign flips (clnoise/statistics.h). One run each: the interval for
 * the choice of test images alone, from both Wilson intervals (Newcombe 1998, Statistics in
 * Medicine 17:873, method 10), as if each had been tested on images of its own: on the same images
 * it is too wide rather than too narrow. The results must outlive *out; end it with
 * cln_differences_done(), also after a failure. CLN_MEMORY only.
 */
enum cln_status cln_differences_make(const struct cln_results *first,
                                     const struct cln_results *second, struct cln_differences *out);
void cln_differences_done(struct cln_differences *differences);

/* "sure", "open", "too few seeds", ...: what may be concluded from a row, in a few words. */
const char *cln_difference_words(const struct cln_difference *row);

/* The table as a page of its own, and as CSV. Appended. `names`: of the two runs. */
void cln_differences_html(const struct cln_differences *differences, const char *const names[2],
                          struct cln_text *out);
void cln_differences_csv(const struct cln_differences *differences, struct cln_text *out);

#endif

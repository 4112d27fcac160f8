#include "report/figure.h"

/* One line a figure. */
// clang-format off
#define FIGURES(X)                    \
    X(accuracy_by_sigma)              \
    X(noise_matrix)                   \
    X(val_accuracy_by_model)          \
    X(val_accuracy_by_scale)          \
    X(val_accuracy_with_and_without)  \
    X(accuracy_by_model)              \
    X(accuracy_by_scale)              \
    X(accuracy_with_and_without)      \
    X(accuracy_plain)                 \
    X(gap)                            \
    X(confusion)                      \
    X(mistaken)                       \
    X(samples)                        \
    X(filters)
// clang-format on

#define DECLARE(name) extern const struct cln_figure cln_figure_##name;
FIGURES(DECLARE)

#define ADDRESS(name) &cln_figure_##name,
const struct cln_figure *const cln_figures[] = {FIGURES(ADDRESS) NULL};

void cln_picture_done(struct cln_picture *picture) {
    cln_text_free(&picture->title);
    cln_text_free(&picture->note);
    cln_text_free(&picture->alt);
    cln_text_free(&picture->csv);
    cln_hits_done(&picture->hits);
    if (picture->done)
        picture->done(picture->state);
    *picture = (struct cln_picture){0};
}

enum cln_status cln_picture_check(const struct cln_picture *picture) {
    CLN_TRY(cln_text_check(&picture->title));
    CLN_TRY(cln_text_check(&picture->note));
    CLN_TRY(cln_text_check(&picture->alt));
    CLN_TRY(cln_text_check(&picture->csv));
    return picture->hits.failed ? CLN_FAIL(MEMORY, "out of memory for a figure") : CLN_OK;
}

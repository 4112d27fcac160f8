/* A made-up op whose kernel variants are right, slow or wrong by design, for tests of the tuner. */
#ifndef CLN_TEST_MADE_UP_H
#define CLN_TEST_MADE_UP_H

#include "graph/op.h"
#include "graph/tune.h"

#define MADE_UP_SLOW_TIMES 40 /* launches of variant "slow" */

/* Ops of one name: x -> relu(x). Variants in the order they are tried: */
extern const struct cln_op made_up;       /* broken, wrong, slow, fast, reference */
extern const struct cln_op made_up_wrong; /* wrong, reference */
extern const struct cln_op made_up_fewer; /* slow, fast, reference */
/* few (wrong beyond 20 rows), wrong, slow, fast, reference; the reference is said to be costly */
extern const struct cln_op made_up_costly;

extern bool made_up_broken;          /* variant "broken", which does not build, fits */
extern int made_up_left;             /* as the last call said */
extern int made_up_progress_calls;   /* since the last choice began */
extern char made_up_last_note[1024]; /* likewise; "" if there was none */
extern char *made_up_folder;         /* the user's cache folder, for a test's length */
extern const struct cln_tune_options made_up_options; /* no budget, telling the above */

/* One node of the op on (rows, 16384) floats. */
struct cln_graph *made_up_graph(const struct cln_op *op, size_t rows);

/* What a new tuner chooses for such a graph; how many nodes it measured. */
struct made_up_choice {
    char variant[CLN_NAME_SIZE];
    int measured, progress_calls;
    struct cln_tune_entry entry;
};
struct made_up_choice made_up_choose(const struct cln_op *op, size_t rows, const char *pins,
                                     struct cln_tune_options options);

/* Around each test: an empty cache folder, and nothing of it in the environment. */
int made_up_set_up(void **state);
int made_up_tear_down(void **state);

#endif

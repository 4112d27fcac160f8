/*
 * What is printed at the end of a run: a line for each model and choice at each noise scale, over
 * its seeds, and below the table what the figures say.
 *
 *     model    noise   train               test  training          time
 *     -----------------------------------------------------------------
 *     convnet   none  0.7878  0.8790 +- 0.0064  still learning     3:51
 *
 * Accuracies are of the last epoch. Behind the test accuracy stands half of its 95 % interval: over
 * seeds where there are several (Student), else over the choice of test images (Wilson).
 */
#ifndef CLN_CLI_RESULTS_H
#define CLN_CLI_RESULTS_H

#include <stdio.h>

#include "report/meaning.h"

#define CLN_RESULTS_COLUMNS 80

/* Cells that have not begun are left out, and so are, where there is no room, the least important
 * columns. CLN_MEMORY only. */
enum cln_status cln_results_print(FILE *stream, const struct cln_results *results,
                                  const struct cln_meaning *meaning);

/* The same of a run's folder. */
enum cln_status cln_results_print_folder(FILE *stream, const char *folder);

#endif

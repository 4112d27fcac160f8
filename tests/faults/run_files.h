/* What lies in the folder of a run, compared. FOLDER is the one that holds the run's, "out". */
#ifndef TEST_FAULTS_RUN_FILES_H
#define TEST_FAULTS_RUN_FILES_H

#include <stdbool.h>

/* Whether figures and weights of both are the same bytes, and cells have files of the same names;
 * `derived`: with the table over all cells. */
bool run_files_same(const char *folder, const char *other, bool derived);

/* Whether nobody has asked yet for a run that stood as this one does: all names and bytes but for
 * times, the words of an error and who had the lock, which do not decide how it is gone on with.
 * Kept in the folder `states`, for processes that ask at the same time. */
bool run_files_new_state(const char *folder, const char *states);

#endif

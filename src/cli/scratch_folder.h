/* A folder for the time of a command. */
#ifndef CLN_CLI_SCRATCH_FOLDER_H
#define CLN_CLI_SCRATCH_FOLDER_H

#include "base/error.h"

/* A new, empty folder below $TMPDIR or /tmp; free() the path. */
enum cln_status cln_scratch_folder_make(char **out);

/* Removes the folder and all in it, as far as that can be done; frees the path. NULL: nothing. */
void cln_scratch_folder_remove(char *folder);

#endif

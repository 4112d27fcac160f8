/* Ctrl-C: the first one asks the run to stop after its step, the second ends the program at once.
 * Signals that come together, within .3 s, are one. */
#ifndef CLN_CLI_INTERRUPT_H
#define CLN_CLI_INTERRUPT_H

#include <stdbool.h>

/* Listens for SIGINT, SIGTERM and SIGHUP from now on. */
void cln_interrupt_listen(void);

/* Whether one came. `context` is not used: it fits struct cln_train_observer. */
bool cln_interrupted(void *context);

/* A process that is to be killed when the program is ended at once, and one that is no more. More
 * than a few hundred at a time are left to notice by themselves that nobody reads what they say. */
void cln_interrupt_child(long process, bool alive);

/* A folder to be removed with all that is in it when the program is ended at once; NULL: none. One
 * at a time; the path is copied, and one too long to be a path on any system is not kept. */
void cln_interrupt_folder(const char *path);

#endif

/* A worker as its supervisor sees it: a process and two pipes. */
#ifndef CLN_RUN_WORKER_PROCESS_H
#define CLN_RUN_WORKER_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/text.h"

#define CLN_WORKER_MESSAGES 3 /* the worker's descriptor for what it says */

struct cln_worker_process {
    pid_t pid;              /* 0: there is none */
    int to, from;           /* descriptors; to -1: nothing can be said any more */
    struct cln_text unread; /* what came and is no whole line yet */
    bool dead;              /* as cln_worker_is_dead() found: */
    int state;              /* as from waitpid() */
};

/* Starts `command` (NULL at the end; the first is looked for in PATH if it has no slash). What it
 * prints goes to our stderr. CLN_FILE. */
enum cln_status cln_worker_start(struct cln_worker_process *worker, const char *const *command);

/* Writes a line. False, with errno, if that fails, as with EPIPE when the worker is dead; then
 * nothing can be said to it any more, which it takes for being told to stop. */
bool cln_worker_send(struct cln_worker_process *worker, const struct cln_text *line);

/* Takes in what there is to read, without waiting once the descriptor is readable; false at the
 * end: the worker is dead, or is about to be. */
bool cln_worker_receive(struct cln_worker_process *worker);

/* Whether there is something to read, or the end. Does not wait. */
bool cln_worker_has_more(const struct cln_worker_process *worker);

/* The next whole line, without its end; NULL: there is none. Borrowed until the next call. */
const char *cln_worker_next_line(struct cln_worker_process *worker, size_t *at);
void cln_worker_drop_lines(struct cln_worker_process *worker, size_t at);

/* Whether the process has ended. Its pipes may still be held by what it started itself. */
bool cln_worker_is_dead(struct cln_worker_process *worker);

void cln_worker_kill(const struct cln_worker_process *worker);

/* Whether it is dead; then it is no more, and `state` is as from waitpid(). Does not wait. */
bool cln_worker_reap(struct cln_worker_process *worker, int *state);

/* "was killed by SIGSEGV (segmentation fault)", "ended with exit code 3". */
void cln_worker_describe_end(int state, struct cln_text *out);

#endif

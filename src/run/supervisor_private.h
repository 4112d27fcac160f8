/* What the files of the supervisor share. */
#ifndef CLN_RUN_SUPERVISOR_PRIVATE_H
#define CLN_RUN_SUPERVISOR_PRIVATE_H

#include "run/message.h"
#include "run/run_private.h"
#include "run/worker_process.h"

struct pollfd;

/* A device with work to do. */
struct cln_place {
    const struct cln_device *device;
    int jobs, busy; /* workers that it takes, that are on it */
    int failures;   /* one after another, without a cell that was done in between */
    bool *proven;   /* (cells) whether it got as far as training here */
    bool set_aside; /* it gets no work any more */
    char *avoid;    /* kernel variants that are wrong there; NULL: it was not tested yet */
};

/* Room for a worker. process.pid 0: there is none. */
struct cln_worker_slot {
    struct cln_worker_process process;
    struct cln_place *place;
    int cell;
    double began, heard; /* the clock when it was started, and when it said something last */
    bool ready;          /* it trains */
    bool hung, late;     /* it was killed, or told to stop, for that */
    bool closed;         /* it says no more */
    bool unheard;        /* memory for something it said was missing */
    bool ended;          /* it said how it came out: */
    enum cln_status status;
    char *message, *detail;
};

enum cln_task_state { CLN_TASK_WAITING, CLN_TASK_RUNNING, CLN_TASK_ENDED };

struct cln_task {
    enum cln_task_state state;
    int failures;                  /* that counted */
    const struct cln_place *avoid; /* where it failed last; NULL: nowhere */
};

struct cln_supervisor {
    struct cln_run *run;
    struct cln_place *places;
    struct cln_worker_slot *slots;
    struct pollfd *poll;
    struct cln_task *tasks; /* one a cell */
    int place_count, slot_count;
    double looked; /* the clock of the last look at the limits */
    bool stopping;
    bool failed; /* the run ends with: */
    struct cln_error error;
};

/* Tells all workers to stop; none is started any more. */
void cln_supervisor_stop(struct cln_supervisor *supervisor);

/* verdict.c: the cell that a free device takes next; -1: there is none for it. */
int cln_supervisor_next(const struct cln_supervisor *supervisor, const struct cln_place *place);

/* verdict.c: a worker is dead; decides what becomes of its cell. A status other than CLN_OK ends
 * the run. `state`: as from waitpid(). */
enum cln_status cln_supervisor_ended(struct cln_supervisor *supervisor,
                                     struct cln_worker_slot *slot, int state);

#endif

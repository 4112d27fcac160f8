/* What the files of the progress display share. */
#ifndef CLN_CLI_PROGRESS_PRIVATE_H
#define CLN_CLI_PROGRESS_PRIVATE_H

#include "base/text.h"
#include "cli/progress.h"

#define CLN_PROGRESS_WHAT_SIZE 64

enum cln_progress_phase { CLN_WAITING, CLN_PREPARING, CLN_TRAINING, CLN_ENDED };

/* What is known of one cell. */
struct cln_progress_state {
    enum cln_progress_phase phase;
    int model;                         /* in cln_progress.models */
    char what[CLN_PROGRESS_WHAT_SIZE]; /* PREPARING: "Building kernels" */
    int done, count;                   /* PREPARING: how many of them */
    struct cln_train_progress step;    /* the last one told; step.epochs 0: none in this epoch */
    struct cln_epoch_metrics epoch;    /* the last one that ended; epoch.epoch 0: none */
    double seconds;                    /* of the epochs of this run that ended */
};

/* How long epochs of the cells of a model take. */
struct cln_progress_model {
    const char *name;
    double seconds; /* of all epochs that ended, of any of its cells */
    int epochs;     /* how many those are */
    double waiting; /* epochs of cells that have not begun */
};

struct cln_progress {
    struct cln_terminal terminal;
    const struct cln_progress_cell *cells;
    struct cln_progress_state *states; /* (count) */
    size_t count;
    struct cln_progress_model *models; /* (count) at most */
    int model_count;
    size_t *running; /* (count) cells, in the order in which they began */
    size_t running_count, wanted_count, ended_count;
    double prepare_next;   /* when to tell of work on kernels, by the clock; 0: none is going on */
    bool stopped;          /* nothing is drawn any more */
    struct cln_text drawn; /* the lines that stand on the terminal, to be drawn over; "": none */
};

#define CLN_BAR_LEAST 12
#define CLN_BAR_MOST  30

/* One column stays free: some terminals wrap when the last one is written. 0: no limit. */
int cln_progress_room(const struct cln_progress *progress);

/* "[====>.....]" of `columns` columns. */
void cln_progress_bar(char *out, int columns, double share);

/* Seconds until the cell is done, and until the run is. NaN: nobody can tell yet. */
double cln_progress_cell_left(const struct cln_progress *progress, size_t cell);
double cln_progress_run_left(const struct cln_progress *progress);

/* What share of the run is done, 0 to 1; NaN: nobody can tell yet. */
double cln_progress_run_share(const struct cln_progress *progress);

/* progress_block.c: the lines of the cells being trained, and the run's; draws them over the ones
 * that stand there. */
void cln_progress_draw(struct cln_progress *progress);

/* Writes lines, or the last of a cell's, in the place of what is drawn. `finished`: a line that
 * stays. */
void cln_progress_show(struct cln_progress *progress, const struct cln_text *text,
                       const char *color, bool finished);

#endif

/*
 * The folder of a cell, cells/<id>/: the complete record of one training, written by nobody but
 * the process that trains it. Everything else in a run's folder is derived from these.
 *
 *     cell.json            what was trained, on what, how far it is and what came of it; written
 *                          anew, atomically, at each change of status and after each epoch
 *     metrics.jsonl        the journal: see journal.h
 *     checkpoint-0, -1     two generations of what it takes to go on, until it is done
 *     model.safetensors    the weights at the end
 */
#ifndef CLN_RUN_CELL_RECORD_H
#define CLN_RUN_CELL_RECORD_H

#include "data/dataset.h"
#include "experiment/experiment.h"
#include "runtime/device.h"
#include "train/train.h"

struct cJSON;
struct cln_cell_record;

/* What is known of a cell, as plain data. */
struct cln_cell_state {
    char status[16];               /* "waiting", "running", "done", "failed", "interrupted" */
    bool diverged;                 /* it failed, and would do so again */
    bool tested;                   /* at all the scales that the cell asks for, and no others */
    int attempts;                  /* how often it was begun or gone on with */
    int epochs;                    /* trained to their end */
    double seconds;                /* they took */
    struct cln_epoch_metrics last; /* zeros without an epoch */
};

/* Reads the record, or begins one in memory if there is none; the cell must outlive it. Nothing is
 * written yet. */
enum cln_status cln_cell_record_open(const char *run_folder, const struct cln_cell *cell,
                                     struct cln_cell_record **out);
void cln_cell_record_free(struct cln_cell_record *record);

/* cells/<id> in the run's folder; borrowed. */
const char *cln_cell_record_folder(const struct cln_cell_record *record);

/* A path in the cell's folder; free() it. NULL when out of memory. */
char *cln_cell_record_path(const struct cln_cell_record *record, const char *name);

/*
 * The training begins, or goes on after `epochs` that are done: makes the folder, takes back what
 * was written of later epochs, and says "running".
 */
enum cln_status cln_cell_record_begin(struct cln_cell_record *record,
                                      const struct cln_device *device,
                                      const struct cln_dataset *dataset, int epochs);

/* What is known once the model is compiled: its size, its kernels, how steps are replayed. */
enum cln_status cln_cell_record_model(struct cln_cell_record *record, struct cln_trainer *trainer);

/* An epoch has ended: on disk when this returns. */
enum cln_status cln_cell_record_epoch(struct cln_cell_record *record,
                                      const struct cln_epoch_metrics *metrics);

/* The weights, what they make of the test set (cell_evaluations.h), and that it is done. The
 * observer may be NULL; it is told of the tests' progress, and may interrupt them. */
enum cln_status cln_cell_record_done(struct cln_cell_record *record, struct cln_trainer *trainer,
                                     const struct cln_dataset *dataset,
                                     const struct cln_train_observer *observer);

/* Tests the net of a cell that is done once more, because `evaluate` asks for other scales now. */
enum cln_status cln_cell_record_retest(struct cln_cell_record *record, struct cln_trainer *trainer,
                                       const struct cln_dataset *dataset,
                                       const struct cln_train_observer *observer);

/* It lost its numbers, and where: on disk when this returns. */
enum cln_status cln_cell_record_diverged(struct cln_cell_record *record,
                                         const struct cln_divergence *where);

/* It ended otherwise: "interrupted" or "failed", by the error's status. */
enum cln_status cln_cell_record_fail(struct cln_cell_record *record, const struct cln_error *error);

enum cln_status cln_cell_record_state(const struct cln_cell_record *record,
                                      struct cln_cell_state *state);

/* cell.json as it stands; borrowed. */
const struct cJSON *cln_cell_record_json(const struct cln_cell_record *record);

#endif

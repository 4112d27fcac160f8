/*
 * metrics.jsonl: the journal of a cell, a line of JSON an epoch, on disk when the epoch is over.
 *
 *     {"epoch":1,"loss":2.28,"accuracy":0.13,"val_loss":2.24,"val_accuracy":0.34}
 *
 * With images set aside for validation "test_loss" and "test_accuracy" follow. There are no times
 * in it, so a training that was broken off and went on leaves the same bytes as one that was not.
 * What is not finite is null.
 */
#ifndef CLN_RUN_JOURNAL_H
#define CLN_RUN_JOURNAL_H

#include "base/error.h"
#include "clnoise/progress.h"

/* Appends a line and waits until it is on disk. CLN_FILE. */
enum cln_status cln_journal_add(const char *path, const struct cln_epoch_metrics *metrics);

/*
 * The epochs 1, 2, ... as far as they follow one another; none if there is no file. A line that was
 * torn by a crash, and all after it, is left out. Seconds are 0, null is NaN. free() `*rows`.
 */
enum cln_status cln_journal_read(const char *path, struct cln_epoch_metrics **rows, int *count);

/* Leaves the first `epochs` lines, or those there are; the rest goes, atomically. */
enum cln_status cln_journal_cut(const char *path, int epochs);

#endif

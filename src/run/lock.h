/* One run at a time in a folder, and one worker at a time on a cell. */
#ifndef CLN_RUN_LOCK_H
#define CLN_RUN_LOCK_H

#include "base/error.h"

struct cln_lock;

/*
 * Takes the lock <folder>/lock, a file that names the process and host that hold it. The system
 * lets go of it when the process ends, however it ends, so the file itself may stay. CLN_FILE, with
 * who holds it, if another process does; where the file system knows no locks, there is none.
 */
enum cln_status cln_lock_take(const char *folder, struct cln_lock **out);

/*
 * Takes the lock of one cell, of which a worker may still be at work whose run was killed: it
 * notices, saves and ends. Another part of the same file, so not for the process that holds the
 * folder's. CLN_FILE if somebody else holds it.
 */
enum cln_status cln_lock_take_cell(const char *folder, const char *id, struct cln_lock **out);

/* NULL is fine. */
void cln_lock_release(struct cln_lock *lock);

#endif

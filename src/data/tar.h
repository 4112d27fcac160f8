/* Finds a file in a tar archive in memory (POSIX.1-2008, pax: the ustar header block). */
#ifndef CLN_DATA_TAR_H
#define CLN_DATA_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * The first plain file whose name, without the folders it lies in, is `member`; *found tells
 * whether there is one, *at points into `bytes`. `name` stands in messages only. CLN_DATA if what
 * is read until then is no whole archive.
 */
enum cln_status cln_tar_find(const char *name, const void *bytes, size_t length, const char *member,
                             const uint8_t **at, size_t *member_length, bool *found);

#endif

/*
 * What fuzz targets share. A target is one file, fuzz_<parser>.c, with libFuzzer's function in it:
 * it gives the bytes to one parser and aborts where the parser's promises do not hold. tests/fuzz
 * builds it twice: with libFuzzer where CLNOISE_FUZZ is on, else with replay.c, which feeds it the
 * files of corpus/<parser>.
 */
#ifndef CLN_TEST_FUZZ_H
#define CLN_TEST_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A folder of this process, made at the first call and removed with what fuzz_put() has put there
 * when the process ends. */
const char *fuzz_folder(void);

/* Writes <folder>/<name>, with the folders above it, and returns its path until it is called with
 * that name again. */
const char *fuzz_put(const char *name, const uint8_t *data, size_t size);

/* Takes away what fuzz_put() has written by that name. */
void fuzz_drop(const char *name);

/* The bytes with a NUL after them; free() it. */
char *fuzz_text(const uint8_t *data, size_t size);

/* The bytes in memory of just that size, so that a sanitizer sees who reads on; free() it. */
uint8_t *fuzz_copy(const uint8_t *data, size_t size);

/* Aborts unless `held`. */
void fuzz_check(bool held, const char *promise);

/* Aborts unless a call that failed has left a message of one line. */
void fuzz_check_error(enum cln_status status);

#endif

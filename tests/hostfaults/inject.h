/*
 * Faults in what the program asks of its host. A build of the program for tests, clnoise_faults, is
 * linked so that its own calls of malloc(), open(), write() and so on come here first (the linker's
 * --wrap; CMakeLists.txt has the list), those of drivers and libraries do not, but for cJSON's
 * memory. Environment:
 *
 *   CLNOISE_FAULT="ROLE KIND N HOW"  the Nth call of that kind; ROLE: run (the program itself) or
 *                                    worker; KIND: memory or file; N 0: none, they are counted
 *     HOW: once         it fails, in one process of the run
 *          ever         it and all after it fail, in every process of the role
 *          short        a write or read does a part; another call fails as with once
 *          interrupted  it was interrupted by a signal (EINTR), where POSIX has that
 *          kill         the process is killed before it (SIGKILL)
 *          torn         the process is killed in the middle of it: half a write, else after it
 *   CLNOISE_FAULT_LOG=FILE      what was hit, a line a call: "N NAME SUBJECT"; there once something
 *                               was. With N 0, of each call "N NAME PLACE SUBJECT", where calls
 *                               from one PLACE came through the same functions
 *   CLNOISE_FAULT_LEFT=FILE     what was taken and not given back when the program ended, one line
 *                               a thing, for processes of the role
 *   CLNOISE_FAULT_CLOCK="WHICH SECONDS LOOK FILE"  a worker's LOOKth look at a clock makes FILE; as
 *                               long as it is there, clocks of the run and its workers are SECONDS
 *                               ahead. WHICH:
 *     set    those that can be set
 *     all    as where the one that only moves forward goes on while the machine sleeps
 *     hang   all, and the worker stops soon after
 *   CLNOISE_FAULT_REPORT=off    leaves out what `run` derives from the cells, for speed
 */
#ifndef CLN_TEST_INJECT_H
#define CLN_TEST_INJECT_H

#include <stdbool.h>
#include <stddef.h>

enum inject_kind { INJECT_MEMORY, INJECT_FILE };

enum inject_verdict {
    INJECT_GO, /* nothing is wrong */
    INJECT_FAIL,
    INJECT_SHORT,
    INJECT_INTERRUPT,
    INJECT_TEAR, /* do half, then inject_kill() */
};

/* Before any other thread runs. */
void inject_begin(int count, char **arguments);

/* Counts a call and says what is to become of it; may not return. `subject`: a path, or what else
 * the call is about. */
enum inject_verdict inject(enum inject_kind kind, const char *name, const char *subject);

/* The same, for a call on a descriptor. */
enum inject_verdict inject_fd(const char *name, int fd);

_Noreturn void inject_kill(void);

/* wrap_clock.c, before any other thread runs. */
void clock_begin(bool worker);

/* left.c: what was taken and not yet given back. A thing is known by its class and a number. */
enum left_class { LEFT_MEMORY, LEFT_DESCRIPTOR, LEFT_STREAM, LEFT_FOLDER };

void left_begin(void);
void left_take(enum left_class class, size_t thing, const char *name);
void left_give(enum left_class class, size_t thing);
void left_write(const char *path);

#define INJECT_FRAMES 8

/* Where the caller of our caller was called from, as a number that is the same in every run; and
 * the addresses of the innermost calls, as addr2line takes them, with 0 at the end. */
unsigned long inject_place(unsigned long frames[INJECT_FRAMES]);

#endif

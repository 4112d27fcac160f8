/* What the files of the fault layer share. */
#ifndef TEST_FAULT_LAYER_FAULT_H
#define TEST_FAULT_LAYER_FAULT_H

#include <CL/cl.h>
#include <stdbool.h>

#include "calls.h"

enum call_id {
#define CALL_ID(name) ID_##name,
    FAULT_CALLS(CALL_ID)
#undef CALL_ID
        CALL_COUNT
};

enum object {
    CONTEXT,
    QUEUE,
    BUFFER,
    PROGRAM,
    KERNEL,
    EVENT,
    DEVICE_PART,
    COMMAND_BUFFER,
    OBJECTS
};

/* What is to fail, from the environment: see layer.c. */
struct rule {
    long call; /* 0: none */
    const char *name, *kind, *once, *log;
    cl_int code;
    bool always, list, elsewhere; /* meant for other processes */
    char process[32];
};

extern struct rule rule;

/* Reads the environment, and has the counts told at the end of the process. */
void fault_begin(void);

/* Counts a call; true if it is to fail. Never returns if it is to hang. */
bool fails(enum call_id call, bool has_event);

/* Whether the kind of the fault is this. */
bool is_kind(const char *kind);

/* One object more, if the call that makes it succeeded with this code, which is handed back; one
 * less. */
cl_int born(enum object object, cl_int code);
void gone(enum object object);

/* For calls that make an object: what a failing one returns; what a driver made, counted. */
void *refuse(cl_int *code);
void *created(enum object object, void *made, const cl_int *code);

/* An enqueued command with its event, where one is wanted. */
cl_int enqueued(cl_int code, bool failed, cl_uint count, const cl_event *waits, cl_event *event);

/* Events of commands that ran, but are said to have failed. */
bool is_spoiled(cl_event event);
bool any_spoiled(cl_uint count, const cl_event *events);
void refer(cl_event event, int change); /* one reference more or less */

/* Ours in the place of a function of an extension. In command_buffer.c. */
void *swap_extension(const char *name, void *address);

#endif

/* Which calls fail, what is counted, and what is told of it. */
#include "fault.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const call_names[] = {
#define CALL_NAME(name) #name,
    FAULT_CALLS(CALL_NAME)
#undef CALL_NAME
};

static const char *const object_names[OBJECTS] = {
    "context", "queue", "buffer", "program", "kernel", "event", "device part", "command buffer"};

struct rule rule;

static atomic_long counted;
static atomic_int alive[OBJECTS];
static atomic_bool fired;

/* A line to the log; one write, for several processes have it open. */
static void tell(const char *format, ...) {
    char line[256];
    int length = snprintf(line, sizeof line, "%ld %s ", (long)getpid(), rule.process);
    va_list arguments;
    va_start(arguments, format);
    length += vsnprintf(line + length, sizeof line - (size_t)length - 1, format, arguments);
    va_end(arguments);
    line[length++] = '\n';
    int file = rule.log ? open(rule.log, O_WRONLY | O_APPEND | O_CREAT, 0600) : -1;
    if (file >= 0 && write(file, line, (size_t)length) < 0)
        perror(rule.log);
    if (file >= 0)
        close(file);
}

bool is_kind(const char *kind) {
    return !strcmp(rule.kind, kind);
}

/* Whether this one file can be made: by one process of all that try. */
static bool is_first(void) {
    int file = rule.once ? open(rule.once, O_WRONLY | O_CREAT | O_EXCL, 0600) : -1;
    if (file >= 0)
        close(file);
    return !rule.once || file >= 0;
}

static bool fires(long number) {
    if (!rule.call || rule.elsewhere || number < rule.call)
        return false;
    if (number > rule.call)
        return rule.always && atomic_load(&fired);
    if (!is_first())
        return false;
    atomic_store(&fired, true);
    return true;
}

bool fails(enum call_id call, bool has_event) {
    if ((is_kind("event") && !has_event) || (rule.name && strcmp(rule.name, call_names[call]) != 0))
        return false;
    long number = atomic_fetch_add(&counted, 1) + 1;
    if (rule.list)
        tell("call %ld %s", number, call_names[call]);
    if (!fires(number))
        return false;
    tell("fault %ld %s", number, call_names[call]);
    while (is_kind("hang"))
        pause();
    return true;
}

cl_int born(enum object object, cl_int code) {
    if (code == CL_SUCCESS)
        atomic_fetch_add(&alive[object], 1);
    return code;
}

void gone(enum object object) {
    atomic_fetch_sub(&alive[object], 1);
}

void *refuse(cl_int *code) {
    if (code)
        *code = rule.code;
    return NULL;
}

/* What is created is counted by the code that comes with it. */
void *created(enum object object, void *made, const cl_int *code) {
    (void)born(object, made && *code == CL_SUCCESS ? CL_SUCCESS : CL_INVALID_VALUE);
    return made;
}

/* Events whose commands ran, but are said to have failed; and those of commands that waited for
 * one. Not left to the driver, as dependents of failed events hang in some. */
static struct {
    cl_event event;
    int references;
} spoiled[1024];

bool is_spoiled(cl_event event) {
    for (size_t i = 0; i < sizeof spoiled / sizeof *spoiled; i++)
        if (spoiled[i].references && spoiled[i].event == event)
            return true;
    return false;
}

bool any_spoiled(cl_uint count, const cl_event *events) {
    for (cl_uint i = 0; i < count; i++)
        if (is_spoiled(events[i]))
            return true;
    return false;
}

/* One reference more or less. Commands come from one thread only. */
void refer(cl_event event, int change) {
    for (size_t i = 0; i < sizeof spoiled / sizeof *spoiled; i++)
        if (spoiled[i].references && spoiled[i].event == event) {
            spoiled[i].references += change;
            return;
        }
}

static void spoil(cl_event event) {
    for (size_t i = 0; i < sizeof spoiled / sizeof *spoiled; i++)
        if (!spoiled[i].references) {
            spoiled[i].event = event;
            spoiled[i].references = 1;
            return;
        }
}

cl_int enqueued(cl_int code, bool failed, cl_uint count, const cl_event *waits, cl_event *event) {
    if (code == CL_SUCCESS && event && (failed || any_spoiled(count, waits)))
        spoil(*event);
    return event ? born(EVENT, code) : code;
}

static void at_end(void) {
    tell("calls %ld", atomic_load(&counted));
    for (int i = 0; i < OBJECTS; i++)
        if (atomic_load(&alive[i]))
            tell("leak %d %s", atomic_load(&alive[i]), object_names[i]);
}

/* The first argument of the command line. */
static void read_process(void) {
    char line[4096] = "";
    int file = open("/proc/self/cmdline", O_RDONLY);
    ssize_t length = file >= 0 ? read(file, line, sizeof line - 1) : 0;
    if (file >= 0)
        close(file);
    size_t first = strlen(line) + 1;
    snprintf(rule.process, sizeof rule.process, "%s",
             length > (ssize_t)first && line[first] ? line + first : "-");
}

void fault_begin(void) {
    const char *call = getenv("FAULT_CALL"), *kind = getenv("FAULT_KIND");
    const char *code = getenv("FAULT_CODE"), *process = getenv("FAULT_PROCESS");
    read_process();
    rule.call = call ? atol(call) : 0;
    rule.kind = kind ? kind : "code";
    rule.code = code ? atoi(code) : CL_OUT_OF_RESOURCES;
    rule.name = getenv("FAULT_NAME");
    rule.once = getenv("FAULT_ONCE");
    rule.log = getenv("FAULT_LOG");
    rule.always = getenv("FAULT_ALWAYS") != NULL;
    rule.list = getenv("FAULT_LIST") != NULL;
    rule.elsewhere = process && strcmp(process, rule.process) != 0;
    atexit(at_end);
}

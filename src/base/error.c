#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

static _Thread_local struct cln_error last_error;
static _Thread_local char *last_detail;

const struct cln_error *cln_error_last(void) {
    return &last_error;
}

const char *cln_status_name(enum cln_status status) {
    switch (status) {
#define STATUS_NAME(name, exit_code, text)                                                         \
    case CLN_##name:                                                                               \
        return "CLN_" #name;
        CLN_STATUS_LIST(STATUS_NAME)
#undef STATUS_NAME
    }
    return "CLN_UNKNOWN";
}

int cln_status_exit_code(enum cln_status status) {
    switch (status) {
#define STATUS_EXIT(name, exit_code, text)                                                         \
    case CLN_##name:                                                                               \
        return exit_code;
        CLN_STATUS_LIST(STATUS_EXIT)
#undef STATUS_EXIT
    }
    return 1;
}

enum cln_status cln_error_raise(enum cln_status status, const char *file, int line,
                                const char *format, ...) {
    /* Formatted aside first: an argument may point into the record itself. */
    char message[sizeof last_error.message];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    cln_utf8_disarm(message, false); /* names of files and texts from them are in it */
    memcpy(last_error.message, message, sizeof message);
    last_error.status = status;
    last_error.file = file;
    last_error.line = line;
    cln_error_set_detail(NULL);
    return status;
}

/* NULL for NULL, and where memory has run out: a detail may be missing. */
static char *copy(const char *text) {
    size_t size = text ? strlen(text) + 1 : 0;
    char *result = text ? malloc(size) : NULL;
    if (result)
        memcpy(result, text, size);
    return result;
}

void cln_error_set_detail(const char *text) {
    char *detail = copy(text);
    if (detail)
        cln_utf8_disarm(detail, true);
    free(last_detail);
    last_detail = detail;
    last_error.detail = last_detail;
}

void cln_error_save(struct cln_error *saved) {
    *saved = last_error;
    saved->detail = copy(last_error.detail);
}

enum cln_status cln_error_restore(struct cln_error *saved) {
    cln_error_raise(saved->status, saved->file, saved->line, "%s", saved->message);
    cln_error_set_detail(saved->detail);
    cln_error_drop(saved);
    return saved->status;
}

void cln_error_drop(struct cln_error *saved) {
    free((char *)saved->detail);
    saved->detail = NULL;
}

/* What the program took and has not given back, in a table of its own memory. */
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hostfaults/inject.h"

#define SLOTS ((size_t)1 << 20) /* far more than there are things at a time */
#define GONE  SIZE_MAX

struct slot {
    size_t thing; /* 0: never used; GONE: used no more */
    enum left_class class;
    const char *name;
    unsigned long frames[INJECT_FRAMES];
};

int __real_open(const char *path, int flags, ...);
ssize_t __real_write(int fd, const void *bytes, size_t length);
int __real_close(int fd);
void *__real_calloc(size_t count, size_t size);

static struct slot *slots;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

void left_begin(void) {
    if (getenv("CLNOISE_FAULT_LEFT"))
        slots = __real_calloc(SLOTS, sizeof *slots);
}

static size_t first_slot(enum left_class class, size_t thing) {
    return (size_t)((thing * 8 + class) * 0x9e3779b97f4a7c15u >> 20) % SLOTS;
}

void left_take(enum left_class class, size_t thing, const char *name) {
    if (!slots)
        return;
    struct slot slot = {thing + 1, class, name, {0}};
    (void)inject_place(slot.frames);
    thing++; /* a descriptor may be 0 */
    pthread_mutex_lock(&mutex);
    size_t at = first_slot(class, thing);
    while (slots[at].thing && slots[at].thing != GONE)
        at = (at + 1) % SLOTS;
    slots[at] = slot;
    pthread_mutex_unlock(&mutex);
}

/* What was taken by a library is not in the table; that is no error. */
void left_give(enum left_class class, size_t thing) {
    if (!slots)
        return;
    thing++;
    pthread_mutex_lock(&mutex);
    size_t at = first_slot(class, thing);
    while (slots[at].thing && !(slots[at].thing == thing && slots[at].class == class))
        at = (at + 1) % SLOTS;
    if (slots[at].thing)
        slots[at].thing = GONE;
    pthread_mutex_unlock(&mutex);
}

void left_write(const char *path) {
    static const char *const words[] = {"memory", "descriptor", "stream", "folder"};
    if (!slots || !path)
        return;
    int fd = __real_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    for (size_t i = 0; i < SLOTS; i++) {
        char line[512];
        if (!slots[i].thing || slots[i].thing == GONE)
            continue;
        int length =
            snprintf(line, sizeof line, "%s of %s at", words[slots[i].class], slots[i].name);
        for (const unsigned long *at = slots[i].frames; *at; at++)
            length += snprintf(line + length, sizeof line - (size_t)length, " %lx", *at);
        line[length++] = '\n';
        if (__real_write(fd, line, (size_t)length) != length)
            abort();
    }
    __real_close(fd);
}

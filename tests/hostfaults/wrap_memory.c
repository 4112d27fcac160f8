/* The program's own calls for memory, threads included: see inject.h. */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cjson/cJSON.h>

#include "hostfaults/inject.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);
void *__real_mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*work)(void *), void *argument);
int __real_main(int count, char **arguments);

static bool refused(const char *name) {
    return inject(INJECT_MEMORY, name, "") != INJECT_GO;
}

static void *taken(void *memory, const char *name) {
    if (memory)
        left_take(LEFT_MEMORY, (uintptr_t)memory, name);
    return memory;
}

static void *none(void) {
    errno = ENOMEM;
    return NULL;
}

void *__wrap_malloc(size_t size) {
    return refused("malloc") ? none() : taken(__real_malloc(size), "malloc");
}

void *__wrap_calloc(size_t count, size_t size) {
    return refused("calloc") ? none() : taken(__real_calloc(count, size), "calloc");
}

void *__wrap_realloc(void *memory, size_t size) {
    if (refused("realloc"))
        return none();
    if (memory)
        left_give(LEFT_MEMORY, (uintptr_t)memory);
    void *moved = __real_realloc(memory, size);
    return taken(moved ? moved : memory, "realloc") && moved ? moved : NULL;
}

void __wrap_free(void *memory) {
    if (memory)
        left_give(LEFT_MEMORY, (uintptr_t)memory);
    __real_free(memory);
}

static char *copy(const char *text, size_t length, const char *name) {
    char *memory = refused(name) ? none() : taken(__real_malloc(length + 1), name);
    if (memory) {
        memcpy(memory, text, length);
        memory[length] = '\0';
    }
    return memory;
}

char *__wrap_strdup(const char *text) {
    return copy(text, strlen(text), "strdup");
}

char *__wrap_strndup(const char *text, size_t most) {
    return copy(text, strnlen(text, most), "strndup");
}

void *__wrap_mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset) {
    if (!refused("mmap"))
        return __real_mmap(at, length, protection, flags, fd, offset);
    errno = ENOMEM;
    return MAP_FAILED;
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*work)(void *), void *argument) {
    return refused("pthread_create") ? EAGAIN
                                     : __real_pthread_create(thread, attributes, work, argument);
}

/* What cJSON asks for is ours: that it was refused shows in what we write. */
static void *json_malloc(size_t size) {
    return refused("cJSON") ? none() : taken(__real_malloc(size), "cJSON");
}

int __wrap_main(int count, char **arguments) {
    cJSON_Hooks hooks = {json_malloc, __wrap_free};
    inject_begin(count, arguments);
    cJSON_InitHooks(&hooks);
    int code = __real_main(count, arguments);
    left_write(getenv("CLNOISE_FAULT_LEFT"));
    return code;
}

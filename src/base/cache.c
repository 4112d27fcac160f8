/* The user's cache folder, and whether what is kept in it may be believed. */
#include <stdlib.h>

#include "base/file.h"

char *cln_cache_folder(void) {
    const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (xdg && *xdg == '/')
        return cln_path_join(xdg, "clnoise");
    if (!home || !*home)
        return NULL;
#ifdef __APPLE__
    return cln_path_join(home, "Library/Caches/clnoise");
#else
    return cln_path_join(home, ".cache/clnoise");
#endif
}

/* What lies in these is run, or decides what is run. */
static const char *const kept[] = {"programs", "selftest", "tuning"};

char *cln_cache_trusted(const char *name) {
    char *cache = cln_cache_folder(), *folder = cache ? cln_path_join(cache, name) : NULL;
    if (folder && !(cln_file_is_trusted(cache) && cln_file_is_trusted(folder))) {
        free(folder);
        folder = NULL;
    }
    free(cache);
    return folder;
}

char *cln_cache_distrusted(void) {
    char *cache = cln_cache_folder();
    if (!cache || !cln_file_is_trusted(cache))
        return cache;
    char *found = NULL;
    for (size_t i = 0; i < sizeof kept / sizeof *kept && !found; i++) {
        found = cln_path_join(cache, kept[i]);
        if (found && cln_file_is_trusted(found)) {
            free(found);
            found = NULL;
        }
    }
    free(cache);
    return found;
}

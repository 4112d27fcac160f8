#include "faults/run_files.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"

struct pattern {
    const char *pattern;
    bool named_only; /* what is in the files does not matter */
};

static const struct pattern results[] = {{"out/metrics.csv", false},
                                         {"out/cells/*/metrics.jsonl", false},
                                         {"out/cells/*/model.safetensors", false},
                                         {"out/cells/*/*", true},
                                         {NULL, false}};

static const struct pattern everything[] = {{"out/*", false},
                                            {"out/.[!.]*", false},
                                            {"out/*/*", false},
                                            {"out/*/.[!.]*", false},
                                            {"out/cells/*/*", false},
                                            {"out/cells/*/.[!.]*", false},
                                            {NULL, false}};

static void give_up(const char *what) {
    perror(what);
    exit(1);
}

static char *join(const char *folder, const char *name) {
    char *path = cln_path_join(folder, name);
    if (!path)
        give_up(name);
    return path;
}

/* Whether the line of cell.json differs from try to try. */
static bool is_incidental(const char *line) {
    static const char *const keys[] = {"message", "detail", "seconds", "started", "epoch_seconds"};
    const char *key = line + strspn(line, "\t");
    for (size_t i = 0; i < sizeof keys / sizeof *keys && *key == '"'; i++) {
        const size_t length = strlen(keys[i]);
        if (!strncmp(key + 1, keys[i], length) && key[1 + length] == '"')
            return true;
    }
    return false;
}

static void add_bytes(const char *path, struct cln_text *out) {
    const char *name = strrchr(path, '/');
    char *bytes = NULL;
    size_t length = 0;
    if (name && !strcmp(name, "/lock")) /* the process that has it, or had */
        return;
    if (cln_file_read(path, &bytes, &length) != CLN_OK) /* a folder */
        return;
    if (strcmp(name ? name : path, "/cell.json") != 0) {
        cln_text_append(out, bytes, length);
    } else {
        for (char *line = bytes, *end; *line; line = end) {
            end = line + strcspn(line, "\n");
            end += *end == '\n';
            if (!is_incidental(line))
                cln_text_append(out, line, (size_t)(end - line));
        }
    }
    free(bytes);
}

static void describe(const char *folder, const struct pattern *row, struct cln_text *out) {
    for (; row->pattern; row++) {
        char *pattern = join(folder, row->pattern);
        glob_t files;
        if (!glob(pattern, 0, NULL, &files)) {
            for (size_t f = 0; f < files.gl_pathc; f++) {
                cln_text_add(out, "%s\n", files.gl_pathv[f] + strlen(folder));
                if (!row->named_only)
                    add_bytes(files.gl_pathv[f], out);
            }
            globfree(&files);
        }
        free(pattern);
    }
    if (cln_text_check(out) != CLN_OK)
        give_up(folder);
}

bool run_files_same(const char *folder, const char *other, bool derived) {
    struct cln_text expected = {0}, found = {0};
    describe(folder, results + !derived, &expected);
    describe(other, results + !derived, &found);
    const bool same =
        expected.length == found.length && !memcmp(expected.chars, found.chars, found.length);
    cln_text_free(&expected);
    cln_text_free(&found);
    return same;
}

bool run_files_new_state(const char *folder, const char *states) {
    struct cln_text text = {0};
    char hash[CLN_SHA256_HEX_SIZE];
    describe(folder, everything, &text);
    if (cln_sha256(text.chars ? text.chars : "", text.length, hash) != CLN_OK)
        give_up("sha256");
    cln_text_free(&text);
    char *path = join(states, hash);
    const int file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (file >= 0)
        close(file);
    free(path);
    return file >= 0;
}

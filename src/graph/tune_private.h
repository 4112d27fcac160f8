/* Inside the tuner: keys, the file, trials. */
#ifndef CLN_GRAPH_TUNE_PRIVATE_H
#define CLN_GRAPH_TUNE_PRIVATE_H

#include "graph/op.h"
#include "graph/trial.h"
#include "graph/tune.h"

/* The entries of one device, as in its file. */
struct cln_tune_cache {
    char device_key[CLN_SHA256_HEX_SIZE];
    char device_name[256]; /* for whoever reads the file */
    char *folder, *path;   /* NULL: nothing is kept on disk */
    struct cln_tune_entry **entries;
    int count, capacity;
    bool changed; /* since the file was read */
    bool frozen;  /* what is in the file stays as it is */
    /* Spent on finding the entries, by all that kept the file; and by us since it was written. */
    double spent_seconds, added_seconds;
};

/* Reads what the file in the folder (NULL: in the user's cache folder) has; an empty cache if it
 * has nothing of use. CLN_MEMORY only. */
enum cln_status cln_tune_cache_open(const struct cln_context *context, const char *folder,
                                    struct cln_tune_cache *out);
void cln_tune_cache_done(struct cln_tune_cache *cache);

/* Adds what a file holds, as far as it is one of ours and of this device; nothing of it is trusted,
 * and nothing taken if somebody else can have written it. NULL or no file: nothing. CLN_MEMORY
 * only. */
enum cln_status cln_tune_cache_read(const char *path, const char *device_key,
                                    struct cln_tune_cache *into);

/* NULL if there is none. Entries stay where they are until the cache is done with. */
struct cln_tune_entry *cln_tune_cache_find(const struct cln_tune_cache *cache, const char *key);

/* Copies the entry in, over one with its key. */
enum cln_status cln_tune_cache_put(struct cln_tune_cache *cache,
                                   const struct cln_tune_entry *entry);

/*
 * Writes the file if anything changed, together with what other processes have put there
 * meanwhile: of two entries with one key theirs stays, and takes the place of ours here too, unless
 * `replace`. CLN_MEMORY, with the file as it was. That it cannot be written is ignored, but for
 * what is frozen: whoever goes on with a run relies on that.
 */
enum cln_status cln_tune_cache_save(struct cln_tune_cache *cache, bool replace);

/* Hashes of kernel files with all that they include, each made once. */
struct cln_tune_sources {
    struct {
        char name[CLN_NAME_SIZE];
        char hash[CLN_SHA256_HEX_SIZE];
    } * rows;
    int count, capacity;
};

/* The programs that a node's candidates are made of, by a hash of file and options. */
#define CLN_TUNE_PROGRAMS 64
struct cln_tune_programs {
    uint64_t hash[CLN_TUNE_PROGRAMS];
    int count; /* those beyond the array are not counted */
};

/* What a node's entry is named by, and what has to be built to measure it: op, shapes, and for each
 * candidate the launches it becomes, which tell attributes and device apart, with the sources of
 * their kernels. */
enum cln_status cln_tune_node_key(struct cln_tune_sources *sources, const struct cln_node *node,
                                  const struct cln_caps *caps,
                                  const struct cln_variant *const *candidates, int count,
                                  char key[CLN_SHA256_HEX_SIZE],
                                  struct cln_tune_programs *programs);

#endif

/* The section `data`: a published data set by name, or files of the user's own. */
#define _XOPEN_SOURCE 700 /* realpath(): POSIX has it, glibc wants to be asked */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/own.h"
#include "data/registry.h"
#include "experiment/config.h"

#define MOST_NAMES 32
#define OWN_NAME   "own data" /* of data that are not called anything else */

/* The keys that say which files are meant, and where in the spec they are. */
static const struct own_key {
    const char *key;
    size_t offset;
} own_keys[] = {
    {"train_images", offsetof(struct cln_data_spec, train_images)},
    {"train_labels", offsetof(struct cln_data_spec, train_labels)},
    {"test_images", offsetof(struct cln_data_spec, test_images)},
    {"test_labels", offsetof(struct cln_data_spec, test_labels)},
    {"folder", offsetof(struct cln_data_spec, folder)},
};

#define KEY_COUNT  (sizeof own_keys / sizeof *own_keys)
#define FILE_COUNT (KEY_COUNT - 1)

static const char *value_of(const struct cln_data_spec *data, size_t key) {
    return (const char *)data + own_keys[key].offset;
}

static const struct cln_yaml_node *node_of(const struct cln_yaml_node *root, const char *key) {
    const struct cln_yaml_node *section = cln_yaml_child(root, "data");
    return section ? cln_yaml_child(section, key) : NULL;
}

static enum cln_status fail_at(const struct cln_yaml_node *root, const char *key,
                               const char *accepted, const char *what) {
    char dotted[CLN_KEY_SIZE];
    cln_key_join(dotted, "data", key);
    return cln_yaml_fail(cln_config_place(root, "data", key), dotted, accepted, NULL, "%s", what);
}

static bool is_published(const char *name) {
    for (size_t i = 0; i < cln_data_entry_count; i++)
        if (!strcmp(cln_data_entries[i].name, name))
            return true;
    return false;
}

static enum cln_status check_published(const struct cln_yaml_node *root, const char *key,
                                       const char *name) {
    const char *names[MOST_NAMES];
    int count = 0;
    for (size_t i = 0; i < cln_data_entry_count && count < MOST_NAMES; i++)
        names[count++] = cln_data_entries[i].name;
    return cln_config_check_name(root, "data", key, "data set", name, names, count);
}

/* Of height, width, channels and classes all must be there, or none. */
static enum cln_status check_facts(const struct cln_yaml_node *root,
                                   const struct cln_data_facts *facts) {
    const bool any = facts->height || facts->width || facts->channels || facts->classes ||
                     facts->train_count || facts->test_count;
    if (!any)
        return CLN_OK;
    if (!facts->height || !facts->width || !facts->channels || facts->classes < 2)
        return fail_at(root, facts->height ? "height" : "",
                       "height, width, channels and classes "
                       "together, or none of them",
                       "only some of what images look like is said, or fewer than 2 classes");
    if (cln_own_check_image("data", (uint64_t)facts->height, (uint64_t)facts->width,
                            (uint64_t)facts->channels) != CLN_OK)
        return fail_at(root, "height", NULL, cln_error_last()->message);
    return CLN_OK;
}

static enum cln_status check_files(const struct cln_yaml_node *root,
                                   const struct cln_data_spec *data) {
    static const char accepted[] =
        "train_images, train_labels, test_images and test_labels together, or folder alone";
    for (size_t i = 0; i < FILE_COUNT; i++) {
        if (*data->folder && *value_of(data, i))
            return fail_at(root, own_keys[i].key, accepted, "there is a folder as well");
        if (!*data->folder && !*value_of(data, i))
            return fail_at(root, own_keys[i].key, accepted, "missing");
    }
    return CLN_OK;
}

static enum cln_status check_own(const struct cln_yaml_node *root, struct cln_data_spec *data) {
    CLN_TRY(check_files(root, data));
    if (*data->otherwise)
        return fail_at(root, "otherwise", NULL, "nothing stands in for files of your own");
    if (!node_of(root, "dataset"))
        snprintf(data->dataset, sizeof data->dataset, OWN_NAME);
    else if (is_published(data->dataset) || !*data->dataset)
        return fail_at(root, "dataset", "another name, or none",
                       "beside files of your own this is what they are called, and it is the name "
                       "of a published data set, or empty");
    return check_facts(root, &data->facts);
}

/* `images`: of the training file, 0: not known yet. */
static enum cln_status check_validation(const struct cln_yaml_node *root,
                                        const struct cln_data_spec *data, int64_t images) {
    const bool limited = data->train_limit && (!images || data->train_limit < images);
    if (limited)
        images = data->train_limit;
    if (!images || data->validation < images)
        return CLN_OK;
    return cln_yaml_fail(cln_config_place(root, "data", "validation"), "data.validation",
                         limited ? "fewer than data.train_limit" : "fewer than there are", NULL,
                         "%lld of %lld training images", (long long)data->validation,
                         (long long)images);
}

static int64_t count_published(const char *name) {
    for (size_t i = 0; i < cln_data_entry_count; i++)
        if (!strcmp(cln_data_entries[i].name, name))
            return cln_data_entries[i].train_count;
    return 0;
}

enum cln_status cln_config_check_data(const struct cln_yaml_node *root,
                                      struct cln_data_spec *data) {
    static const char *const facts[] = {"height",  "width",       "channels",
                                        "classes", "train_count", "test_count"};
    CLN_TRY(check_validation(root, data,
                             cln_data_spec_is_own(data) ? data->facts.train_count
                                                        : count_published(data->dataset)));
    if (cln_data_spec_is_own(data))
        return check_own(root, data);
    CLN_TRY(check_published(root, "dataset", data->dataset));
    if (*data->otherwise)
        CLN_TRY(check_published(root, "otherwise", data->otherwise));
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        if (node_of(root, facts[i]))
            return fail_at(root, facts[i], NULL,
                           "only for files of your own; of a published data set it is known");
    return CLN_OK;
}

static enum cln_status set(struct cln_yaml_pool *pool, struct cln_yaml_node *root, const char *key,
                           const char *yaml) {
    struct cln_yaml_node *value;
    const struct cln_yaml_place place = cln_config_place(root, "data", "");
    CLN_TRY(cln_yaml_parse(pool, root->place.origin, yaml, strlen(yaml), false, &value));
    return cln_yaml_set(pool, root, key, place, value);
}

static enum cln_status set_number(struct cln_yaml_pool *pool, struct cln_yaml_node *root,
                                  const char *key, int64_t value) {
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, value);
    return set(pool, root, key, text);
}

static enum cln_status set_facts(struct cln_yaml_pool *pool, struct cln_yaml_node *root,
                                 const struct cln_data_facts *facts) {
    CLN_TRY(set_number(pool, root, "data.height", facts->height));
    CLN_TRY(set_number(pool, root, "data.width", facts->width));
    CLN_TRY(set_number(pool, root, "data.channels", facts->channels));
    CLN_TRY(set_number(pool, root, "data.classes", facts->classes));
    CLN_TRY(set_number(pool, root, "data.train_count", facts->train_count));
    return set_number(pool, root, "data.test_count", facts->test_count);
}

/* The folder that the file lies in, from the root on, without links and "..". */
static enum cln_status folder_of(const char *path, char **out) {
    const char *slash = strrchr(path, '/');
    struct cln_text text = {0};
    cln_text_add(&text, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
    enum cln_status status = cln_text_check(&text);
    *out = status == CLN_OK ? realpath(text.chars, NULL) : NULL;
    if (status == CLN_OK && !*out)
        status = CLN_FAIL(FILE, "the folder of %s: %s", path, strerror(errno));
    cln_text_free(&text);
    return status;
}

static enum cln_status set_start(struct cln_yaml_pool *pool, struct cln_yaml_node *root,
                                 const char *path, struct cln_data_spec *data) {
    char *folder = NULL;
    struct cln_text text = {0};
    enum cln_status status = folder_of(path, &folder);
    if (status == CLN_OK && strlen(folder) >= sizeof data->relative_to)
        status = CLN_FAIL(CONFIG, "%s: its folder has a path of %zu bytes; accepted: up to %zu",
                          path, strlen(folder), sizeof data->relative_to - 1);
    if (status == CLN_OK) {
        strcpy(data->relative_to, folder);
        cln_yaml_print_scalar(&text, folder, true);
        status = cln_text_check(&text);
    }
    if (status == CLN_OK)
        status = set(pool, root, "data.relative_to", text.chars);
    cln_text_free(&text);
    free(folder);
    return status;
}

/* Whether such a key stands anywhere below the node: in a grid, in lists walked together. */
static bool names_files(const struct cln_yaml_node *node) {
    for (const struct cln_yaml_node *child = node ? node->first : NULL; child;
         child = child->next) {
        for (size_t i = 0; i < KEY_COUNT && child->key; i++)
            if (!strncmp(child->key, "data.", 5) && !strcmp(child->key + 5, own_keys[i].key))
                return true;
        if (names_files(child))
            return true;
    }
    return false;
}

enum cln_status cln_config_resolve_data(struct cln_yaml_pool *pool, struct cln_yaml_node *root,
                                        const char *path) {
    struct cln_config config;
    enum cln_status status = cln_config_bind(root, &config);
    struct cln_data_spec data = config.data;
    cln_config_done(&config);
    CLN_TRY(status);
    const bool swept = names_files(cln_yaml_child(root, "sweep"));
    if (!swept && !cln_data_spec_is_own(&data))
        return CLN_OK;
    if (!*data.relative_to)
        CLN_TRY(set_start(pool, root, path, &data));
    if (swept || data.facts.height)
        return CLN_OK;
    struct cln_data_facts facts;
    CLN_TRY(cln_own_facts(&data, &facts));
    return set_facts(pool, root, &facts);
}

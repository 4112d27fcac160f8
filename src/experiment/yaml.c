/* From libyaml's events to a tree. What the tree can do is in yaml_tree.c. */
#include "experiment/yaml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/file.h"

struct reader {
    struct cln_yaml_pool *pool;
    yaml_parser_t parser;
    const char *origin;
    bool positions;
    int nodes;
};

static struct cln_yaml_place place_of(const struct reader *reader, yaml_mark_t mark) {
    struct cln_yaml_place place = {.origin = reader->origin};
    if (reader->positions) {
        place.line = (int)mark.line + 1;
        place.column = (int)mark.column + 1;
    }
    return place;
}

static enum cln_status next_event(struct reader *reader, yaml_event_t *event) {
    yaml_parser_t *parser = &reader->parser;
    if (yaml_parser_parse(parser, event))
        return CLN_OK;
    if (parser->error == YAML_MEMORY_ERROR)
        return CLN_FAIL(MEMORY, "out of memory while reading %s", reader->origin);
    return cln_yaml_fail(place_of(reader, parser->problem_mark), NULL, NULL, NULL,
                         "not valid YAML: %s%s%s", parser->problem ? parser->problem : "unreadable",
                         parser->context ? " " : "", parser->context ? parser->context : "");
}

/* Anchors and tags may stand at any node. */
static enum cln_status refuse_extras(struct reader *reader, const yaml_event_t *event) {
    const yaml_char_t *anchor = NULL, *tag = NULL;
    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    }
    struct cln_yaml_place place = place_of(reader, event->start_mark);
    if (event->type == YAML_ALIAS_EVENT || anchor)
        return cln_yaml_fail(place, NULL, NULL, NULL, "anchors and aliases are not supported");
    if (tag)
        return cln_yaml_fail(place, NULL, NULL, NULL, "tags are not supported");
    return CLN_OK;
}

/* The scalar's text, which C can hold only without a NUL in it. */
static enum cln_status copy_scalar(struct reader *reader, const yaml_event_t *event,
                                   const char **out) {
    const char *value = (const char *)event->data.scalar.value;
    if (memchr(value, '\0', event->data.scalar.length))
        return cln_yaml_fail(place_of(reader, event->start_mark), NULL, NULL, NULL,
                             "a NUL character is not supported");
    *out = cln_yaml_copy(reader->pool, value, event->data.scalar.length);
    return *out ? CLN_OK : CLN_FAIL(MEMORY, "out of memory while reading %s", reader->origin);
}

static enum cln_status read_node(struct reader *reader, const yaml_event_t *event, int depth,
                                 struct cln_yaml_node **out);

static enum cln_status read_list(struct reader *reader, struct cln_yaml_node *list, int depth) {
    for (;;) {
        yaml_event_t event;
        CLN_TRY(next_event(reader, &event));
        bool end = event.type == YAML_SEQUENCE_END_EVENT;
        struct cln_yaml_node *item = NULL;
        enum cln_status status = end ? CLN_OK : read_node(reader, &event, depth + 1, &item);
        yaml_event_delete(&event);
        if (end || status != CLN_OK)
            return status;
        cln_yaml_append(list, item, NULL, item->place);
    }
}

static enum cln_status read_key(struct reader *reader, const yaml_event_t *event,
                                const struct cln_yaml_node *map, const char **key) {
    struct cln_yaml_place place = place_of(reader, event->start_mark);
    CLN_TRY(refuse_extras(reader, event));
    if (event->type != YAML_SCALAR_EVENT || event->data.scalar.length == 0)
        return cln_yaml_fail(place, NULL, NULL, NULL, "a key must be a name");
    CLN_TRY(copy_scalar(reader, event, key));
    const struct cln_yaml_node *twin = cln_yaml_child(map, *key);
    if (twin && reader->positions)
        return cln_yaml_fail(place, *key, NULL, NULL, "duplicate key; first given in line %d",
                             twin->key_place.line);
    if (twin)
        return cln_yaml_fail(place, *key, NULL, NULL, "duplicate key");
    return CLN_OK;
}

static enum cln_status read_map(struct reader *reader, struct cln_yaml_node *map, int depth) {
    for (;;) {
        yaml_event_t event;
        CLN_TRY(next_event(reader, &event));
        bool end = event.type == YAML_MAPPING_END_EVENT;
        const char *key = NULL;
        struct cln_yaml_place place = place_of(reader, event.start_mark);
        enum cln_status status = end ? CLN_OK : read_key(reader, &event, map, &key);
        yaml_event_delete(&event);
        if (end || status != CLN_OK)
            return status;

        struct cln_yaml_node *value = NULL;
        CLN_TRY(next_event(reader, &event));
        status = read_node(reader, &event, depth + 1, &value);
        yaml_event_delete(&event);
        CLN_TRY(status);
        cln_yaml_append(map, value, key, place);
    }
}

static enum cln_status read_node(struct reader *reader, const yaml_event_t *event, int depth,
                                 struct cln_yaml_node **out) {
    CLN_TRY(refuse_extras(reader, event));
    struct cln_yaml_place place = place_of(reader, event->start_mark);
    if (depth > CLN_YAML_MAX_DEPTH)
        return cln_yaml_fail(place, NULL, NULL, NULL, "nested deeper than %d levels",
                             CLN_YAML_MAX_DEPTH);
    if (++reader->nodes > CLN_YAML_MAX_NODES)
        return cln_yaml_fail(place, NULL, NULL, NULL, "more than %d values", CLN_YAML_MAX_NODES);
    struct cln_yaml_node *node = cln_yaml_alloc(reader->pool, sizeof *node);
    if (!node)
        return CLN_FAIL(MEMORY, "out of memory while reading %s", reader->origin);
    node->place = place;
    *out = node;
    if (event->type == YAML_SEQUENCE_START_EVENT) {
        node->kind = CLN_YAML_LIST;
        return read_list(reader, node, depth);
    }
    if (event->type == YAML_MAPPING_START_EVENT) {
        node->kind = CLN_YAML_MAP;
        return read_map(reader, node, depth);
    }
    node->kind = CLN_YAML_SCALAR;
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    return copy_scalar(reader, event, &node->text);
}

/* The next event must be of that type; `what` names the fault if not. */
static enum cln_status expect(struct reader *reader, yaml_event_type_t type, const char *what) {
    yaml_event_t event;
    CLN_TRY(next_event(reader, &event));
    enum cln_status status = CLN_OK;
    if (event.type != type)
        status = cln_yaml_fail(place_of(reader, event.start_mark), NULL, NULL, NULL, "%s", what);
    else if (type == YAML_DOCUMENT_START_EVENT &&
             (event.data.document_start.version_directive ||
              event.data.document_start.tag_directives.start !=
                  event.data.document_start.tag_directives.end))
        status = cln_yaml_fail(place_of(reader, event.start_mark), NULL, NULL, NULL,
                               "directives are not supported");
    yaml_event_delete(&event);
    return status;
}

static enum cln_status read_document(struct reader *reader, struct cln_yaml_node **root) {
    CLN_TRY(expect(reader, YAML_STREAM_START_EVENT, "not valid YAML"));
    CLN_TRY(expect(reader, YAML_DOCUMENT_START_EVENT, "there is nothing in it"));
    yaml_event_t event;
    CLN_TRY(next_event(reader, &event));
    enum cln_status status = read_node(reader, &event, 1, root);
    yaml_event_delete(&event);
    CLN_TRY(status);
    CLN_TRY(expect(reader, YAML_DOCUMENT_END_EVENT, "not valid YAML"));
    return expect(reader, YAML_STREAM_END_EVENT, "several documents are not supported");
}

enum cln_status cln_yaml_parse(struct cln_yaml_pool *pool, const char *origin, const char *bytes,
                               size_t length, bool positions, struct cln_yaml_node **root) {
    struct reader reader = {.pool = pool, .positions = positions};
    reader.origin = cln_yaml_copy(pool, origin, strlen(origin));
    if (!reader.origin || !yaml_parser_initialize(&reader.parser))
        return CLN_FAIL(MEMORY, "out of memory while reading %s", origin);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)bytes, length);
    enum cln_status status = read_document(&reader, root);
    yaml_parser_delete(&reader.parser);
    return status;
}

enum cln_status cln_yaml_read(struct cln_yaml_pool *pool, const char *path,
                              struct cln_yaml_node **root) {
    FILE *file;
    CLN_TRY(cln_file_open(path, &file));
    char *bytes = malloc(CLN_YAML_MAX_BYTES + 1);
    enum cln_status status = CLN_OK;
    if (!bytes) {
        status = CLN_FAIL(MEMORY, "out of memory while reading %s", path);
        goto done;
    }
    errno = 0;
    size_t length = fread(bytes, 1, CLN_YAML_MAX_BYTES + 1, file);
    if (ferror(file))
        status = CLN_FAIL(FILE, "cannot read %s: %s", path, strerror(errno));
    else if (length > CLN_YAML_MAX_BYTES)
        status = CLN_FAIL(CONFIG, "%s: larger than %d bytes", path, CLN_YAML_MAX_BYTES);
    else
        status = cln_yaml_parse(pool, path, bytes, length, true, root);
done:
    free(bytes);
    fclose(file);
    return status;
}

#include "graph/variant.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Whether "op=name" is in a list with commas. */
static bool is_listed(const char *list, const char *op, const char *name) {
    const size_t op_length = strlen(op), length = op_length + 1 + strlen(name);
    while (list && *list) {
        const size_t entry = strcspn(list, ",");
        if (entry == length && !strncmp(list, op, op_length) && list[op_length] == '=' &&
            !strncmp(list + op_length + 1, name, length - op_length - 1))
            return true;
        list += entry + (list[entry] == ',');
    }
    return false;
}

bool cln_variant_fits(const struct cln_variant *variant, const struct cln_node *node,
                      const struct cln_caps *caps) {
    if (caps->avoid && is_listed(caps->avoid, node->op->name, variant->name))
        return false;
    return !variant->fits || variant->fits(node, caps);
}

/* Whether an op is named so after the one whose gradient it is, or that a rewrite rule made it of.
 */
static bool goes_on(const char *rest_of_name) {
    return !strncmp(rest_of_name, "_backward", 9) || !strncmp(rest_of_name, "_pool", 5) ||
           !strncmp(rest_of_name, "_pair", 5);
}

/* Whether the first `length` characters of the key are "op@node". */
static bool names_node(const char *key, size_t length, const struct cln_node *node) {
    const size_t op = strlen(node->op->name), name = strlen(node->name);
    return length == op + 1 + name && !memcmp(key, node->op->name, op) && key[op] == '@' &&
           !memcmp(key + op + 1, node->name, name);
}

/* The variant's name in "op@node=name,op=name,name" for the node, for its op, for one that this is
 * named after, or for any. */
static const char *find_pin(const char *pins, const struct cln_node *node, size_t *length,
                            bool *exact) {
    const char *found = NULL, *op = node->op->name;
    size_t found_key = 0;
    while (pins && *pins) {
        const char *end = strchr(pins, ','), *equals = strchr(pins, '=');
        if (!end)
            end = pins + strlen(pins);
        if ((!equals || equals > end) && end > pins && !found_key) {
            found = pins;
            *length = (size_t)(end - pins);
            *exact = false;
        } else if (equals && equals < end) {
            size_t key = (size_t)(equals - pins);
            bool same = !strncmp(pins, op, key) && op[key] == '\0';
            bool more = !strncmp(pins, op, key) && goes_on(op + key);
            if ((same || more || names_node(pins, key, node)) && key >= found_key) {
                found = equals + 1;
                found_key = key;
                *length = (size_t)(end - found);
                *exact = same;
            }
        }
        pins = *end ? end + 1 : end;
    }
    return found;
}

static enum cln_status refuse(const struct cln_node *node, const char *pin, size_t length,
                              bool exists) {
    struct cln_text names = {0};
    for (const struct cln_variant *v = node->op->variants; v->name; v++)
        cln_text_add(&names, "%s%s", names.length ? ", " : "", v->name);
    enum cln_status status =
        CLN_FAIL(CONFIG, "kernel variant '%.*s' of %s %s (node %s); accepted: %s", (int)length, pin,
                 node->op->name, exists ? "does not fit this shape or device" : "does not exist",
                 node->name, names.chars ? names.chars : "");
    cln_text_free(&names);
    return status;
}

enum cln_status cln_variant_pinned(const struct cln_node *node, const struct cln_caps *caps,
                                   const char *pins, const struct cln_variant **out) {
    size_t length = 0;
    bool exact = false;
    const char *pin = find_pin(pins ? pins : getenv("CLNOISE_VARIANT"), node, &length, &exact);
    *out = NULL;
    for (const struct cln_variant *v = node->op->variants; pin && v->name; v++) {
        if (strlen(v->name) != length || strncmp(v->name, pin, length))
            continue;
        if (cln_variant_fits(v, node, caps)) {
            *out = v;
            return CLN_OK;
        }
        if (exact)
            return refuse(node, pin, length, true);
    }
    return pin && exact ? refuse(node, pin, length, false) : CLN_OK;
}

enum cln_status cln_variant_choose(const struct cln_node *node, const struct cln_caps *caps,
                                   const char *pins, const struct cln_variant **out) {
    CLN_TRY(cln_variant_pinned(node, caps, pins, out));
    if (!*out)
        *out = node->measured;
    for (const struct cln_variant *v = node->op->variants; !*out && v->name; v++)
        if (cln_variant_fits(v, node, caps))
            *out = v;
    return *out ? CLN_OK
                : CLN_FAIL(INTERNAL, "op %s has no kernel variant that fits node %s",
                           node->op->name, node->name);
}

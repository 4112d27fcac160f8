#include "nn/registry.h"

#include <stdio.h>
#include <string.h>

#include "base/nearest.h"

const struct cln_op *const cln_ops[] = {
#define CLN_OP_ROW(name) &cln_op_##name,
    CLN_OP_LIST(CLN_OP_ROW) NULL,
#undef CLN_OP_ROW
};

const struct cln_op *cln_op_find(enum cln_op_kind kind, const char *name) {
    for (const struct cln_op *const *op = cln_ops; *op; op++)
        if ((*op)->kind == kind && !strcmp((*op)->name, name))
            return *op;
    return NULL;
}

/* Whether some op, or the one of that name, has the variant; offers all there are. */
static bool has_variant(const char *op, const char *name, struct cln_nearest *nearest) {
    bool found = false;
    for (const struct cln_op *const *o = cln_ops; *o; o++)
        for (const struct cln_variant *v = (*o)->variants; v && v->name; v++) {
            if (op && strcmp((*o)->name, op) != 0)
                continue;
            found |= !strcmp(v->name, name);
            cln_nearest_offer(nearest, v->name);
        }
    return found;
}

static bool has_op(const char *name, struct cln_nearest *nearest) {
    bool found = false;
    for (const struct cln_op *const *o = cln_ops; *o; o++) {
        if (!(*o)->variants)
            continue;
        found |= !strcmp((*o)->name, name);
        cln_nearest_offer(nearest, (*o)->name);
    }
    return found;
}

static enum cln_status refuse_pin(const char *what, const char *name,
                                  const struct cln_nearest *nearest) {
    return CLN_FAIL(CONFIG, "CLNOISE_VARIANT: unknown %s '%s'%s%s%s", what, name,
                    nearest->name ? "; did you mean '" : "", nearest->name ? nearest->name : "",
                    nearest->name ? "'?" : "");
}

static enum cln_status check_pin(char *pin) {
    char *variant = strchr(pin, '='), *op = variant ? pin : NULL;
    if (op) {
        *variant++ = '\0';
        struct cln_nearest nearest = cln_nearest_start(op);
        if (!has_op(op, &nearest))
            return refuse_pin("op", op, &nearest);
    } else {
        variant = pin;
    }
    struct cln_nearest nearest = cln_nearest_start(variant);
    return has_variant(op, variant, &nearest) ? CLN_OK : refuse_pin("variant", variant, &nearest);
}

enum cln_status cln_pins_check(const char *pins) {
    while (pins && *pins) {
        char pin[2 * CLN_NAME_SIZE];
        size_t length = strcspn(pins, ",");
        if (length >= sizeof pin)
            return CLN_FAIL(CONFIG, "CLNOISE_VARIANT: '%.20s...' is no variant's name", pins);
        snprintf(pin, sizeof pin, "%.*s", (int)length, pins);
        if (length)
            CLN_TRY(check_pin(pin));
        pins += length + (pins[length] == ',');
    }
    return CLN_OK;
}

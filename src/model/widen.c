#include "model/widen.h"

#include <stdlib.h>
#include <string.h>

/* The attribute that says how many outputs a layer has; NULL if its inputs do. */
static const struct cln_field *width_field(const struct cln_op *op) {
    static const char *const keys[] = {"filters", "units"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const struct cln_field *field = cln_field_find(op->fields, op->field_count, keys[i]);
        if (field && field->type == CLN_FIELD_INT)
            return field;
    }
    return NULL;
}

static void *copy_of(const void *bytes, size_t size) {
    void *copy = malloc(size + 1); /* some ops have no attributes */
    if (copy && size)
        memcpy(copy, bytes, size);
    return copy;
}

static enum cln_status copy_spec(const struct cln_model_spec *spec, struct cln_model_spec *out) {
    *out = *spec;
    out->layer_count = 0;
    out->layers = calloc((size_t)spec->layer_count + 1, sizeof *out->layers);
    out->optimizer_attrs = copy_of(spec->optimizer_attrs, spec->optimizer->attrs_bytes);
    bool failed = !out->layers || !out->optimizer_attrs;
    for (int i = 0; i < spec->layer_count && !failed; i++) {
        const struct cln_op *op = spec->layers[i].op;
        out->layers[i] =
            (struct cln_layer_spec){op, copy_of(spec->layers[i].attrs, op->attrs_bytes)};
        out->layer_count++;
        failed = !out->layers[i].attrs;
    }
    if (!failed)
        return CLN_OK;
    cln_model_spec_done(out);
    return CLN_FAIL(MEMORY, "out of memory for a copy of model %s", spec->name);
}

enum cln_status cln_model_spec_widen(const struct cln_model_spec *spec, int64_t factor,
                                     struct cln_model_spec *out) {
    CLN_TRY(copy_spec(spec, out));
    bool last = true;
    for (int i = out->layer_count - 1; i >= 0; i--) {
        const struct cln_field *field = width_field(out->layers[i].op);
        if (!field)
            continue;
        int64_t *width = (int64_t *)((char *)out->layers[i].attrs + field->offset);
        if (!last && (double)*width * (double)factor > field->max) {
            enum cln_status status = CLN_FAIL(
                CONFIG, "%s: %lld times as wide is more than %s takes; accepted: %s up to %.0f",
                spec->name, (long long)factor, out->layers[i].op->name, field->key, field->max);
            cln_model_spec_done(out);
            return status;
        }
        if (!last)
            *width *= factor;
        last = false;
    }
    return CLN_OK;
}

#include "data/array.h"

#include "base/text.h"
#include "data/idx.h"
#include "data/npy.h"

const struct cln_array_format *const cln_array_formats[] = {&cln_array_idx, &cln_array_npy, NULL};

enum cln_status cln_array_parse(const char *name, const uint8_t *bytes, size_t available,
                                size_t length, struct cln_array *out) {
    struct cln_text names = {0};
    for (int i = 0; cln_array_formats[i]; i++) {
        if (cln_array_formats[i]->seen(bytes, available)) {
            cln_text_free(&names);
            return cln_array_formats[i]->parse(name, bytes, available, length, out);
        }
        cln_text_add(&names, "%s%s", i ? ", " : "", cln_array_formats[i]->name);
    }
    enum cln_status status = cln_text_check(&names);
    if (status == CLN_OK)
        status = CLN_FAIL(DATA, "%s: no format that is known; accepted: %s, plain or as .gz", name,
                          names.chars);
    cln_text_free(&names);
    return status;
}

bool cln_array_byte(const struct cln_array *array, const uint8_t *values, size_t index,
                    uint8_t *out) {
    const size_t bytes = (size_t)array->value_bytes;
    const uint8_t *at = values + index * bytes;
    const size_t low = array->big_endian ? bytes - 1 : 0;
    for (size_t i = 0; i < bytes; i++)
        if (i != low && at[i])
            return false;
    *out = at[low];
    return !(bytes == 1 && array->has_sign && at[0] > 127);
}

enum cln_status cln_array_check_size(const char *name, size_t length, struct cln_array *array) {
    const size_t bytes = (size_t)array->value_bytes;
    size_t count = 1;
    for (int i = 0; i < array->rank; i++) {
        if (array->dims[i] == 0)
            return CLN_FAIL(DATA, "%s: dimension %d is zero", name, i);
        if (array->dims[i] > (size_t)-1 / 2 / bytes / count)
            return CLN_FAIL(DATA, "%s: dimension %d is %zu: more than memory can hold", name, i,
                            array->dims[i]);
        count *= array->dims[i];
    }
    array->count = count;
    if (array->offset > length || length - array->offset < count * bytes)
        return CLN_FAIL(DATA,
                        "%s: truncated at offset %zu: expected %zu values of %zu bytes from "
                        "offset %zu on",
                        name, length, count, bytes, array->offset);
    if (length - array->offset > count * bytes)
        return CLN_FAIL(DATA, "%s: offset %zu: %zu trailing bytes, expected the end of the file",
                        name, array->offset + count * bytes,
                        length - array->offset - count * bytes);
    return CLN_OK;
}

#include "base/number.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 200 /* letters of a number; no sensible one comes near */

static const char *skip_digits(const char *at) {
    while (*at >= '0' && *at <= '9')
        at++;
    return at;
}

bool cln_integer_parse(const char *text, int64_t *out) {
    const char *digits = text + (*text == '-' || *text == '+');
    const char *end = skip_digits(digits);
    if (end == digits || *end)
        return false;
    errno = 0;
    long long value = strtoll(text, NULL, 10);
    if (errno)
        return false;
    *out = value;
    return true;
}

/* [-+](digits[.digits] | .digits)[(e|E)[-+]digits] */
static bool is_number(const char *text) {
    const char *start = text + (*text == '-' || *text == '+');
    const char *at = skip_digits(start);
    long digits = at - start;
    if (*at == '.') {
        const char *fraction = at + 1;
        at = skip_digits(fraction);
        digits += at - fraction;
    }
    if (digits == 0)
        return false;
    if (*at == 'e' || *at == 'E') {
        const char *power = at + 1 + (at[1] == '-' || at[1] == '+');
        at = skip_digits(power);
        if (at == power)
            return false;
    }
    return *at == '\0';
}

/* strtod() wants the decimal point of the locale, which may be several bytes long. */
static double read_in_locale(const char *text) {
    const char *local = localeconv()->decimal_point, *point = strchr(text, '.');
    if (!point || !strcmp(local, "."))
        return strtod(text, NULL);
    char copy[LONGEST + 16];
    snprintf(copy, sizeof copy, "%.*s%s%s", (int)(point - text), text, local, point + 1);
    return strtod(copy, NULL);
}

bool cln_number_parse(const char *text, double *out) {
    if (strlen(text) > LONGEST || !is_number(text))
        return false;
    double value = read_in_locale(text);
    if (!isfinite(value))
        return false;
    *out = value;
    return true;
}

void cln_number_print(char out[CLN_NUMBER_SIZE], double value) {
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, CLN_NUMBER_SIZE, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            break;
    }
    const char *local = localeconv()->decimal_point;
    char *point = strcmp(local, ".") ? strstr(out, local) : NULL;
    if (point) {
        *point = '.';
        memmove(point + 1, point + strlen(local), strlen(point + strlen(local)) + 1);
    }
}

char *cln_integer_print(char out[CLN_NUMBER_SIZE], int64_t value) {
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", (long long)value);
    const size_t length = strlen(digits), sign = value < 0;
    size_t at = 0;
    for (size_t d = 0; d < length; d++) {
        if (d > sign && (length - d) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[d];
    }
    out[at] = '\0';
    return out;
}

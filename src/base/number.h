/* Numbers as text, with a decimal point whatever the program's locale says. */
#ifndef CLN_BASE_NUMBER_H
#define CLN_BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#define CLN_NUMBER_SIZE 32

/* The whole text as a decimal integer: [-+]digits. False if it is none or does not fit. */
bool cln_integer_parse(const char *text, int64_t *out);

/* The whole text as a finite decimal number: "3", "-.5", "1.0e-7". No hexadecimal, inf, nan. */
bool cln_number_parse(const char *text, double *out);

/* The shortest of %.15g, %.16g, %.17g that reads back as the same double. */
void cln_number_print(char out[CLN_NUMBER_SIZE], double value);

/* "60,000", for people. Returns `out`. */
char *cln_integer_print(char out[CLN_NUMBER_SIZE], int64_t value);

#endif

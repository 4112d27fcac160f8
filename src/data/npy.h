/*
 * NumPy's .npy, versions 1.0 to 3.0: a magic string, a version, the length of the header, and the
 * header, a Python dictionary of dtype, order and shape (numpy.lib.format). Integers in C order
 * only.
 */
#ifndef CLN_DATA_NPY_H
#define CLN_DATA_NPY_H

#include "data/array.h"

extern const struct cln_array_format cln_array_npy;

#endif

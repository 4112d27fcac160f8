/* builtin: one of OpenCL C's built-in functions by itself. */
#ifndef CLN_NN_BUILTIN_H
#define CLN_NN_BUILTIN_H

#include "cl/builtin.clh"

struct cln_builtin_attrs {
    int function; /* BUILTIN_FMA, ... */
};

#endif

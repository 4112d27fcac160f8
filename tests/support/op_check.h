/*
 * The harness for ops. A case names an op, its attributes and inputs, and a scalar reference in
 * double precision. Every kernel variant is run in turn, also those meant for other devices, with
 *
 * - tensors at offsets other than 0, between stretches of a pattern that must be found untouched;
 * - outputs, gradients and scratch memory filled with that pattern (NaNs) beforehand, so that what
 *   is not written, or read before it is written, comes out wrong;
 * - a second run from the same state, which must give the same bits.
 *
 *     op_check(&case);      outputs against the reference
 *     grad_check(&case);    gradients against finite differences of the reference
 *     golden_check(...);    both against numbers from elsewhere, see support/golden.h
 */
#ifndef TEST_SUPPORT_OP_CHECK_H
#define TEST_SUPPORT_OP_CHECK_H

#include "graph/op.h"
#include "support/values.h"

struct test_input {
    const char *name;
    int rank;
    size_t dim[CLN_MAX_RANK];
    enum cln_dtype dtype; /* CLN_F32 by default */
    double low, high;     /* range of the random values; both 0: -1 to 1 */
    const double *values; /* given values instead of random ones; borrowed */
    bool differentiable;  /* grad_check compares d(loss)/d(this) */
    bool updated;         /* the op changes it: the reference writes its new values in place */
    bool destination;     /* the op fills it: starts as pattern (see cln_node_adopt_output) */
};

/*
 * Computes the outputs, which have the shapes that the op's infer() gave them, from the inputs. Of
 * a loss (CLN_OP_LOSS) the only output is one number, the loss to differentiate.
 */
typedef void op_reference(const void *attrs, struct test_values *in, struct test_values *out);

struct op_case {
    const char *label; /* for messages */
    const struct cln_op *op;
    const void *attrs; /* NULL: the defaults */
    struct test_input input[CLN_MAX_INPUTS];
    int input_count;
    op_reference *reference;
    /* Largest |got - want| / (1 + |want|) that passes; 0: exact. */
    double tolerance, gradient_tolerance;
    uint64_t seed;
    bool all_widths; /* run vector variants at widths 8 and 4 too, not only at 16 */
    /* On an interpreter run none but vector variants: for shapes whose size is there for their
     * tiles, and would have it compute for minutes what the others do at any size. */
    bool large;
};

/* Both fail the running test with the case, variant, place, values and tolerance. They return the
 * largest error seen, in the tolerance's measure. */
double op_check(const struct op_case *c);
double grad_check(const struct op_case *c);

#endif

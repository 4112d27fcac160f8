/*
 * A matrix product for dense: one function emits C (m, n) = f(op(A) op(B) + bias) through any of
 * the providers, and every op that is such a product has the same list of variants.
 */
#ifndef CLN_NN_GEMM_H
#define CLN_NN_GEMM_H

#include "graph/op.h"
#include "nn/activation.h"

enum cln_gemm_provider {
    CLN_GEMM_REFERENCE, /* one work-item an element */
    CLN_GEMM_CPU,       /* register tiles of explicit vectors */
    CLN_GEMM_GPU,       /* tiles in local memory */
    CLN_GEMM_CLBLAST,
};

struct cln_gemm {
    size_t m, n, k;
    bool transpose_a, transpose_b; /* A is stored (k, m) / B is stored (n, k) */
    cln_tensor_id a, b, c;
    cln_tensor_id bias; /* (n), or CLN_NO_TENSOR */
    bool has_sums;      /* beside C, `sums` (n): those of the columns of B (k, n) */
    cln_tensor_id sums;
    enum cln_activation activation; /* pointwise */
};

void cln_gemm_emit(struct cln_lowering *lowering, enum cln_gemm_provider provider,
                   const struct cln_gemm *gemm);

struct cln_cost cln_gemm_cost(size_t m, size_t n, size_t k);

/* fits() of the providers that not every device can have */
bool cln_gemm_fits_cpu(const struct cln_node *node, const struct cln_caps *caps);
bool cln_gemm_fits_gpu(const struct cln_node *node, const struct cln_caps *caps);
bool cln_gemm_fits_clblast(const struct cln_node *node, const struct cln_caps *caps);

/*
 * The variants of an op whose `op##_lower(node, lowering, provider)` emits it through any provider:
 * four functions and the table `op##_variants`.
 */
#define CLN_GEMM_LOWER(op, name, provider)                                                         \
    static enum cln_status op##_##name(const struct cln_node *node, struct cln_lowering *l) {      \
        return op##_lower(node, l, provider);                                                      \
    }
#define CLN_GEMM_VARIANTS(op)                                                                      \
    CLN_GEMM_LOWER(op, clblast, CLN_GEMM_CLBLAST)                                                  \
    CLN_GEMM_LOWER(op, cpu, CLN_GEMM_CPU)                                                          \
    CLN_GEMM_LOWER(op, gpu, CLN_GEMM_GPU)                                                          \
    CLN_GEMM_LOWER(op, reference, CLN_GEMM_REFERENCE)                                              \
    static const struct cln_variant op##_variants[] = {                                            \
        {"clblast", cln_gemm_fits_clblast, op##_clblast},                                          \
        {"cpu_vector", cln_gemm_fits_cpu, op##_cpu},                                               \
        {"gpu_local", cln_gemm_fits_gpu, op##_gpu},                                                \
        {"reference", NULL, op##_reference},                                                       \
        {NULL, NULL, NULL},                                                                        \
    };

/* Side of the work-group, 8 or 16, of the kernels built on group_tile.clh. */
size_t cln_group_side(const struct cln_caps *caps);

/* Into how many parts a long sum is cut when the result alone has too few tiles. */
size_t cln_split_count(size_t tiles, size_t depth);

#endif

/*
 * How a matrix product is cut into launches. What changes the order of a sum (how often K is split)
 * follows from the shape alone; how many work-items there are may follow from the device.
 */
#include "nn/gemm.h"

#include <stdio.h>

#include "graph/launch.h"
#include "nn/sizes.h"
#include "nn/sums.h"
#include "nn/vector.h"

#define TILE_SIDE       64  /* of C, when counting how much work there is to spread */
#define ENOUGH_ITEMS    64  /* work-items that keep any device busy */
#define SHORTEST_PART   256 /* a split sum is at least as long as this */
#define ITEMS_PER_UNIT  4   /* work-items wanted per compute unit of a CPU */
#define BLOCK_K         256 /* depth of a packed panel */
#define BLOCK_SIDE      128 /* of C, for a work-item, about */
#define GROUP_TILE_SIDE 4   /* sums along each side of a work-item, see group_tile.clh */

bool cln_gemm_fits_cpu(const struct cln_node *node, const struct cln_caps *caps) {
    (void)node;
    return caps->is_cpu;
}

bool cln_gemm_fits_gpu(const struct cln_node *node, const struct cln_caps *caps) {
    (void)node;
    return caps->max_group_items >= 64 && caps->max_item_sizes[0] >= 8 &&
           caps->max_item_sizes[1] >= 8 && caps->local_memory_bytes >= 2 * 8 * 33 * sizeof(float);
}

bool cln_gemm_fits_clblast(const struct cln_node *node, const struct cln_caps *caps) {
    (void)node;
    return caps->clblast;
}

size_t cln_group_side(const struct cln_caps *caps) {
    const bool large = caps->max_group_items >= 256 && caps->max_item_sizes[0] >= 16 &&
                       caps->max_item_sizes[1] >= 16 &&
                       caps->local_memory_bytes >= 2 * 16 * 65 * sizeof(float);
    return large ? 16 : 8;
}

size_t cln_split_count(size_t tiles, size_t depth) {
    if (tiles * 4 > ENOUGH_ITEMS || depth < 4 * SHORTEST_PART)
        return 1;
    const size_t wanted = ENOUGH_ITEMS / tiles, longest = depth / SHORTEST_PART;
    return wanted < longest ? wanted : longest;
}

struct cln_cost cln_gemm_cost(size_t m, size_t n, size_t k) {
    const double dm = (double)m, dn = (double)n, dk = (double)k;
    return (struct cln_cost){
        .flops = 2 * dm * dn * dk, .bytes = 4 * (dm * dk + dk * dn + dm * dn), .product = true};
}

static void options_of(const struct cln_gemm *g, bool last, char *text, size_t size) {
    snprintf(text, size, "-DTRANSPOSE_A=%d -DTRANSPOSE_B=%d -DBIAS=%d -DACTIVATION=%d",
             g->transpose_a, g->transpose_b, last && g->bias != CLN_NO_TENSOR,
             last ? (int)g->activation : CLN_ACTIVATION_NONE);
}

static void arguments(struct cln_launch *launch, const struct cln_gemm *g, cln_tensor_id c) {
    cln_arg_read(launch, g->a);
    cln_arg_read(launch, g->b);
    cln_arg_read(launch, c == g->c ? g->bias : CLN_NO_TENSOR);
    cln_arg_write(launch, c);
    cln_arg_u32(launch, g->m);
    cln_arg_u32(launch, g->n);
    cln_arg_u32(launch, g->k);
}

static void emit_reference(struct cln_lowering *lowering, const struct cln_gemm *g) {
    char options[CLN_OPTIONS_SIZE];
    options_of(g, true, options, sizeof options);
    struct cln_launch *launch =
        cln_emit(lowering, "gemm_reference.cl", "gemm_reference", "%s", options);
    arguments(launch, g, g->c);
    cln_grid(launch, 1, (size_t[]){g->m * g->n}, NULL);
}

/* Where a product goes that is split in `parts`: to C itself, or to scratch. */
static cln_tensor_id target(struct cln_lowering *lowering, const struct cln_gemm *g, size_t parts) {
    return parts == 1 ? g->c : cln_scratch(lowering, "parts", CLN_F32, parts * g->m * g->n);
}

static void finish_split(struct cln_lowering *lowering, const struct cln_gemm *g, cln_tensor_id c,
                         size_t parts) {
    if (parts > 1)
        cln_sum_parts_emit(lowering, &(struct cln_sum_parts){.part = c,
                                                             .bias = g->bias,
                                                             .y = g->c,
                                                             .parts = parts,
                                                             .rows = g->m,
                                                             .n = g->n,
                                                             .stride = g->n,
                                                             .activation = g->activation});
}

struct cpu_blocks {
    size_t width, rows, vectors, m, n;
};

/*
 * The register tile. 24 sums in 32 registers, as far as that leaves no more columns over than
 * narrow tiles would: B is then packed and read in whole lines, one after another. Not where A or B
 * is transposed: packing that takes vectors of neighbouring rows, which such a tile has too few of.
 */
static void choose_tile(const struct cln_gemm *g, struct cpu_blocks *b) {
    const size_t wide = 8 * b->width, narrow = 2 * b->width;
    const bool fits =
        cln_divide_up(g->n, wide) * wide == cln_divide_up(g->n, narrow) * narrow && g->n > narrow;
    b->rows = b->width == 16 ? 8 : 6; /* 16 or 12 sums in 32 or 16 registers */
    b->vectors = g->n > b->width ? 2 : 1;
    if (b->width == 16 && fits && !g->transpose_a && !g->transpose_b)
        b->rows = 3, b->vectors = 8;
}

/* Large blocks pack each panel seldom; small ones give every core something to do. */
static struct cpu_blocks choose_blocks(const struct cln_caps *caps, const struct cln_gemm *g,
                                       size_t parts) {
    struct cpu_blocks b = {.width = (size_t)cln_vector_width(caps, SIZE_MAX)};
    choose_tile(g, &b);
    const size_t tile_n = b.vectors * b.width,
                 wanted = ITEMS_PER_UNIT * (size_t)caps->compute_units;
    b.m = b.rows == 3 ? cln_divide_up(BLOCK_SIDE, 3) * 3 : 16 * b.rows;
    b.n = cln_divide_up(BLOCK_SIDE, tile_n) * tile_n;
    while (b.n / 2 >= cln_divide_up(g->n, tile_n) * tile_n && b.n / 2 % tile_n == 0)
        b.n /= 2;
    while (cln_divide_up(g->m, b.m) * cln_divide_up(g->n, b.n) * parts < wanted) {
        if (b.n > tile_n && b.n / 2 % tile_n == 0 && b.n >= b.m)
            b.n /= 2;
        else if (b.m > b.rows)
            b.m = cln_divide_up(b.m / b.rows, 2) * b.rows;
        else
            break;
    }
    return b;
}

static size_t cpu_parts(const struct cln_gemm *g) {
    return cln_split_count(cln_divide_up(g->m, TILE_SIDE) * cln_divide_up(g->n, TILE_SIDE), g->k);
}

/* Whether a product's own launch adds the columns up: one panel has them whole. */
static bool sums_along(const struct cln_gemm *g) {
    return g->has_sums && g->k <= BLOCK_K && cpu_parts(g) == 1;
}

static void emit_cpu(struct cln_lowering *lowering, const struct cln_gemm *g) {
    const size_t parts = cpu_parts(g);
    const bool sums = sums_along(g);
    const size_t k_part = cln_divide_up(g->k, parts);
    const struct cpu_blocks b = choose_blocks(lowering->caps, g, parts);
    const cln_tensor_id c = target(lowering, g, parts);
    char options[CLN_OPTIONS_SIZE];
    options_of(g, parts == 1, options, sizeof options);
    struct cln_launch *launch =
        cln_emit(lowering, "gemm_cpu.cl", "gemm_cpu",
                 "%s -DWIDTH=%zu -DROWS=%zu -DVECTORS=%zu -DBLOCK_M=%zu -DBLOCK_N=%zu -DBLOCK_K=%d "
                 "-DCOLUMN_SUMS=%d",
                 options, b.width, b.rows, b.vectors, b.m, b.n, BLOCK_K, sums);
    arguments(launch, g, c);
    cln_arg_u32(launch, k_part);
    cln_arg_write(launch, sums ? g->sums : CLN_NO_TENSOR);
    cln_grid(launch, 3, (size_t[]){cln_divide_up(g->m, b.m), cln_divide_up(g->n, b.n), parts},
             (size_t[]){1, 1, 1});
    const struct cln_cost cost = cln_gemm_cost(g->m, g->n, g->k);
    cln_launch_cost(launch, cost.flops, cost.bytes + 4.0 * (double)((parts - 1) * g->m * g->n));
    finish_split(lowering, g, c, parts);
}

static void emit_gpu(struct cln_lowering *lowering, const struct cln_gemm *g) {
    const size_t group = cln_group_side(lowering->caps), tile = GROUP_TILE_SIDE * group;
    const size_t tiles_m = cln_divide_up(g->m, tile), tiles_n = cln_divide_up(g->n, tile);
    const size_t parts = cln_split_count(tiles_m * tiles_n, g->k);
    const cln_tensor_id c = target(lowering, g, parts);
    char options[CLN_OPTIONS_SIZE];
    options_of(g, parts == 1, options, sizeof options);
    struct cln_launch *launch =
        cln_emit(lowering, "gemm_gpu.cl", "gemm_gpu", "%s -DGROUP=%zu", options, group);
    arguments(launch, g, c);
    cln_arg_u32(launch, cln_divide_up(g->k, parts));
    cln_grid(launch, 3, (size_t[]){tiles_n * group, tiles_m * group, parts},
             (size_t[]){group, group, 1});
    const struct cln_cost cost = cln_gemm_cost(g->m, g->n, g->k);
    cln_launch_cost(launch, cost.flops, cost.bytes + 4.0 * (double)((parts - 1) * g->m * g->n));
    finish_split(lowering, g, c, parts);
}

static void emit_clblast(struct cln_lowering *lowering, const struct cln_gemm *g) {
    const struct cln_gemm_shape shape = {.m = g->m,
                                         .n = g->n,
                                         .k = g->k,
                                         .transpose_a = g->transpose_a,
                                         .transpose_b = g->transpose_b,
                                         .alpha = 1};
    const struct cln_cost cost = cln_gemm_cost(g->m, g->n, g->k);
    cln_launch_cost(cln_emit_gemm(lowering, &shape, g->a, g->b, g->c), cost.flops, cost.bytes);
    if (g->bias == CLN_NO_TENSOR && g->activation == CLN_ACTIVATION_NONE)
        return;
    cln_sum_parts_emit(lowering, &(struct cln_sum_parts){.part = g->c,
                                                         .bias = g->bias,
                                                         .y = g->c,
                                                         .parts = 1,
                                                         .rows = g->m,
                                                         .n = g->n,
                                                         .stride = g->n,
                                                         .activation = g->activation});
}

void cln_gemm_emit(struct cln_lowering *lowering, enum cln_gemm_provider provider,
                   const struct cln_gemm *gemm) {
    switch (provider) {
    case CLN_GEMM_REFERENCE:
        emit_reference(lowering, gemm);
        break;
    case CLN_GEMM_CPU:
        emit_cpu(lowering, gemm);
        break;
    case CLN_GEMM_GPU:
        emit_gpu(lowering, gemm);
        break;
    case CLN_GEMM_CLBLAST:
        emit_clblast(lowering, gemm);
        break;
    }
    if (gemm->has_sums && !(provider == CLN_GEMM_CPU && sums_along(gemm)))
        cln_column_sum_emit(lowering, gemm->b, gemm->k, gemm->n, gemm->sums);
}

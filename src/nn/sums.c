#include "nn/sums.h"

#include "graph/launch.h"
#include "nn/sizes.h"
#include "nn/vector.h"

/* Of a column sum: fixed, so that every device adds in the same order. */
#define ROWS_PER_PART 256

/* Neighbouring work-items of a GPU load neighbours; one of a CPU loads a vector of them. */
static int width_for(const struct cln_caps *caps, size_t n) {
    return caps->is_cpu ? cln_vector_width(caps, n) : 1;
}

void cln_sum_parts_emit(struct cln_lowering *lowering, const struct cln_sum_parts *sum) {
    const int width = width_for(lowering->caps, sum->n);
    struct cln_launch *launch =
        cln_emit(lowering, "sum_parts.cl", "sum_parts", "-DWIDTH=%d -DBIAS=%d -DACTIVATION=%d",
                 width, sum->bias != CLN_NO_TENSOR, sum->activation);
    cln_arg_read(launch, sum->part);
    cln_arg_read(launch, sum->bias);
    cln_arg_write(launch, sum->y);
    cln_arg_u32(launch, sum->parts);
    cln_arg_u32(launch, sum->rows);
    cln_arg_u32(launch, sum->n);
    cln_arg_u32(launch, sum->stride);
    const size_t columns = lowering->caps->is_cpu ? 1 : sum->n;
    cln_grid(launch, 2, (size_t[]){sum->rows, columns}, NULL);
    const double elems = (double)sum->rows * (double)sum->n;
    cln_launch_cost(launch, elems * (double)sum->parts, 4 * elems * (double)(sum->parts + 1));
}

static void emit_columns(struct cln_lowering *lowering, cln_tensor_id x, size_t rows, size_t n,
                         size_t rows_per_part, cln_tensor_id y) {
    const int width = width_for(lowering->caps, n);
    const size_t parts = cln_divide_up(rows, rows_per_part);
    struct cln_launch *launch =
        cln_emit(lowering, "column_sum.cl", "column_sum", "-DWIDTH=%d", width);
    cln_arg_read(launch, x);
    cln_arg_write(launch, y);
    cln_arg_u32(launch, rows);
    cln_arg_u32(launch, n);
    cln_arg_u32(launch, rows_per_part);
    cln_grid(launch, 2, (size_t[]){cln_divide_up(n, (size_t)width), parts}, NULL);
    cln_launch_cost(launch, (double)(rows * n), 4 * (double)(rows * n + parts * n));
}

void cln_column_sum_emit(struct cln_lowering *lowering, cln_tensor_id x, size_t rows, size_t n,
                         cln_tensor_id y) {
    const size_t parts = cln_divide_up(rows, ROWS_PER_PART);
    if (parts == 1) {
        emit_columns(lowering, x, rows, n, rows, y);
        return;
    }
    const cln_tensor_id part = cln_scratch(lowering, "column_parts", CLN_F32, parts * n);
    emit_columns(lowering, x, rows, n, ROWS_PER_PART, part);
    emit_columns(lowering, part, parts, n, parts, y);
}

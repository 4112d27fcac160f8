/*
 * Softmax over the last dimension, and softmax with categorical cross-entropy. A work-item takes a
 * row; rows are short (the classes of a classifier).
 */
#include "control.clh"
#include "tensor.clh"

#ifndef WITH_GRADIENT /* the loss also writes d(loss)/d(logits) */
#define WITH_GRADIENT 1
#endif

/* A NaN among the values must come out as NaN: it is caught by the sums that follow, which it
 * reaches whichever maximum is taken. */
float row_max(__global const float *row, uint c) {
    float top = row[0];
    for (uint k = 1; k < c; k++)
        top = row[k] > top ? row[k] : top;
    return top;
}

float row_sum_exp(__global const float *row, uint c, float top) {
    float sum = 0.0f;
    for (uint k = 0; k < c; k++)
        sum += exp(row[k] - top);
    return sum;
}

__kernel void softmax(TENSOR(const float, x), TENSOR(float, y), uint rows, uint c) {
    OPEN(const float, x);
    OPEN(float, y);
    const uint r = (uint)get_global_id(0);
    if (r >= rows)
        return;
    x += (size_t)r * c;
    y += (size_t)r * c;
    const float top = row_max(x, c), sum = row_sum_exp(x, c, top);
    for (uint k = 0; k < c; k++)
        y[k] = exp(x[k] - top) / sum;
}

/* dx = y * (dy - sum(dy * y)) */
__kernel void softmax_backward(TENSOR(const float, y), TENSOR(const float, dy), TENSOR(float, dx),
                               uint rows, uint c) {
    OPEN(const float, y);
    OPEN(const float, dy);
    OPEN(float, dx);
    const uint r = (uint)get_global_id(0);
    if (r >= rows)
        return;
    y += (size_t)r * c;
    dy += (size_t)r * c;
    dx += (size_t)r * c;
    float sum = 0.0f;
    for (uint k = 0; k < c; k++)
        sum = fma(dy[k], y[k], sum);
    for (uint k = 0; k < c; k++)
        dx[k] = y[k] * (dy[k] - sum);
}

/*
 * A sample's loss is log(sum exp(z - max)) - (z[label] - max), both parts of it positive, so nothing
 * is clipped. `correct` says whether the first of the largest logits is the label's. The gradient is
 * that of the batch's mean loss: (softmax - onehot) / rows.
 */
__kernel void softmax_cross_entropy(TENSOR(const float, z), TENSOR(const uint, labels),
                                    TENSOR(float, losses), TENSOR(uint, correct), TENSOR(float, dz),
                                    uint rows, uint c) {
    OPEN(const float, z);
    OPEN(const uint, labels);
    OPEN(float, losses);
    OPEN(uint, correct);
    const uint r = (uint)get_global_id(0);
    if (r >= rows)
        return;
    z += (size_t)r * c;
    const uint label = labels[r];
    const float top = row_max(z, c), sum = row_sum_exp(z, c, top);
    uint best = 0;
    for (uint k = 1; k < c; k++)
        best = z[k] > z[best] ? k : best;
    /* a label that is no class counts as a loss that is no number */
    const float loss = label < c ? log(sum) - (z[label] - top) : NAN;
    losses[r] = loss;
    correct[r] = best == label && isfinite(loss);
#if WITH_GRADIENT
    OPEN(float, dz);
    dz += (size_t)r * c;
    for (uint k = 0; k < c; k++)
        dz[k] = (exp(z[k] - top) / sum - (k == label ? 1.0f : 0.0f)) / (float)rows;
#endif
}

void metric_add(__global uint *metrics, uint which, ulong amount) {
    __global uint *word = metrics + 2 * which;
    const ulong total = ((ulong)word[1] << 32 | word[0]) + amount;
    word[0] = (uint)total;
    word[1] = (uint)(total >> 32);
}

/* One work-item adds the samples up: they are few, and integers add up the same in any order. */
__kernel void metrics_add(TENSOR(const float, losses), TENSOR(const uint, correct),
                          TENSOR(uint, metrics), uint rows) {
    OPEN(const float, losses);
    OPEN(const uint, correct);
    OPEN(uint, metrics);
    if (get_global_id(0) != 0)
        return;
    ulong loss_sum = 0, correct_sum = 0, nonfinite = 0;
    for (uint r = 0; r < rows; r++) {
        const float loss = losses[r];
        correct_sum += correct[r];
        if (isfinite(loss))
            loss_sum += convert_ulong(rint(min(loss, METRIC_LOSS_MAX) * METRIC_LOSS_ONE));
        else
            nonfinite++;
    }
    if (nonfinite && !metrics[2 * METRIC_NONFINITE] && !metrics[2 * METRIC_NONFINITE + 1])
        for (uint w = 0; w < 2; w++)
            metrics[2 * METRIC_SOUND + w] = metrics[2 * METRIC_SAMPLES + w];
    metric_add(metrics, METRIC_LOSS, loss_sum);
    metric_add(metrics, METRIC_CORRECT, correct_sum);
    metric_add(metrics, METRIC_SAMPLES, rows);
    metric_add(metrics, METRIC_NONFINITE, nonfinite);
}

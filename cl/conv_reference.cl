/* Convolution and its gradients: one work-item an element of the result, on any device. */
#include "activation.clh"
#include "conv_shape.clh"
#include "tensor.clh"

__kernel void conv_reference(TENSOR(const float, x), TENSOR(const float, w),
                             TENSOR(const float, bias), TENSOR(float, y), uint n) {
    OPEN(const float, x);
    OPEN(const float, w);
    OPEN(const float, bias);
    OPEN(float, y);
    const size_t item = get_global_id(0);
    if (item >= (size_t)n * OH * OW * CO)
        return;
    const uint co = item % CO, ox = item / CO % OW, oy = item / ((size_t)CO * OW) % OH;
    x += item / ((size_t)CO * OW * OH) * IH * IW * CI;
    float sum = 0.0f;
    for (int ky = 0; ky < KH; ky++)
        for (int kx = 0; kx < KW; kx++) {
            const int iy = (int)(oy * SH) + ky - PT, ix = (int)(ox * SW) + kx - PL;
            if (iy < 0 || iy >= IH || ix < 0 || ix >= IW)
                continue;
            for (uint ci = 0; ci < CI; ci++)
                sum = fma(x[(iy * IW + ix) * CI + ci], w[((ky * KW + kx) * CI + ci) * CO + co], sum);
        }
#if BIAS
    sum += bias[co];
#endif
    y[item] = ACTIVATE(ACTIVATION, float, sum);
}

__kernel void conv_reference_data(TENSOR(const float, dy), TENSOR(const float, w),
                                  TENSOR(float, dx), TENSOR(const float, gate), uint n) {
    OPEN(const float, dy);
    OPEN(const float, w);
    OPEN(float, dx);
    OPEN(const float, gate);
    const size_t item = get_global_id(0);
    if (item >= (size_t)n * IH * IW * CI)
        return;
    const uint ci = item % CI, ix = item / CI % IW, iy = item / ((size_t)CI * IW) % IH;
    dy += item / ((size_t)CI * IW * IH) * OH * OW * CO;
    float sum = 0.0f;
    for (int ky = 0; ky < KH; ky++)
        for (int kx = 0; kx < KW; kx++) {
            const int y = (int)iy + PT - ky, x = (int)ix + PL - kx;
            if (y < 0 || y % SH != 0 || y / SH >= OH || x < 0 || x % SW != 0 || x / SW >= OW)
                continue;
            for (uint co = 0; co < CO; co++)
                sum = fma(dy[(y / SH * OW + x / SW) * CO + co],
                          w[((ky * KW + kx) * CI + ci) * CO + co], sum);
        }
    dx[item] = !GATED || gate[item] > 0.0f ? sum : 0.0f;
}

__kernel void conv_reference_weights(TENSOR(const float, x), TENSOR(const float, dy),
                                     TENSOR(float, dw), uint n) {
    OPEN(const float, x);
    OPEN(const float, dy);
    OPEN(float, dw);
    const size_t item = get_global_id(0);
    if (item >= (size_t)KH * KW * CI * CO)
        return;
    const uint co = item % CO, ci = item / CO % CI;
    const int kx = item / (CO * CI) % KW, ky = item / (CO * CI * KW);
    float sum = 0.0f;
    for (uint i = 0; i < n; i++)
        for (int oy = 0; oy < OH; oy++)
            for (int ox = 0; ox < OW; ox++) {
                const int iy = oy * SH + ky - PT, ix = ox * SW + kx - PL;
                if (iy >= 0 && iy < IH && ix >= 0 && ix < IW)
                    sum = fma(x[(((size_t)i * IH + iy) * IW + ix) * CI + ci],
                              dy[(((size_t)i * OH + oy) * OW + ox) * CO + co], sum);
            }
    dw[item] = sum;
}

// The bfloat16 kernels as plain functions on memory. They allocate their own scratch memory and use all of the threads
// that libtorch is set to. Call them only where `hasAVX512BFloat16()` holds.
#pragma once

#include <cstdint>

using bfloat16 = uint16_t;

/// out[r] = epilogue(x[r] · Wᵀ + bias), r in 0 ..< rows. Strides count elements.
struct LinearArguments {
    const bfloat16 *x;
    int64_t rows, depth, xStride;  ///< `depth` is even, `rows` at least 6
    const bfloat16 *weight;        ///< [columns, depth]
    int64_t columns, weightStride;
    const bfloat16 *bias;  ///< [columns] or null
    bool gelu;             ///< apply GELU (tanh) to the rounded sum
    const bfloat16 *residual, *gate;  ///< both or none: residual + gate · sum; gate has one row for `rowsPerGate` rows
    int64_t residualStride, gateStride, rowsPerGate;
    bfloat16 *out;
    int64_t outStride;
};
void linearKernel(const LinearArguments &a);

/// Where element [batch, head, token, 0] of a tensor lies.
struct HeadStrides {
    int64_t batch, head, token;
};

struct AttentionArguments {
    const bfloat16 *q, *k, *v;
    HeadStrides qStrides, kStrides, vStrides;
    int64_t batch, heads, queries, keys, dimension;  ///< `dimension` is even and at most 256
    float scale;
    bfloat16 *out;  ///< row [batch, query] holds heads · dimension elements
    int64_t outBatchStride, outRowStride;
};
void attentionKernel(const AttentionArguments &a);

/// One stream of `qkNormRotaryKernel`: rows q | k | v of heads · dimension elements each.
struct RotaryStream {
    const bfloat16 *qkv, *qScale, *kScale;
    int64_t tokens, batchStride, rowStride;
};
struct RotaryArguments {
    const RotaryStream *streams;
    int64_t streamCount, batch, heads, dimension, tokens;  ///< `tokens` of all streams
    const float *cos, *sin;                                ///< [tokens, dimension / 2]
    float epsilon;
    bfloat16 *q, *k, *v;  ///< [batch, heads, tokens, dimension]; v may be null: not written
};
void qkNormRotaryKernel(const RotaryArguments &a);

/// out = (1 + scale) · layerNorm(x) + shift, and out = x + gate · y: rows of `width`, one vector row for `rowsPerVector` rows.
struct RowArguments {
    const bfloat16 *x, *y;  ///< y: null in the norm
    int64_t rows, width, xStride, yStride;
    const bfloat16 *first, *second;  ///< norm: scale and shift; residual: gate and null
    int64_t vectorStride, rowsPerVector;
    float epsilon;
    bfloat16 *out;  ///< contiguous
};
void modulatedLayerNormKernel(const RowArguments &a);
void gatedResidualKernel(const RowArguments &a);

/// Whether this processor and operating system run the kernels above.
bool hasAVX512BFloat16();

// The bfloat16 kernels as plain functions on memory. They allocate their own scratch memory and use all of the threads
// that libtorch is set to. Call them only where `has_avx512_bfloat16()` holds.
#pragma once

#include <cstdint>

using bfloat16 = uint16_t;

// out[r] = epilogue(x[r] · Wᵀ + bias), r in 0 ..< rows. Strides count elements.
struct LinearArguments {
    const bfloat16 *x;
    int64_t rows, depth, x_stride;  // `depth` is even, `rows` at least 6
    const bfloat16 *weight;         // [columns, depth]
    int64_t columns, weight_stride;
    const bfloat16 *bias;             // [columns] or null
    bool gelu;                        // apply GELU (tanh) to the rounded sum
    const bfloat16 *residual, *gate;  // both or none: residual + gate · sum; gate has one row for `rows_per_gate` rows
    int64_t residual_stride, gate_stride, rows_per_gate;
    bfloat16 *out;
    int64_t out_stride;
};
void linear_kernel(const LinearArguments &a);
// The same with nothing but the bias behind the sum, for any number of rows and any depth: best for a few rows.
void few_rows_kernel(const LinearArguments &a);

// Where element [batch, head, token, 0] of a tensor lies.
struct HeadStrides {
    int64_t batch, head, token;
};

struct AttentionArguments {
    const bfloat16 *q, *k, *v;
    HeadStrides q_strides, k_strides, v_strides;
    int64_t batch, heads, queries, keys, dimension;  // `dimension` is even and at most 256
    float scale;
    bfloat16 *out;  // row [batch, query] holds heads · dimension elements
    int64_t out_batch_stride, out_row_stride;
};
void attention_kernel(const AttentionArguments &a);

// One stream of `qk_norm_rotary_kernel`: rows q | k | v of heads · dimension elements each.
struct RotaryStream {
    const bfloat16 *qkv, *q_scale, *k_scale;
    int64_t tokens, batch_stride, row_stride;
};
struct RotaryArguments {
    const RotaryStream *streams;
    int64_t stream_count, batch, heads, dimension, tokens;  // `tokens` of all streams
    const float *cos, *sin;                                 // [tokens, dimension / 2]
    float epsilon;
    bfloat16 *q, *k, *v;  // [batch, heads, tokens, dimension]; v may be null: not written
};
void qk_norm_rotary_kernel(const RotaryArguments &a);

// out = (1 + scale) · layerNorm(x) + shift, or out = x + gate · y: rows of `width`; `rows_per_vector` rows share one row of
// scale and shift, or of gate.
struct RowArguments {
    const bfloat16 *x, *y;  // y: null in the norm
    int64_t rows, width, x_stride, y_stride;
    const bfloat16 *first, *second;  // norm: scale and shift; residual: gate and null
    int64_t vector_stride, rows_per_vector;
    float epsilon;
    bfloat16 *out;  // contiguous
};
void modulated_layer_norm_kernel(const RowArguments &a);
void gated_residual_kernel(const RowArguments &a);

// Whether this processor and operating system run the kernels above.
bool has_avx512_bfloat16();

// Gradients of the fused operations, as plain functions on memory, under the rules of kernels.h.
#pragma once

#include "kernels.h"

// Gradient of `modulated_layer_norm_kernel` for rows of `width` that belong to `vectors` rows of scale and shift.
struct NormGradientArguments {
    const bfloat16 *x, *gradient;  // [vectors · rows_per_vector, width]
    int64_t vectors, rows_per_vector, width, x_stride, gradient_stride;
    const bfloat16 *scale;
    int64_t scale_stride;
    float epsilon;
    bfloat16 *x_gradient;                        // contiguous
    bfloat16 *shift_gradient, *scale_gradient;  // [vectors, width]
};
void modulated_layer_norm_gradient_kernel(const NormGradientArguments &a);

// Gradient of `gated_residual_kernel` with respect to y and the gate; that of x is the incoming gradient itself.
struct GateGradientArguments {
    const bfloat16 *y, *gradient;
    int64_t vectors, rows_per_vector, width, y_stride, gradient_stride;
    const bfloat16 *gate;
    int64_t gate_stride;
    bfloat16 *y_gradient;     // contiguous
    bfloat16 *gate_gradient;  // [vectors, width]
};
void gated_residual_gradient_kernel(const GateGradientArguments &a);

// Gradient of `qk_norm_rotary_kernel`: of one stream's rows q | k | v, and of its scales.
struct RotaryGradientArguments {
    RotaryStream stream;
    int64_t offset;  // of the stream's first token among all
    int64_t batch, heads, dimension;
    const float *cos, *sin;
    float epsilon;
    const bfloat16 *q, *k, *v;  // gradients, [batch, heads, tokens of all streams, dimension]
    HeadStrides q_strides, k_strides, v_strides;
    bfloat16 *out;                 // [batch, tokens, 3 · heads · dimension], contiguous
    float *q_scale, *k_scale;  // [dimension], added to
};
void qk_norm_rotary_gradient_kernel(const RotaryGradientArguments &a);

// Gradient of `attention_kernel`. Each thread holds a head's probabilities and their gradient whole, four matrices of
// queries · keys, so this is for short sequences. `scale` is positive.
struct AttentionGradientArguments {
    AttentionArguments forward;  // `out` is unused
    const bfloat16 *gradient;    // of the result: row [batch, query] holds heads · dimension elements
    int64_t gradient_batch_stride, gradient_row_stride;
    bfloat16 *q_gradient, *k_gradient, *v_gradient;  // [batch, heads, tokens, dimension], contiguous
};
void attention_gradient_kernel(const AttentionGradientArguments &a);

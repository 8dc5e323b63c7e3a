#pragma once
#include "ctorch.h"

#ifdef __cplusplus
extern "C" {
#endif

// Fused CPU operations of a transformer block. Where the processor has AVX512-BF16 and the tensors are bfloat16 in main
// memory, hand-written kernels run; otherwise the same result is composed of libtorch operations. Either way every
// intermediate that the official programs round to bfloat16 is rounded here too.
//
// All functions follow the rules of ctorch.h: 0 is success, results arrive at +1, inputs are borrowed. Inputs may be
// views; the last dimension must have stride 1 for the fast path. Where `into` is not null, the result is written there
// (for instance into some columns of a wider tensor) and `out` becomes another handle on it; where it is null, `out` is new.

enum { CT_ACTIVATION_NONE = 0, CT_ACTIVATION_GELU_TANH = 1 };

// Whether the fast kernels can run on this processor.
bool ct_kernels_available(void);
// Switches all hand-written kernels off or on for the calling thread, those of training included, for comparison with the
// composed path, which is also what other devices take. Default: on.
void ct_kernels_set_enabled(bool enabled);

// activation(x Wᵀ + b). x [..., K], weight [N, K], bias [N] or null, into [..., N] or null.
int ct_fused_linear(ct_tensor x, ct_tensor weight, ct_tensor bias, int activation, ct_tensor into, ct_tensor *out);

// residual + gate · (x Wᵀ + b). x [B, L, K], weight [N, K], bias [N] or null, residual [B, L, N], gate [B, 1, N].
int ct_linear_gated_residual(
    ct_tensor x, ct_tensor weight, ct_tensor bias, ct_tensor residual, ct_tensor gate, ct_tensor *out);

// residual + gate · y. residual and y [B, L, H], gate [B, 1, H].
int ct_gated_residual(ct_tensor residual, ct_tensor gate, ct_tensor y, ct_tensor *out);

// (1 + scale) · layerNorm(x) + shift. x [B, L, H], shift and scale [B, 1, H].
int ct_modulated_layer_norm(ct_tensor x, ct_tensor shift, ct_tensor scale, double eps, ct_tensor *out);

// One token stream entering a joint attention.
typedef struct {
    ct_tensor qkv;      // [B, tokens, 3 · heads · D], q | k | v; may be a view of a wider row.
    ct_tensor q_scale;  // [D]
    ct_tensor k_scale;  // [D]
} ct_attention_stream;

// Per-head RMS norm of queries and keys, then rotation of the pairs (2i, 2i + 1), for all streams' tokens in order.
// cos and sin [L, D / 2] float32, L = all streams' tokens. Results [B, heads, L, D]; v may alias a stream's qkv.
int ct_qk_norm_rotary(
    const ct_attention_stream *streams, int64_t stream_count, ct_tensor cos, ct_tensor sin, int64_t heads, double eps,
    ct_tensor *q, ct_tensor *k, ct_tensor *v);

// softmax(scale · q kᵀ) v. q, k, v [B, heads, L, D] (keys may be more or fewer than queries), into [B, L, heads · D] or null.
int ct_attention(ct_tensor q, ct_tensor k, ct_tensor v, double scale, ct_tensor into, ct_tensor *out);

// silu(groupNorm(x)). x [B, C, H, W], weight and bias [C]. Where gradients are recorded and x is float32 in channels-last
// layout, one pass forward and one backward.
int ct_group_norm_silu(ct_tensor x, int64_t groups, ct_tensor weight, ct_tensor bias, double eps, ct_tensor *out);

// Between begin and end (which nest), freed main memory of large tensors is kept for the next ones; the last end frees it.
int ct_memory_reuse_begin(void);
int ct_memory_reuse_end(void);

// Gives memory that libtorch and the C library keep for later back to the system, on the processor and on a CUDA device.
int ct_memory_release(void);

#ifdef __cplusplus
}
#endif

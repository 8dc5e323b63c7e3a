// Fused operations whose gradient is fused too: each is one node of libtorch's graph. Internal to the kernels.
//
// They take what the kernels take (bfloat16 in main memory). What is recorded is decided by the caller with `records`.
#pragma once

#include "fused_node.h"

namespace ctorch {

// One stream of tokens on its way into an attention; see ct_attention_stream.
struct Stream {
    at::Tensor qkv, q_scale, k_scale;
};

struct Heads {
    at::Tensor q, k, v;  // [batch, heads, tokens, dimension]
};

// Cosines and sines of the tokens' angles, [tokens, dimension / 2].
struct Rotation {
    at::Tensor cos, sin;
};

// The kernels themselves, without a record (fused_rows.cpp, fused_attention.cpp).
at::Tensor run_modulated_layer_norm(const at::Tensor &x, const at::Tensor &shift, const at::Tensor &scale, double epsilon);
at::Tensor run_gated_residual(const at::Tensor &x, const at::Tensor &gate, const at::Tensor &y);
Heads run_norm_rotary(const std::vector<Stream> &streams, const Rotation &turn, int64_t heads, double epsilon);
at::Tensor run_attention(
    const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, double scale, const std::optional<at::Tensor> &into);

at::Tensor record_modulated_layer_norm(const at::Tensor &x, const at::Tensor &shift, const at::Tensor &scale, double epsilon);
at::Tensor record_gated_residual(const at::Tensor &x, const at::Tensor &gate, const at::Tensor &y);
Heads record_norm_rotary(const std::vector<Stream> &streams, const Rotation &turn, int64_t heads, double epsilon);
at::Tensor record_attention(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, double scale);

// Longest sequence whose attention is recorded as one node; longer ones leave the matrix of scores to libtorch.
constexpr int64_t longest_recorded_attention = 512;

}  // namespace ctorch

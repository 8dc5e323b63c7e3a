// The fused operations of a transformer block in float32, recorded with gradients of ours. Internal to the kernels.
#pragma once

#include "recorded.h"

namespace ctorch {

// Whether all these tensors are float32 in main memory with unit last stride, and one asks for a gradient.
bool records_in_float(std::initializer_list<at::Tensor> tensors);

at::Tensor record_float_layer_norm(const at::Tensor &x, const at::Tensor &shift, const at::Tensor &scale, double epsilon);
at::Tensor record_float_gated_residual(const at::Tensor &x, const at::Tensor &gate, const at::Tensor &y);
at::Tensor record_float_gelu(const at::Tensor &x);
Heads record_float_norm_rotary(const std::vector<Stream> &streams, const Rotation &turn, int64_t heads, double epsilon);

}  // namespace ctorch

#pragma once

#include "fused_node.h"

namespace ctorch {

// silu(groupNorm(x)): fused where gradients are recorded, composed of libtorch's operations elsewhere.
at::Tensor group_norm_silu(const at::Tensor &x, int64_t groups, const at::Tensor &weight, const at::Tensor &bias, double epsilon);

}  // namespace ctorch

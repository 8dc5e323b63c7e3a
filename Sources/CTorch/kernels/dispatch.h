// How the fused operations choose between a kernel and a composition of libtorch operations. Internal to the kernels.
#pragma once

#include <ATen/TensorOperators.h>

#include <optional>

#include "../guard.h"
#include "ctorch_kernels.h"
#include "kernels.h"

namespace ctorch {

// Whether hand-written kernels may take the place of libtorch's operations on the calling thread.
bool kernels_enabled();

// Whether the kernels are on and all these tensors (those present) are bfloat16 in main memory with unit last stride.
bool runs_on_kernels(std::initializer_list<std::optional<at::Tensor>> tensors);

// [..., width] seen as [rows, width] with one stride between rows; nothing where the strides do not allow it.
std::optional<at::Tensor> row_view(const at::Tensor &x);

// The same, copying where the strides do not allow a view.
at::Tensor rows_of(const at::Tensor &x);

inline const bfloat16 *elements(const at::Tensor &x) { return static_cast<const bfloat16 *>(x.const_data_ptr()); }
inline const bfloat16 *elements(const std::optional<at::Tensor> &x) { return x ? elements(*x) : nullptr; }
inline bfloat16 *mutable_elements(const at::Tensor &x) { return static_cast<bfloat16 *>(x.mutable_data_ptr()); }

// Where a vector [batch, 1, width] or [1, 1, width] that modulates [batch, tokens, width] has its rows.
struct VectorRows {
    int64_t stride, rows_per_vector;
    VectorRows(const at::Tensor &vector, const at::Tensor &x);
};

// `result`, or `into` after copying `result` there.
at::Tensor placed(const at::Tensor &result, const std::optional<at::Tensor> &into);

}  // namespace ctorch

// Row-wise fused operations: modulated norm and gated residual.
#include <ATen/ops/empty_like.h>
#include <ATen/ops/layer_norm.h>
#include <c10/util/Exception.h>

#include "float_rows.h"

namespace ctorch {

at::Tensor run_modulated_layer_norm(const at::Tensor &x, const at::Tensor &shift, const at::Tensor &scale, double epsilon) {
    const VectorRows scales(scale, x);
    auto rows = rows_of(x), out = at::empty_like(x, x.options(), at::MemoryFormat::Contiguous);
    RowArguments a = {};
    a.x = elements(rows), a.rows = rows.size(0), a.width = rows.size(1), a.x_stride = rows.stride(0);
    a.first = elements(scale), a.second = elements(shift);
    a.vector_stride = scales.stride, a.rows_per_vector = scales.rows_per_vector;
    a.epsilon = static_cast<float>(epsilon);
    a.out = mutable_elements(out);
    modulated_layer_norm_kernel(a);
    return out;
}

at::Tensor run_gated_residual(const at::Tensor &x, const at::Tensor &gate, const at::Tensor &y) {
    const VectorRows gates(gate, x);
    auto rows = rows_of(x), added = rows_of(y), out = at::empty_like(x, x.options(), at::MemoryFormat::Contiguous);
    RowArguments a = {};
    a.x = elements(rows), a.rows = rows.size(0), a.width = rows.size(1), a.x_stride = rows.stride(0);
    a.y = elements(added), a.y_stride = added.stride(0);
    a.first = elements(gate), a.vector_stride = gates.stride, a.rows_per_vector = gates.rows_per_vector;
    a.out = mutable_elements(out);
    gated_residual_kernel(a);
    return out;
}

}  // namespace ctorch

namespace {
using namespace ctorch;

at::Tensor modulated_layer_norm(const at::Tensor &x, const at::Tensor &shift, const at::Tensor &scale, double epsilon) {
    const VectorRows shifts(shift, x), scales(scale, x);
    if (records_in_float({x, shift, scale})) return record_float_layer_norm(x, shift, scale, epsilon);
    if (!runs_on_kernels({x, shift, scale}) || shifts.stride != scales.stride)
        return (1 + scale) * at::layer_norm(x, {x.size(-1)}, {}, {}, epsilon) + shift;
    const bool is_recorded = records({x, shift, scale});
    return is_recorded ? record_modulated_layer_norm(x, shift, scale, epsilon) : run_modulated_layer_norm(x, shift, scale, epsilon);
}

at::Tensor gated_residual(const at::Tensor &x, const at::Tensor &gate, const at::Tensor &y) {
    TORCH_CHECK(x.sizes() == y.sizes(), "tokens of shape ", y.sizes(), " cannot be added to ", x.sizes());
    const VectorRows gates(gate, x);  // checks the shapes
    if (records_in_float({x, gate, y})) return record_float_gated_residual(x, gate, y);
    if (!runs_on_kernels({x, gate, y})) return x + gate * y;
    return records({x, gate, y}) ? record_gated_residual(x, gate, y) : run_gated_residual(x, gate, y);
}

}  // namespace

int ct_modulated_layer_norm(ct_tensor x, ct_tensor shift, ct_tensor scale, double eps, ct_tensor *out) {
    return guarded(out, [&] { return modulated_layer_norm(unwrap(x), unwrap(shift), unwrap(scale), eps); });
}

int ct_gated_residual(ct_tensor residual, ct_tensor gate, ct_tensor y, ct_tensor *out) {
    return guarded(out, [&] { return gated_residual(unwrap(residual), unwrap(gate), unwrap(y)); });
}

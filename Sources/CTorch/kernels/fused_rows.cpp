// Row-wise fused operations: modulated norm and gated residual.
#include <ATen/ops/empty_like.h>
#include <ATen/ops/layer_norm.h>
#include <c10/util/Exception.h>

#include "dispatch.h"

namespace {
using namespace ctorch;

at::Tensor modulatedLayerNorm(const at::Tensor &x, const at::Tensor &shift, const at::Tensor &scale, double epsilon) {
    VectorRows shifts(shift, x), scales(scale, x);
    if (!runsOnKernels({x, shift, scale}) || shifts.stride != scales.stride)
        return (1 + scale) * at::layer_norm(x, {x.size(-1)}, {}, {}, epsilon) + shift;
    auto rows = rowsOf(x), out = at::empty_like(x, x.options(), at::MemoryFormat::Contiguous);
    RowArguments a = {};
    a.x = elements(rows), a.rows = rows.size(0), a.width = rows.size(1), a.xStride = rows.stride(0);
    a.first = elements(scale), a.second = elements(shift);
    a.vectorStride = scales.stride, a.rowsPerVector = scales.rowsPerVector;
    a.epsilon = static_cast<float>(epsilon);
    a.out = mutableElements(out);
    modulatedLayerNormKernel(a);
    return out;
}

at::Tensor gatedResidual(const at::Tensor &x, const at::Tensor &gate, const at::Tensor &y) {
    TORCH_CHECK(x.sizes() == y.sizes(), "tokens of shape ", y.sizes(), " cannot be added to ", x.sizes());
    VectorRows gates(gate, x);
    if (!runsOnKernels({x, gate, y})) return x + gate * y;
    auto rows = rowsOf(x), added = rowsOf(y), out = at::empty_like(x, x.options(), at::MemoryFormat::Contiguous);
    RowArguments a = {};
    a.x = elements(rows), a.rows = rows.size(0), a.width = rows.size(1), a.xStride = rows.stride(0);
    a.y = elements(added), a.yStride = added.stride(0);
    a.first = elements(gate), a.vectorStride = gates.stride, a.rowsPerVector = gates.rowsPerVector;
    a.out = mutableElements(out);
    gatedResidualKernel(a);
    return out;
}

}  // namespace

int ct_modulated_layer_norm(ct_tensor x, ct_tensor shift, ct_tensor scale, double eps, ct_tensor *out) {
    return guarded(out, [&] { return modulatedLayerNorm(unwrap(x), unwrap(shift), unwrap(scale), eps); });
}

int ct_gated_residual(ct_tensor residual, ct_tensor gate, ct_tensor y, ct_tensor *out) {
    return guarded(out, [&] { return gatedResidual(unwrap(residual), unwrap(gate), unwrap(y)); });
}

// Linear layers with what follows them in a transformer block.
#include <ATen/ops/empty.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linear.h>
#include <c10/util/Exception.h>

#include "dispatch.h"

namespace {
using namespace ctorch;
using OptionalTensor = std::optional<at::Tensor>;

/// Whether the kernel takes this shape: whole pairs in the depth, and more rows than a product bound by memory has.
bool suitsKernel(const at::Tensor &x, const at::Tensor &weight) {
    return weight.dim() == 2 && x.size(-1) == weight.size(1) && x.size(-1) % 2 == 0 && x.numel() / x.size(-1) >= 16;
}

/// The arguments without an epilogue. `x` and `out` are row views, which the caller keeps alive.
LinearArguments arguments(const at::Tensor &x, const at::Tensor &weight, const OptionalTensor &bias, const at::Tensor &out) {
    TORCH_CHECK(!bias || (bias->dim() == 1 && bias->size(0) == weight.size(0)), "the bias must have shape [", weight.size(0), "]");
    LinearArguments a = {};
    a.x = elements(x), a.rows = x.size(0), a.depth = x.size(1), a.xStride = x.stride(0);
    a.weight = elements(weight), a.columns = weight.size(0), a.weightStride = weight.stride(0);
    a.bias = elements(bias);
    a.rowsPerGate = 1;
    a.out = mutableElements(out), a.outStride = out.stride(0);
    return a;
}

std::vector<int64_t> outputShape(const at::Tensor &x, const at::Tensor &weight) {
    auto shape = x.sizes().vec();
    shape.back() = weight.size(0);
    return shape;
}

at::Tensor fusedLinear(const at::Tensor &x, const at::Tensor &weight, const OptionalTensor &bias, bool gelu, const OptionalTensor &into) {
    auto place = into ? rowView(*into) : std::nullopt;
    if (!runsOnKernels({x, weight, bias, into}) || !suitsKernel(x, weight) || (into && !place)) {
        auto y = at::linear(x, weight, bias);
        return placed(gelu ? at::gelu(y, "tanh") : y, into);
    }
    auto out = into ? *into : at::empty(outputShape(x, weight), x.options());
    TORCH_CHECK(out.sizes() == at::IntArrayRef(outputShape(x, weight)), "the result does not fit its place of shape ", out.sizes());
    auto rows = rowsOf(x);
    LinearArguments a = arguments(rows, weight, bias, place ? *place : rowsOf(out));
    a.gelu = gelu;
    linearKernel(a);
    return out;
}

at::Tensor linearGatedResidual(
    const at::Tensor &x, const at::Tensor &weight, const OptionalTensor &bias, const at::Tensor &residual, const at::Tensor &gate) {
    VectorRows gates(gate, residual);
    if (!runsOnKernels({x, weight, bias, residual, gate}) || !suitsKernel(x, weight)) {
        return residual + gate * at::linear(x, weight, bias);
    }
    auto out = at::empty(outputShape(x, weight), x.options());
    TORCH_CHECK(out.sizes() == residual.sizes(), "the result ", out.sizes(), " cannot be added to ", residual.sizes());
    auto rows = rowsOf(x), residualRows = rowsOf(residual);
    LinearArguments a = arguments(rows, weight, bias, rowsOf(out));
    a.residual = elements(residualRows), a.residualStride = residualRows.stride(0);
    a.gate = elements(gate), a.gateStride = gates.stride, a.rowsPerGate = gates.rowsPerVector;
    linearKernel(a);
    return out;
}

}  // namespace

int ct_fused_linear(ct_tensor x, ct_tensor weight, ct_tensor bias, int activation, ct_tensor into, ct_tensor *out) {
    return guarded(out, [&] {
        return fusedLinear(unwrap(x), unwrap(weight), optional(bias), activation == CT_ACTIVATION_GELU_TANH, optional(into));
    });
}

int ct_linear_gated_residual(
    ct_tensor x, ct_tensor weight, ct_tensor bias, ct_tensor residual, ct_tensor gate, ct_tensor *out) {
    return guarded(out, [&] {
        return linearGatedResidual(unwrap(x), unwrap(weight), optional(bias), unwrap(residual), unwrap(gate));
    });
}

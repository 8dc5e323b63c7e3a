// Linear layers with what follows them in a transformer block.
#include <ATen/ops/empty.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linear.h>
#include <c10/util/Exception.h>

#include "float_rows.h"

namespace {
using namespace ctorch;
using OptionalTensor = std::optional<at::Tensor>;

// Whether the kernel takes this shape: whole pairs in the depth, and more rows than a product bound by memory has.
bool suits_kernel(const at::Tensor &x, const at::Tensor &weight) {
    return weight.dim() == 2 && x.size(-1) == weight.size(1) && x.size(-1) % 2 == 0 && x.numel() / x.size(-1) >= 16;
}

// The arguments without an epilogue. `x` and `out` are row views, which the caller keeps alive.
LinearArguments arguments(const at::Tensor &x, const at::Tensor &weight, const OptionalTensor &bias, const at::Tensor &out) {
    TORCH_CHECK(
        !bias || (bias->dim() == 1 && bias->size(0) == weight.size(0)), "the bias must have shape [", weight.size(0), "]");
    LinearArguments a = {};
    a.x = elements(x), a.rows = x.size(0), a.depth = x.size(1), a.x_stride = x.stride(0);
    a.weight = elements(weight), a.columns = weight.size(0), a.weight_stride = weight.stride(0);
    a.bias = elements(bias);
    a.rows_per_gate = 1;
    a.out = mutable_elements(out), a.out_stride = out.stride(0);
    return a;
}

// Whether a product is bound by reading the weight: too few rows for the panels of `linear_kernel`.
bool has_few_rows(const at::Tensor &x, const at::Tensor &weight) {
    return weight.dim() == 2 && x.size(-1) == weight.size(1) && x.numel() > 0 && x.numel() / x.size(-1) < 16;
}

std::vector<int64_t> output_shape(const at::Tensor &x, const at::Tensor &weight) {
    auto shape = x.sizes().vec();
    shape.back() = weight.size(0);
    return shape;
}

at::Tensor fused_linear(
    const at::Tensor &x, const at::Tensor &weight, const OptionalTensor &bias, bool gelu, const OptionalTensor &into) {
    auto place = into ? row_view(*into) : std::nullopt;
    bool is_few = !gelu && has_few_rows(x, weight);
    if (!runs_on_kernels({x, weight, bias, into}) || !(is_few || suits_kernel(x, weight)) || (into && !place) || records({x, weight, bias})) {
        auto y = at::linear(x, weight, bias);
        if (gelu) y = records_in_float({y}) ? record_float_gelu(y) : at::gelu(y, "tanh");
        return placed(y, into);
    }
    auto shape = output_shape(x, weight);
    auto out = into ? *into : at::empty(shape, x.options());
    TORCH_CHECK(out.sizes() == at::IntArrayRef(shape), "the result ", shape, " does not fit its place ", out.sizes());
    auto rows = rows_of(x);
    LinearArguments a = arguments(rows, weight, bias, place ? *place : rows_of(out));
    a.gelu = gelu;
    is_few ? few_rows_kernel(a) : linear_kernel(a);
    return out;
}

at::Tensor linear_gated_residual(
    const at::Tensor &x, const at::Tensor &weight, const OptionalTensor &bias, const at::Tensor &residual,
    const at::Tensor &gate) {
    VectorRows gates(gate, residual);
    if (records({x, weight, bias, residual, gate})) {
        auto y = at::linear(x, weight, bias);
        if (records_in_float({residual, gate, y})) return record_float_gated_residual(residual, gate, y);
        return runs_on_kernels({residual, gate, y}) ? record_gated_residual(residual, gate, y) : residual + gate * y;
    }
    if (!runs_on_kernels({x, weight, bias, residual, gate}) || !suits_kernel(x, weight)) {
        return residual + gate * at::linear(x, weight, bias);
    }
    auto out = at::empty(output_shape(x, weight), x.options());
    TORCH_CHECK(out.sizes() == residual.sizes(), "the result ", out.sizes(), " cannot be added to ", residual.sizes());
    auto rows = rows_of(x), residual_rows = rows_of(residual);
    LinearArguments a = arguments(rows, weight, bias, rows_of(out));
    a.residual = elements(residual_rows), a.residual_stride = residual_rows.stride(0);
    a.gate = elements(gate), a.gate_stride = gates.stride, a.rows_per_gate = gates.rows_per_vector;
    linear_kernel(a);
    return out;
}

}  // namespace

int ct_fused_linear(ct_tensor x, ct_tensor weight, ct_tensor bias, int activation, ct_tensor into, ct_tensor *out) {
    return guarded(out, [&] {
        return fused_linear(unwrap(x), unwrap(weight), optional(bias), activation == CT_ACTIVATION_GELU_TANH, optional(into));
    });
}

int ct_linear_gated_residual(
    ct_tensor x, ct_tensor weight, ct_tensor bias, ct_tensor residual, ct_tensor gate, ct_tensor *out) {
    return guarded(out, [&] {
        return linear_gated_residual(unwrap(x), unwrap(weight), optional(bias), unwrap(residual), unwrap(gate));
    });
}

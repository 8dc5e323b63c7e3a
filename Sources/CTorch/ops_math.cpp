// Arithmetic, element by element.
#include "guard.h"

#include <ATen/Functions.h>

#include <cmath>

using namespace ctorch;

int ct_add(ct_tensor a, ct_tensor b, ct_tensor *out) {
    return guarded(out, [&] { return at::add(unwrap(a), unwrap(b)); });
}

int ct_sub(ct_tensor a, ct_tensor b, ct_tensor *out) {
    return guarded(out, [&] { return at::sub(unwrap(a), unwrap(b)); });
}

int ct_mul(ct_tensor a, ct_tensor b, ct_tensor *out) {
    return guarded(out, [&] { return at::mul(unwrap(a), unwrap(b)); });
}

int ct_div(ct_tensor a, ct_tensor b, ct_tensor *out) {
    return guarded(out, [&] { return at::div(unwrap(a), unwrap(b)); });
}

// A whole number stays an integer, so that an integer tensor keeps its type as it does in PyTorch.
static at::Scalar scalar(const at::Tensor &beside, double value) {
    const bool whole = value == std::trunc(value) && std::abs(value) < 9e15;
    return whole && at::isIntegralType(beside.scalar_type(), true) ? at::Scalar(static_cast<int64_t>(value)) : at::Scalar(value);
}

int ct_add_scalar(ct_tensor a, double b, ct_tensor *out) {
    return guarded(out, [&] { return at::add(unwrap(a), scalar(unwrap(a), b)); });
}

int ct_sub_scalar(ct_tensor a, double b, ct_tensor *out) {
    return guarded(out, [&] { return at::sub(unwrap(a), scalar(unwrap(a), b)); });
}

int ct_scalar_sub(double a, ct_tensor b, ct_tensor *out) {
    return guarded(out, [&] { return at::rsub(unwrap(b), scalar(unwrap(b), a)); });
}

int ct_mul_scalar(ct_tensor a, double b, ct_tensor *out) {
    return guarded(out, [&] { return at::mul(unwrap(a), scalar(unwrap(a), b)); });
}

int ct_div_scalar(ct_tensor a, double b, ct_tensor *out) {
    return guarded(out, [&] { return at::div(unwrap(a), scalar(unwrap(a), b)); });
}

// PyTorch computes `number / tensor` as reciprocal times number; the same here, to the bit.
int ct_scalar_div(double a, ct_tensor b, ct_tensor *out) {
    return guarded(out, [&] { return at::mul(at::reciprocal(unwrap(b)), at::Scalar(a)); });
}

int ct_pow(ct_tensor a, ct_tensor exponent, ct_tensor *out) {
    return guarded(out, [&] { return at::pow(unwrap(a), unwrap(exponent)); });
}

int ct_pow_scalar(ct_tensor a, double exponent, ct_tensor *out) {
    return guarded(out, [&] { return at::pow(unwrap(a), scalar(unwrap(a), exponent)); });
}

int ct_remainder_scalar(ct_tensor a, double divisor, ct_tensor *out) {
    return guarded(out, [&] { return at::remainder(unwrap(a), scalar(unwrap(a), divisor)); });
}

int ct_maximum(ct_tensor a, ct_tensor b, ct_tensor *out) {
    return guarded(out, [&] { return at::maximum(unwrap(a), unwrap(b)); });
}

int ct_minimum(ct_tensor a, ct_tensor b, ct_tensor *out) {
    return guarded(out, [&] { return at::minimum(unwrap(a), unwrap(b)); });
}

int ct_clamp(ct_tensor x, double low, double high, ct_tensor *out) {
    return guarded(out, [&] {
        auto bound = [&](double value) { return std::isnan(value) ? std::nullopt : std::optional(scalar(unwrap(x), value)); };
        return at::clamp(unwrap(x), bound(low), bound(high));
    });
}

int ct_lerp(ct_tensor a, ct_tensor b, double weight, ct_tensor *out) {
    return guarded(out, [&] { return at::lerp(unwrap(a), unwrap(b), weight); });
}

// MARK: functions of one tensor

int ct_neg(ct_tensor x, ct_tensor *out) {
    return guarded(out, [&] { return at::neg(unwrap(x)); });
}

int ct_exp(ct_tensor x, ct_tensor *out) {
    return guarded(out, [&] { return at::exp(unwrap(x)); });
}

int ct_log(ct_tensor x, ct_tensor *out) {
    return guarded(out, [&] { return at::log(unwrap(x)); });
}

int ct_sqrt(ct_tensor x, ct_tensor *out) {
    return guarded(out, [&] { return at::sqrt(unwrap(x)); });
}

int ct_rsqrt(ct_tensor x, ct_tensor *out) {
    return guarded(out, [&] { return at::rsqrt(unwrap(x)); });
}

int ct_sin(ct_tensor x, ct_tensor *out) {
    return guarded(out, [&] { return at::sin(unwrap(x)); });
}

int ct_cos(ct_tensor x, ct_tensor *out) {
    return guarded(out, [&] { return at::cos(unwrap(x)); });
}

int ct_tanh(ct_tensor x, ct_tensor *out) {
    return guarded(out, [&] { return at::tanh(unwrap(x)); });
}

int ct_sigmoid(ct_tensor x, ct_tensor *out) {
    return guarded(out, [&] { return at::sigmoid(unwrap(x)); });
}

int ct_abs(ct_tensor x, ct_tensor *out) {
    return guarded(out, [&] { return at::abs(unwrap(x)); });
}

int ct_square(ct_tensor x, ct_tensor *out) {
    return guarded(out, [&] { return at::square(unwrap(x)); });
}

int ct_floor(ct_tensor x, ct_tensor *out) {
    return guarded(out, [&] { return at::floor(unwrap(x)); });
}

int ct_ceil(ct_tensor x, ct_tensor *out) {
    return guarded(out, [&] { return at::ceil(unwrap(x)); });
}

int ct_round(ct_tensor x, ct_tensor *out) {
    return guarded(out, [&] { return at::round(unwrap(x)); });
}

int ct_erf(ct_tensor x, ct_tensor *out) {
    return guarded(out, [&] { return at::erf(unwrap(x)); });
}

int ct_is_finite(ct_tensor x, ct_tensor *out) {
    return guarded(out, [&] { return at::isfinite(unwrap(x)); });
}

// MARK: in place

int ct_add_in_place(ct_tensor x, ct_tensor other, double factor) {
    return guarded([&] { at::Tensor(unwrap(x)).add_(unwrap(other), scalar(unwrap(x), factor)); });
}

int ct_mul_in_place(ct_tensor x, ct_tensor other) {
    return guarded([&] { at::Tensor(unwrap(x)).mul_(unwrap(other)); });
}

int ct_fill_in_place(ct_tensor x, double value) {
    return guarded([&] { at::Tensor(unwrap(x)).fill_(scalar(unwrap(x), value)); });
}

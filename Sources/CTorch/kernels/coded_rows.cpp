// Matrices in 8 bits: numbers of some of their rows, and the codes of a matrix.
//
// A layer makes these numbers anew at every use, a band of rows at a time, so they must cost little beside the product:
// one pass over memory instead of the three or more of a composition.
#include "ctorch_coded.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/amax.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/round.h>

#include <cmath>

#include "../parallel.h"
#include "dispatch.h"
#include "wide_vectors.h"

using namespace ctorch;

namespace {

// A row of zeros has this scale, so that nothing is divided by zero.
constexpr float least_scale = 1e-30f;
// Elements that are worth a thread of their own.
constexpr int64_t grain = 1 << 15;

BEGIN_WIDE

float from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    return bits;
}

// The nearest bfloat16 value, the even one of two that are equally near. Not for NaN.
uint16_t nearest_bfloat16(float value) {
    const uint32_t bits = bits_of(value);
    return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

void put(float value, float *to) { *to = value; }
void put(float value, bfloat16 *to) { *to = value == value ? nearest_bfloat16(value) : 0x7fc0; }

// Sign, 4 bits of exponent, 3 of mantissa; no infinities.
float from_e4m3(uint8_t code) {
    const uint32_t magnitude = code & 0x7f, sign = static_cast<uint32_t>(code & 0x80) << 24;
    // Below the normal range, the mantissa counts from the smallest normal number.
    const float tiny = from_bits(magnitude << 20 | 121u << 23) - 0x1p-6f, normal = from_bits((magnitude << 20) + (120u << 23));
    const float value = magnitude < 8 ? tiny : normal;
    return from_bits((magnitude == 0x7f ? 0x7fc00000u : bits_of(value)) | sign);
}

// Sign, 5 bits of exponent, 2 of mantissa.
float from_e5m2(uint8_t code) {
    const uint32_t magnitude = code & 0x7f, sign = static_cast<uint32_t>(code & 0x80) << 24;
    const float tiny = from_bits(magnitude << 21 | 113u << 23) - 0x1p-14f, normal = from_bits((magnitude << 21) + (112u << 23));
    const float value = magnitude < 4 ? tiny : normal;
    return from_bits((magnitude > 0x7c ? 0x7fc00000u : magnitude == 0x7c ? 0x7f800000u : bits_of(value)) | sign);
}

template <typename Number>
void int8_row(const int8_t *codes, float scale, int64_t count, Number *out) {
    for (int64_t i = 0; i < count; i++) put(static_cast<float>(codes[i]) * scale, out + i);
}

template <typename Number>
void e4m3_row(const uint8_t *codes, float scale, int64_t count, Number *out) {
    for (int64_t i = 0; i < count; i++) put(from_e4m3(codes[i]) * scale, out + i);
}

template <typename Number>
void e5m2_row(const uint8_t *codes, float scale, int64_t count, Number *out) {
    for (int64_t i = 0; i < count; i++) put(from_e5m2(codes[i]) * scale, out + i);
}

float widened(float value) { return value; }
float widened(bfloat16 value) { return from_bits(static_cast<uint32_t>(value) << 16); }

template <typename Number>
float int8_codes_of_row(const Number *row, int64_t count, int8_t *codes) {
    // The magnitudes of numbers are ordered as their bits are, and vectors compare whole numbers in any order.
    uint32_t most = 0;
    for (int64_t i = 0; i < count; i++) {
        const uint32_t bits = bits_of(widened(row[i])) & 0x7fffffff;
        most = bits > most ? bits : most;
    }
    const float step = from_bits(most) / 127, scale = step > least_scale ? step : least_scale;
    for (int64_t i = 0; i < count; i++) codes[i] = static_cast<int8_t>(static_cast<int32_t>(__builtin_rintf(widened(row[i]) / scale)));
    return scale;
}

END_WIDE

bool has_kernel(const at::Tensor &codes, at::ScalarType type) {
    return kernels_enabled() && has_wide_vectors() && codes.is_cpu() && codes.dim() == 2 && codes.is_contiguous()
        && (type == at::kFloat || type == at::kBFloat16);
}

// Calls `body(row)` for all rows, several threads at once.
template <typename Body>
void for_each_row(const at::Tensor &matrix, const Body &body) {
    const int64_t rows = matrix.size(0), columns = std::max<int64_t>(matrix.size(1), 1);
    parallel_for(0, rows, (grain + columns - 1) / columns, [&](int64_t first, int64_t last) {
        for (int64_t row = first; row < last; row++) body(row);
    });
}

// Fills a new matrix row by row; `make(row, out)` is called with a pointer of the type's elements.
template <typename Make>
at::Tensor filled(const at::Tensor &codes, at::ScalarType type, const Make &make) {
    at::Tensor out = at::empty(codes.sizes(), codes.options().dtype(type));
    const int64_t columns = codes.size(1);
    void *base = out.mutable_data_ptr();
    for_each_row(codes, [&](int64_t row) {
        if (type == at::kFloat)
            make(row, static_cast<float *>(base) + row * columns);
        else
            make(row, static_cast<bfloat16 *>(base) + row * columns);
    });
    return out;
}

at::Tensor int8_values(const at::Tensor &codes, const at::Tensor &scale, at::ScalarType type) {
    TORCH_CHECK(
        codes.scalar_type() == at::kChar && codes.dim() == 2 && scale.scalar_type() == at::kFloat && scale.numel() == codes.size(0),
        "expected int8 codes [rows, columns] and a float32 scale for each row, got ", codes.sizes(), " and ", scale.sizes());
    if (!has_kernel(codes, type) || !scale.is_cpu() || !scale.is_contiguous())
        return (codes.to(at::kFloat) * scale.reshape({-1, 1})).to(type);
    const auto *from = static_cast<const int8_t *>(codes.const_data_ptr());
    const auto *scales = static_cast<const float *>(scale.const_data_ptr());
    const int64_t columns = codes.size(1);
    return filled(codes, type, [=](int64_t row, auto *out) { int8_row(from + row * columns, scales[row], columns, out); });
}

at::Tensor float8_values(const at::Tensor &codes, double scale, at::ScalarType type) {
    const bool is_e4m3 = codes.scalar_type() == at::kFloat8_e4m3fn;
    TORCH_CHECK(is_e4m3 || codes.scalar_type() == at::kFloat8_e5m2, "expected float8 codes, got ", c10::toString(codes.scalar_type()));
    const auto factor = static_cast<float>(scale);
    if (!has_kernel(codes, type)) return (codes.to(at::kFloat) * factor).to(type);
    const auto *from = static_cast<const uint8_t *>(codes.const_data_ptr());
    const int64_t columns = codes.size(1);
    return filled(codes, type, [=](int64_t row, auto *out) {
        if (is_e4m3)
            e4m3_row(from + row * columns, factor, columns, out);
        else
            e5m2_row(from + row * columns, factor, columns, out);
    });
}

std::pair<at::Tensor, at::Tensor> int8_codes(const at::Tensor &matrix) {
    TORCH_CHECK(matrix.dim() == 2 && matrix.is_floating_point(), "expected a matrix of floating-point numbers, got ", matrix.sizes());
    if (!has_kernel(matrix, matrix.scalar_type())) {
        const at::Tensor wide = matrix.to(at::kFloat);
        const at::Tensor scale = (at::amax(at::abs(wide), {1}, true) / 127).clamp_min(least_scale);
        return {at::round(wide / scale).to(at::kChar), scale};
    }
    at::Tensor codes = at::empty(matrix.sizes(), matrix.options().dtype(at::kChar));
    at::Tensor scale = at::empty({matrix.size(0), 1}, matrix.options().dtype(at::kFloat));
    auto *to = static_cast<int8_t *>(codes.mutable_data_ptr());
    auto *scales = static_cast<float *>(scale.mutable_data_ptr());
    const void *from = matrix.const_data_ptr();
    const bool is_float = matrix.scalar_type() == at::kFloat;
    const int64_t columns = matrix.size(1);
    for_each_row(matrix, [&](int64_t row) {
        const int64_t start = row * columns;
        scales[row] = is_float ? int8_codes_of_row(static_cast<const float *>(from) + start, columns, to + start)
                               : int8_codes_of_row(static_cast<const bfloat16 *>(from) + start, columns, to + start);
    });
    return {codes, scale};
}

}  // namespace

int ct_int8_values(ct_tensor codes, ct_tensor scale, int dtype, ct_tensor *out) {
    return guarded(out, [&] { return int8_values(unwrap(codes), unwrap(scale), scalar_type(dtype)); });
}

int ct_int8_codes(ct_tensor matrix, ct_tensor *codes, ct_tensor *scale) {
    return guarded(codes, scale, [&] { return int8_codes(unwrap(matrix)); });
}

int ct_float8_values(ct_tensor codes, double scale, int dtype, ct_tensor *out) {
    return guarded(out, [&] { return float8_values(unwrap(codes), scale, scalar_type(dtype)); });
}

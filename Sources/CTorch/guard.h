// What every function of the shim is built on: handles, the error guard, and the number maps. Internal to CTorch.
#pragma once
#include "ctorch.h"

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>
#include <c10/util/ArrayRef.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

struct ct_tensor_impl {
    at::Tensor tensor;
};

struct ct_generator_impl {
    at::Generator generator;
};

namespace ctorch {

// A new handle owned by the caller of the shim.
ct_tensor wrap(at::Tensor tensor);
// The tensor behind a handle; throws where the handle is null.
const at::Tensor &unwrap(ct_tensor handle);
// The tensor behind a handle that may be null.
std::optional<at::Tensor> optional(ct_tensor handle);
void count_handles(int64_t change);

at::ScalarType scalar_type(int dtype);
int dtype_number(at::ScalarType type);
at::Device device(int number);
int device_number(at::Device device);

// Whether a CUDA device can be used.
bool has_cuda();

inline at::IntArrayRef sizes(const int64_t *values, size_t count) { return {values, count}; }
std::vector<at::Tensor> unwrap_all(const ct_tensor *handles, size_t count);

// Turns the exception now being handled into a status and keeps its text for `ct_last_error`.
int report_exception() noexcept;

// Runs a body that may throw, as every function of the shim must.
template <typename Body>
int guarded(Body &&body) noexcept {
    try {
        body();
        return CT_OK;
    } catch (...) {
        return report_exception();
    }
}

// Runs a body that makes one tensor; `out` is null when it throws.
template <typename Body>
int guarded(ct_tensor *out, Body &&body) noexcept {
    *out = nullptr;
    return guarded([&] { *out = wrap(body()); });
}

// Runs a body that makes `count` tensors; all of `out` is null when it throws.
template <typename Body>
int guarded(ct_tensor *out, size_t count, Body &&body) noexcept {
    std::fill_n(out, count, nullptr);
    const int status = guarded([&] {
        std::vector<at::Tensor> tensors = body();
        for (size_t i = 0; i < count; i++) out[i] = wrap(std::move(tensors.at(i)));
    });
    if (status != CT_OK)
        for (size_t i = 0; i < count; i++) ct_free(std::exchange(out[i], nullptr));
    return status;
}

// Runs a body that makes a pair of tensors.
template <typename Body>
int guarded(ct_tensor *first, ct_tensor *second, Body &&body) noexcept {
    ct_tensor both[2];
    const int status = guarded(both, 2, [&] {
        auto [one, two] = body();
        return std::vector<at::Tensor>{std::move(one), std::move(two)};
    });
    *first = both[0];
    *second = both[1];
    return status;
}

}  // namespace ctorch

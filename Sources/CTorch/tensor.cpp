// Tensors: their life, their properties, their elements.
#include "guard.h"

#include <ATen/Functions.h>
#include <ATen/ops/from_blob.h>

#include <cmath>
#include <cstring>

using namespace ctorch;

void ct_free(ct_tensor tensor) {
    if (!tensor) return;
    delete tensor;
    count_handles(-1);
}

int ct_retain(ct_tensor x, ct_tensor *out) {
    return guarded(out, [&] { return unwrap(x); });
}

int ct_rank(ct_tensor x, int64_t *out) {
    *out = 0;
    return guarded([&] { *out = unwrap(x).dim(); });
}

int ct_shape(ct_tensor x, int64_t *out) {
    return guarded([&] {
        const auto shape = unwrap(x).sizes();
        std::copy(shape.begin(), shape.end(), out);
    });
}

int ct_count(ct_tensor x, int64_t *out) {
    *out = 0;
    return guarded([&] { *out = unwrap(x).numel(); });
}

int ct_dtype(ct_tensor x, int *out) {
    *out = 0;
    return guarded([&] { *out = dtype_number(unwrap(x).scalar_type()); });
}

int ct_device(ct_tensor x, int *out) {
    *out = CT_CPU;
    return guarded([&] { *out = device_number(unwrap(x).device()); });
}

int ct_is_contiguous(ct_tensor x, bool *out) {
    *out = false;
    return guarded([&] { *out = unwrap(x).is_contiguous(); });
}

int ct_data(ct_tensor x, void **out) {
    *out = nullptr;
    return guarded([&] { *out = unwrap(x).data_ptr(); });
}

// MARK: making

static at::TensorOptions options(int dtype, int number) {
    const at::Device place = device(number);
    TORCH_CHECK(place.is_cpu() || has_cuda(), place.str(), " was asked for, but no CUDA device is available");
    return at::TensorOptions().dtype(scalar_type(dtype)).device(place);
}

int ct_empty(const int64_t *shape, size_t rank, int dtype, int device, ct_tensor *out) {
    return guarded(out, [&] { return at::empty(sizes(shape, rank), options(dtype, device)); });
}

// Through fill rather than at::full, which does not know the float8 types.
int ct_full(const int64_t *shape, size_t rank, double value, int dtype, int device, ct_tensor *out) {
    return guarded(out, [&] { return at::empty(sizes(shape, rank), options(dtype, device)).fill_(value); });
}

int ct_arange(double start, double end, double step, int dtype, int device, ct_tensor *out) {
    return guarded(out, [&] {
        const auto wanted = options(dtype, device);
        const bool whole = start == std::trunc(start) && end == std::trunc(end) && step == std::trunc(step);
        if (whole && at::isIntegralType(scalar_type(dtype), false))
            return at::arange(static_cast<int64_t>(start), static_cast<int64_t>(end), static_cast<int64_t>(step), wanted);
        return at::arange(start, end, step, wanted);
    });
}

int ct_linspace(double start, double end, int64_t count, int dtype, int device, ct_tensor *out) {
    return guarded(out, [&] { return at::linspace(start, end, count, options(dtype, device)); });
}

static void check_byte_count(const at::Tensor &tensor, size_t byte_count) {
    TORCH_CHECK(tensor.nbytes() == byte_count, "shape ", tensor.sizes(), " of ", c10::toString(tensor.scalar_type()), " takes ",
        tensor.nbytes(), " bytes, ", byte_count, " were given");
}

int ct_from_bytes(const void *bytes, size_t byte_count, const int64_t *shape, size_t rank, int dtype, ct_tensor *out) {
    return guarded(out, [&] {
        at::Tensor result = at::empty(sizes(shape, rank), options(dtype, CT_CPU));
        check_byte_count(result, byte_count);
        if (byte_count) std::memcpy(result.data_ptr(), bytes, byte_count);
        return result;
    });
}

int ct_borrow(const void *bytes, const int64_t *shape, size_t rank, int dtype, void *context, void (*release)(void *), ct_tensor *out) {
    // from_blob may throw before or after it took the deleter, so the deleter alone owns the context.
    std::shared_ptr<void> owner(context, release);
    return guarded(out, [&] {
        auto forget = [owner](void *) mutable { owner.reset(); };
        return at::from_blob(const_cast<void *>(bytes), sizes(shape, rank), forget, options(dtype, CT_CPU));
    });
}

// MARK: reading and converting

int ct_read_bytes(ct_tensor x, void *bytes, size_t byte_count) {
    return guarded([&] {
        const at::Tensor source = unwrap(x).to(at::kCPU).contiguous();
        check_byte_count(source, byte_count);
        if (byte_count) std::memcpy(bytes, source.data_ptr(), byte_count);
    });
}

int ct_item(ct_tensor x, double *out) {
    *out = 0;
    return guarded([&] { *out = unwrap(x).to(at::kDouble).item<double>(); });
}

int ct_item_int(ct_tensor x, int64_t *out) {
    *out = 0;
    return guarded([&] { *out = unwrap(x).item<int64_t>(); });
}

int ct_to_dtype(ct_tensor x, int dtype, ct_tensor *out) {
    return guarded(out, [&] { return unwrap(x).to(scalar_type(dtype)); });
}

int ct_view_dtype(ct_tensor x, int dtype, ct_tensor *out) {
    return guarded(out, [&] { return unwrap(x).view(scalar_type(dtype)); });
}

// What a training step sends to a GPU: pictures, noise, positions. Weights are larger, or few.
constexpr size_t largest_pinned = 32 << 20;

// From pinned memory a copy to a GPU is queued like any operation. From other memory it would first wait for all that is
// queued already, several times a step.
static at::Tensor moved(const at::Tensor &x, at::Device place) {
    const bool is_plain = x.is_cpu() && x.is_non_overlapping_and_dense() && !x.requires_grad();
    if (place.is_cpu() || !is_plain || x.nbytes() > largest_pinned) return x.to(place);
    return x.pin_memory().to(place, /*non_blocking=*/true);
}

int ct_to_device(ct_tensor x, int number, ct_tensor *out) {
    return guarded(out, [&] { return moved(unwrap(x), options(CT_FLOAT32, number).device()); });
}

int ct_clone(ct_tensor x, ct_tensor *out) {
    return guarded(out, [&] { return unwrap(x).clone(); });
}

int ct_copy_in_place(ct_tensor x, ct_tensor source) {
    return guarded([&] { at::Tensor(unwrap(x)).copy_(unwrap(source)); });
}

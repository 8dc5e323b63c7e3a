// Reductions over some dimensions, or over all where none is named.
#include "guard.h"

#include <ATen/Functions.h>

#include <numeric>

using namespace ctorch;

// The dimensions to reduce, with "none named" spelled out for operations that know no such default.
static std::vector<int64_t> chosen(ct_tensor x, const int64_t *dims, size_t count) {
    std::vector<int64_t> result(dims, dims + count);
    if (result.empty()) {
        result.resize(unwrap(x).dim());
        std::iota(result.begin(), result.end(), 0);
    }
    return result;
}

int ct_sum(ct_tensor x, const int64_t *dims, size_t count, bool keep, ct_tensor *out) {
    return guarded(out, [&] { return at::sum(unwrap(x), chosen(x, dims, count), keep); });
}

int ct_mean(ct_tensor x, const int64_t *dims, size_t count, bool keep, ct_tensor *out) {
    return guarded(out, [&] { return at::mean(unwrap(x), chosen(x, dims, count), keep); });
}

int ct_amax(ct_tensor x, const int64_t *dims, size_t count, bool keep, ct_tensor *out) {
    return guarded(out, [&] { return at::amax(unwrap(x), chosen(x, dims, count), keep); });
}

int ct_amin(ct_tensor x, const int64_t *dims, size_t count, bool keep, ct_tensor *out) {
    return guarded(out, [&] { return at::amin(unwrap(x), chosen(x, dims, count), keep); });
}

int ct_variance(ct_tensor x, const int64_t *dims, size_t count, double correction, bool keep, ct_tensor *out) {
    return guarded(out, [&] { return at::var(unwrap(x), at::OptionalIntArrayRef(chosen(x, dims, count)), at::Scalar(correction), keep); });
}

int ct_norm(ct_tensor x, double order, const int64_t *dims, size_t count, bool keep, ct_tensor *out) {
    return guarded(out, [&] { return at::norm(unwrap(x), at::Scalar(order), chosen(x, dims, count), keep); });
}

int ct_argmax(ct_tensor x, int64_t dim, bool keep, ct_tensor *out) {
    return guarded(out, [&] { return at::argmax(unwrap(x), dim, keep); });
}

int ct_argmax_all(ct_tensor x, ct_tensor *out) {
    return guarded(out, [&] { return at::argmax(unwrap(x)); });
}

int ct_cumsum(ct_tensor x, int64_t dim, ct_tensor *out) {
    return guarded(out, [&] { return at::cumsum(unwrap(x), dim); });
}

int ct_all(ct_tensor x, ct_tensor *out) {
    return guarded(out, [&] { return at::all(unwrap(x)); });
}

int ct_any(ct_tensor x, ct_tensor *out) {
    return guarded(out, [&] { return at::any(unwrap(x)); });
}

int ct_topk(ct_tensor x, int64_t k, int64_t dim, ct_tensor *values, ct_tensor *indices) {
    return guarded(values, indices, [&] { return at::topk(unwrap(x), k, dim); });
}

// Stable: equal elements keep their order.
int ct_sort(ct_tensor x, int64_t dim, bool descending, ct_tensor *values, ct_tensor *indices) {
    return guarded(values, indices, [&] { return at::sort(unwrap(x), std::optional<bool>(true), dim, descending); });
}

// Shapes: views where libtorch can give one, copies where it must.
#include "guard.h"

#include <ATen/Functions.h>

using namespace ctorch;

int ct_reshape(ct_tensor x, const int64_t *shape, size_t rank, ct_tensor *out) {
    return guarded(out, [&] { return at::reshape(unwrap(x), sizes(shape, rank)); });
}

int ct_transpose(ct_tensor x, int64_t a, int64_t b, ct_tensor *out) {
    return guarded(out, [&] { return at::transpose(unwrap(x), a, b); });
}

int ct_permute(ct_tensor x, const int64_t *dims, size_t count, ct_tensor *out) {
    return guarded(out, [&] { return at::permute(unwrap(x), sizes(dims, count)); });
}

int ct_unsqueeze(ct_tensor x, int64_t dim, ct_tensor *out) {
    return guarded(out, [&] { return at::unsqueeze(unwrap(x), dim); });
}

int ct_squeeze(ct_tensor x, int64_t dim, ct_tensor *out) {
    return guarded(out, [&] { return at::squeeze(unwrap(x), dim); });
}

int ct_expand(ct_tensor x, const int64_t *shape, size_t rank, ct_tensor *out) {
    return guarded(out, [&] { return unwrap(x).expand(sizes(shape, rank)); });
}

int ct_contiguous(ct_tensor x, ct_tensor *out) {
    return guarded(out, [&] { return unwrap(x).contiguous(); });
}

int ct_channels_last(ct_tensor x, ct_tensor *out) {
    return guarded(out, [&] { return unwrap(x).contiguous(at::MemoryFormat::ChannelsLast); });
}

int ct_flatten(ct_tensor x, int64_t from, int64_t to, ct_tensor *out) {
    return guarded(out, [&] { return at::flatten(unwrap(x), from, to); });
}

int ct_chunk(ct_tensor x, int64_t parts, int64_t dim, ct_tensor *out) {
    return guarded(out, static_cast<size_t>(std::max<int64_t>(0, parts)), [&] {
        auto result = at::chunk(unwrap(x), parts, dim);
        TORCH_CHECK(static_cast<int64_t>(result.size()) == parts, "dimension ", dim, " of size ", unwrap(x).size(dim),
            " cannot be cut into ", parts, " parts");
        return result;
    });
}

int ct_split(ct_tensor x, const int64_t *lengths, size_t count, int64_t dim, ct_tensor *out) {
    return guarded(out, count, [&] { return at::split_with_sizes(unwrap(x), sizes(lengths, count), dim); });
}

int ct_narrow(ct_tensor x, int64_t dim, int64_t start, int64_t length, ct_tensor *out) {
    return guarded(out, [&] { return at::narrow(unwrap(x), dim, start, length); });
}

int ct_slice(ct_tensor x, int64_t dim, int64_t start, int64_t end, int64_t step, ct_tensor *out) {
    return guarded(out, [&] { return at::slice(unwrap(x), dim, start, end, step); });
}

int ct_select(ct_tensor x, int64_t dim, int64_t index, ct_tensor *out) {
    return guarded(out, [&] { return at::select(unwrap(x), dim, index); });
}

int ct_concatenate(const ct_tensor *tensors, size_t count, int64_t dim, ct_tensor *out) {
    return guarded(out, [&] { return at::cat(unwrap_all(tensors, count), dim); });
}

int ct_stack(const ct_tensor *tensors, size_t count, int64_t dim, ct_tensor *out) {
    return guarded(out, [&] { return at::stack(unwrap_all(tensors, count), dim); });
}

int ct_pad(ct_tensor x, const int64_t *amounts, size_t count, double value, ct_tensor *out) {
    return guarded(out, [&] { return at::constant_pad_nd(unwrap(x), sizes(amounts, count), value); });
}

int ct_flip(ct_tensor x, const int64_t *dims, size_t count, ct_tensor *out) {
    return guarded(out, [&] { return at::flip(unwrap(x), sizes(dims, count)); });
}

int ct_repeat(ct_tensor x, const int64_t *times, size_t count, ct_tensor *out) {
    return guarded(out, [&] { return unwrap(x).repeat(sizes(times, count)); });
}

int ct_repeat_interleave(ct_tensor x, int64_t times, int64_t dim, ct_tensor *out) {
    return guarded(out, [&] { return at::repeat_interleave(unwrap(x), times, dim); });
}

// Attention over one or more token streams: norm and rotation of queries and keys, and the attention itself.
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/stack.h>
#include <c10/util/Exception.h>

#include <cmath>

#include "dispatch.h"

namespace {
using namespace ctorch;

struct Stream {
    at::Tensor qkv, qScale, kScale;
};

struct Heads {
    at::Tensor q, k, v;  ///< [batch, heads, tokens, dimension]
};

/// q, k or v (0, 1, 2) of a stream as [batch, heads, tokens, dimension], a view.
at::Tensor part(const Stream &s, int64_t index, int64_t heads) {
    int64_t width = s.qkv.size(2) / 3;
    return s.qkv.narrow(2, index * width, width).unflatten(2, {heads, width / heads}).transpose(1, 2);
}

/// RMS norm over the last dimension in float32, rounded before the scale as the official programs do.
at::Tensor rmsNorm(const at::Tensor &x, const at::Tensor &scale, double epsilon) {
    auto wide = x.to(at::kFloat);
    return (wide * at::rsqrt(wide.square().mean(-1, true) + epsilon)).to(x.scalar_type()) * scale;
}

/// Rotates the pairs (2i, 2i + 1) in float32.
at::Tensor rotated(const at::Tensor &x, const at::Tensor &cos, const at::Tensor &sin) {
    auto pairs = x.to(at::kFloat).unflatten(-1, {-1, 2});
    auto even = pairs.select(-1, 0), odd = pairs.select(-1, 1);
    return at::stack({even * cos - odd * sin, even * sin + odd * cos}, -1).flatten(-2).to(x.scalar_type());
}

Heads composeNormRotary(const std::vector<Stream> &streams, const at::Tensor &cos, const at::Tensor &sin, int64_t heads, double epsilon) {
    std::vector<at::Tensor> q, k, v;
    for (const Stream &s : streams) {
        q.push_back(rmsNorm(part(s, 0, heads), s.qScale, epsilon));
        k.push_back(rmsNorm(part(s, 1, heads), s.kScale, epsilon));
        v.push_back(part(s, 2, heads));
    }
    return {rotated(at::cat(q, 2), cos, sin), rotated(at::cat(k, 2), cos, sin), v.size() == 1 ? v[0] : at::cat(v, 2)};
}

Heads runNormRotary(
    const std::vector<Stream> &streams, const at::Tensor &cos, const at::Tensor &sin, int64_t heads, int64_t dimension, double epsilon) {
    int64_t batch = streams[0].qkv.size(0), tokens = cos.size(0);
    auto options = streams[0].qkv.options();
    auto q = at::empty({batch, heads, tokens, dimension}, options), k = at::empty_like(q);
    // The values of a single stream need no copy: attention reads them where they are.
    auto v = streams.size() == 1 ? part(streams[0], 2, heads) : at::empty_like(q);
    std::vector<at::Tensor> kept;
    std::vector<RotaryStream> parts;
    for (const Stream &s : streams) {
        kept.insert(kept.end(), {s.qScale.contiguous(), s.kScale.contiguous()});
        parts.push_back({elements(s.qkv), elements(kept.end()[-2]), elements(kept.end()[-1]), s.qkv.size(1), s.qkv.stride(0), s.qkv.stride(1)});
    }
    auto c = cos.contiguous(), n = sin.contiguous();
    qkNormRotaryKernel({
        .streams = parts.data(), .streamCount = static_cast<int64_t>(parts.size()), .batch = batch, .heads = heads,
        .dimension = dimension, .tokens = tokens, .cos = static_cast<const float *>(c.const_data_ptr()), .sin = static_cast<const float *>(n.const_data_ptr()),
        .epsilon = static_cast<float>(epsilon), .q = mutableElements(q), .k = mutableElements(k),
        .v = streams.size() == 1 ? nullptr : mutableElements(v)});
    return {q, k, v};
}

Heads qkNormRotary(const std::vector<Stream> &streams, const at::Tensor &cos, const at::Tensor &sin, int64_t heads, double epsilon) {
    TORCH_CHECK(!streams.empty() && heads > 0, "attention needs a stream of tokens and a head");
    int64_t width = streams[0].qkv.size(-1), tokens = 0;
    bool isFast = cos.is_cpu() && sin.is_cpu() && cos.scalar_type() == at::kFloat && sin.scalar_type() == at::kFloat;
    for (const Stream &s : streams) {
        TORCH_CHECK(
            s.qkv.dim() == 3 && s.qkv.size(2) == width && width % (3 * heads) == 0 && s.qkv.size(0) == streams[0].qkv.size(0),
            "a stream of shape ", s.qkv.sizes(), " does not fit; expected [batch, tokens, 3 * heads * dimension], the same for all");
        TORCH_CHECK(
            s.qScale.numel() == width / heads / 3 && s.kScale.numel() == width / heads / 3, "the scales must have ",
            width / heads / 3, " elements");
        tokens += s.qkv.size(1);
        isFast = isFast && runsOnKernels({s.qkv, s.qScale, s.kScale});
    }
    int64_t dimension = width / heads / 3;
    TORCH_CHECK(
        cos.sizes() == sin.sizes() && cos.sizes() == at::IntArrayRef({tokens, dimension / 2}) && dimension % 2 == 0,
        "the rotation has shape ", cos.sizes(), "; expected [", tokens, ", ", dimension / 2, "]");
    return isFast ? runNormRotary(streams, cos, sin, heads, dimension, epsilon) : composeNormRotary(streams, cos, sin, heads, epsilon);
}

HeadStrides strides(const at::Tensor &x) { return {x.stride(0), x.stride(1), x.stride(2)}; }

at::Tensor attention(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, double scale, const std::optional<at::Tensor> &into) {
    TORCH_CHECK(q.dim() == 4 && k.dim() == 4 && v.sizes() == k.sizes(), "attention takes [batch, heads, tokens, dimension]");
    int64_t batch = q.size(0), heads = q.size(1), queries = q.size(2), dimension = q.size(3);
    TORCH_CHECK(
        k.size(0) == batch && k.size(1) == heads && k.size(3) == dimension, "keys of shape ", k.sizes(), " do not fit queries of shape ",
        q.sizes());
    if (!runsOnKernels({q, k, v, into}) || dimension % 2 != 0 || dimension > 256 || scale <= 0) {
        auto mixed = at::scaled_dot_product_attention(q, k, v, {}, 0.0, false, scale);
        return placed(mixed.transpose(1, 2).reshape({batch, queries, heads * dimension}), into);
    }
    auto out = into ? *into : at::empty({batch, queries, heads * dimension}, q.options());
    TORCH_CHECK(
        out.sizes() == at::IntArrayRef({batch, queries, heads * dimension}), "the result does not fit its place of shape ", out.sizes());
    attentionKernel({
        .q = elements(q), .k = elements(k), .v = elements(v), .qStrides = strides(q), .kStrides = strides(k), .vStrides = strides(v),
        .batch = batch, .heads = heads, .queries = queries, .keys = k.size(2), .dimension = dimension,
        .scale = static_cast<float>(scale), .out = mutableElements(out), .outBatchStride = out.stride(0), .outRowStride = out.stride(1)});
    return out;
}

}  // namespace

int ct_qk_norm_rotary(
    const ct_attention_stream *streams, int64_t stream_count, ct_tensor cos, ct_tensor sin, int64_t heads, double eps,
    ct_tensor *q, ct_tensor *k, ct_tensor *v) {
    *q = *k = *v = nullptr;
    return guarded([&] {
        std::vector<Stream> parts;
        for (const ct_attention_stream *s = streams; s < streams + stream_count; s++)
            parts.push_back({unwrap(s->qkv), unwrap(s->q_scale), unwrap(s->k_scale)});
        Heads result = qkNormRotary(parts, unwrap(cos), unwrap(sin), heads, eps);
        *q = wrap(std::move(result.q));
        *k = wrap(std::move(result.k));
        *v = wrap(std::move(result.v));
    });
}

int ct_attention(ct_tensor q, ct_tensor k, ct_tensor v, double scale, ct_tensor into, ct_tensor *out) {
    return guarded(out, [&] { return attention(unwrap(q), unwrap(k), unwrap(v), scale, optional(into)); });
}

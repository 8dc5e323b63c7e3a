// Attention over one or more token streams: norm and rotation of queries and keys, and the attention itself.
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/stack.h>
#include <c10/util/Exception.h>

#include <cmath>

#include "float_rows.h"

namespace ctorch {
namespace {

// q, k or v (0, 1, 2) of a stream as [batch, heads, tokens, dimension], a view.
at::Tensor part(const Stream &s, int64_t index, int64_t heads) {
    int64_t width = s.qkv.size(2) / 3;
    return s.qkv.narrow(2, index * width, width).unflatten(2, {heads, width / heads}).transpose(1, 2);
}

HeadStrides strides(const at::Tensor &x) { return {x.stride(0), x.stride(1), x.stride(2)}; }

}  // namespace

Heads run_norm_rotary(const std::vector<Stream> &streams, const Rotation &turn, int64_t heads, double epsilon) {
    auto cos = turn.cos.contiguous(), sin = turn.sin.contiguous();
    int64_t batch = streams[0].qkv.size(0), tokens = cos.size(0), dimension = 2 * cos.size(1);
    auto q = at::empty({batch, heads, tokens, dimension}, streams[0].qkv.options()), k = at::empty_like(q);
    // The values of a single stream need no copy: attention reads them where they are.
    bool copies_values = streams.size() > 1;
    auto v = copies_values ? at::empty_like(q) : part(streams[0], 2, heads);
    std::vector<RotaryStream> parts;
    for (const Stream &s : streams)
        parts.push_back({
            .qkv = elements(s.qkv), .q_scale = elements(s.q_scale), .k_scale = elements(s.k_scale), .tokens = s.qkv.size(1),
            .batch_stride = s.qkv.stride(0), .row_stride = s.qkv.stride(1)});
    qk_norm_rotary_kernel({
        .streams = parts.data(), .stream_count = static_cast<int64_t>(parts.size()), .batch = batch, .heads = heads,
        .dimension = dimension, .tokens = tokens, .cos = static_cast<const float *>(cos.const_data_ptr()),
        .sin = static_cast<const float *>(sin.const_data_ptr()), .epsilon = static_cast<float>(epsilon),
        .q = mutable_elements(q), .k = mutable_elements(k), .v = copies_values ? mutable_elements(v) : nullptr});
    return {q, k, v};
}

at::Tensor run_attention(
    const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, double scale, const std::optional<at::Tensor> &into) {
    const int64_t batch = q.size(0), heads = q.size(1), queries = q.size(2), dimension = q.size(3);
    std::vector<int64_t> shape = {batch, queries, heads * dimension};
    auto out = into ? *into : at::empty(shape, q.options());
    TORCH_CHECK(out.sizes() == at::IntArrayRef(shape), "the result ", shape, " does not fit its place ", out.sizes());
    attention_kernel({
        .q = elements(q), .k = elements(k), .v = elements(v), .q_strides = strides(q), .k_strides = strides(k),
        .v_strides = strides(v), .batch = batch, .heads = heads, .queries = queries, .keys = k.size(2),
        .dimension = dimension, .scale = static_cast<float>(scale), .out = mutable_elements(out),
        .out_batch_stride = out.stride(0), .out_row_stride = out.stride(1)});
    return out;
}

}  // namespace ctorch

namespace {
using namespace ctorch;

// RMS norm over the last dimension, scaled in float32 and then rounded, as the official programs do.
at::Tensor rms_norm(const at::Tensor &x, const at::Tensor &scale, double epsilon) {
    auto wide = x.to(at::kFloat);
    return (wide * at::rsqrt(wide.square().mean(-1, true) + epsilon) * scale.to(at::kFloat)).to(x.scalar_type());
}

// Rotates the pairs (2i, 2i + 1) in float32.
at::Tensor rotated(const at::Tensor &x, const at::Tensor &cos, const at::Tensor &sin) {
    auto pairs = x.to(at::kFloat).unflatten(-1, {-1, 2});
    auto even = pairs.select(-1, 0), odd = pairs.select(-1, 1);
    return at::stack({even * cos - odd * sin, even * sin + odd * cos}, -1).flatten(-2).to(x.scalar_type());
}

Heads compose_norm_rotary(const std::vector<Stream> &streams, const Rotation &turn, int64_t heads, double epsilon) {
    std::vector<at::Tensor> q, k, v;
    for (const Stream &s : streams) {
        q.push_back(rms_norm(part(s, 0, heads), s.q_scale, epsilon));
        k.push_back(rms_norm(part(s, 1, heads), s.k_scale, epsilon));
        v.push_back(part(s, 2, heads));
    }
    return {
        rotated(at::cat(q, 2), turn.cos, turn.sin), rotated(at::cat(k, 2), turn.cos, turn.sin),
        v.size() == 1 ? v[0] : at::cat(v, 2)};
}

void check_streams(const std::vector<Stream> &streams, const Rotation &turn, int64_t heads) {
    TORCH_CHECK(!streams.empty() && heads > 0, "attention needs a stream of tokens and a head");
    const at::Tensor &model = streams[0].qkv;
    int64_t dimension = model.size(-1) / 3 / heads, tokens = 0;
    for (const Stream &s : streams) {
        TORCH_CHECK(
            s.qkv.dim() == 3 && s.qkv.size(2) == 3 * heads * dimension && s.qkv.size(0) == model.size(0), "a stream of shape ",
            s.qkv.sizes(), " does not fit; expected [batch, tokens, 3 * heads * dimension], the same for all");
        TORCH_CHECK(
            s.q_scale.sizes() == at::IntArrayRef({dimension}) && s.k_scale.sizes() == at::IntArrayRef({dimension}),
            "the scales must have shape [", dimension, "]");
        tokens += s.qkv.size(1);
    }
    const at::Tensor &cos = turn.cos;
    TORCH_CHECK(
        dimension % 2 == 0 && cos.sizes() == turn.sin.sizes() && cos.sizes() == at::IntArrayRef({tokens, dimension / 2}),
        "the rotation has shape ", cos.sizes(), "; expected [", tokens, ", ", dimension / 2, "]");
}

bool records_all_in_float(const std::vector<Stream> &streams) {
    bool asks = false;
    for (const Stream &s : streams) {
        if (!s.qkv.is_cpu() || s.qkv.scalar_type() != at::kFloat || s.q_scale.scalar_type() != at::kFloat) return false;
        asks = asks || records_in_float({s.qkv, s.q_scale, s.k_scale});
    }
    return asks;
}

// softmax(scale · q kᵀ) v with the matrix of scores in memory: for short sequences in training faster than libtorch's own.
at::Tensor attention_with_scores(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, double scale) {
    const at::Tensor weights = at::softmax(at::matmul(q * scale, k.transpose(-1, -2)), -1);
    return at::matmul(weights, v).transpose(1, 2).reshape({q.size(0), q.size(2), q.size(1) * q.size(3)});
}

Heads qk_norm_rotary(const std::vector<Stream> &streams, const Rotation &turn, int64_t heads, double epsilon) {
    check_streams(streams, turn, heads);
    bool is_fast = std::all_of(streams.begin(), streams.end(), [](const Stream &s) {
        return runs_on_kernels({s.qkv, s.q_scale, s.k_scale});
    });
    for (const at::Tensor *x : {&turn.cos, &turn.sin}) is_fast = is_fast && x->is_cpu() && x->scalar_type() == at::kFloat;
    if (records_all_in_float(streams) && turn.cos.scalar_type() == at::kFloat) return record_float_norm_rotary(streams, turn, heads, epsilon);
    if (!is_fast) return compose_norm_rotary(streams, turn, heads, epsilon);
    const bool is_recorded = std::any_of(streams.begin(), streams.end(), [](const Stream &s) {
        return records({s.qkv, s.q_scale, s.k_scale});
    });
    return is_recorded ? record_norm_rotary(streams, turn, heads, epsilon) : run_norm_rotary(streams, turn, heads, epsilon);
}

at::Tensor attention(
    const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, double scale, const std::optional<at::Tensor> &into) {
    TORCH_CHECK(q.dim() == 4 && k.dim() == 4 && v.sizes() == k.sizes(), "attention takes [batch, heads, tokens, dimension]");
    int64_t batch = q.size(0), heads = q.size(1), queries = q.size(2), dimension = q.size(3);
    TORCH_CHECK(
        k.size(0) == batch && k.size(1) == heads && k.size(3) == dimension, "keys of shape ", k.sizes(),
        " do not fit queries of shape ", q.sizes());
    const bool is_short = std::max(queries, k.size(2)) <= longest_recorded_attention;
    if (!into && is_short && records_in_float({q, k, v})) return attention_with_scores(q, k, v, scale);
    if (!runs_on_kernels({q, k, v, into}) || dimension % 2 != 0 || dimension > 256 || scale <= 0) {
        auto mixed = at::scaled_dot_product_attention(q, k, v, {}, 0.0, false, scale);
        return placed(mixed.transpose(1, 2).reshape({batch, queries, heads * dimension}), into);
    }
    if (!into && records({q, k, v})) {
        if (is_short) return record_attention(q, k, v, scale);
        auto mixed = at::scaled_dot_product_attention(q, k, v, {}, 0.0, false, scale);
        return mixed.transpose(1, 2).reshape({batch, queries, heads * dimension});
    }
    return run_attention(q, k, v, scale, into);
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
        Heads result = qk_norm_rotary(parts, {unwrap(cos), unwrap(sin)}, heads, eps);
        *q = wrap(std::move(result.q));
        *k = wrap(std::move(result.k));
        *v = wrap(std::move(result.v));
    });
}

int ct_attention(ct_tensor q, ct_tensor k, ct_tensor v, double scale, ct_tensor into, ct_tensor *out) {
    return guarded(out, [&] { return attention(unwrap(q), unwrap(k), unwrap(v), scale, optional(into)); });
}

// What neural networks are made of.
#include "guard.h"

#include <ATen/Functions.h>

#include <array>
#include <cmath>

using namespace ctorch;

// "As the input" where no element type was asked for.
static std::optional<at::ScalarType> wanted_type(int dtype) {
    return dtype < 0 ? std::nullopt : std::optional(scalar_type(dtype));
}

int ct_matmul(ct_tensor a, ct_tensor b, ct_tensor *out) {
    return guarded(out, [&] { return at::matmul(unwrap(a), unwrap(b)); });
}

int ct_linear(ct_tensor x, ct_tensor weight, ct_tensor bias, ct_tensor *out) {
    return guarded(out, [&] { return at::linear(unwrap(x), unwrap(weight), optional(bias)); });
}

int ct_silu(ct_tensor x, ct_tensor *out) {
    return guarded(out, [&] { return at::silu(unwrap(x)); });
}

int ct_gelu(ct_tensor x, bool tanh_approximation, ct_tensor *out) {
    return guarded(out, [&] { return at::gelu(unwrap(x), tanh_approximation ? "tanh" : "none"); });
}

int ct_relu(ct_tensor x, ct_tensor *out) {
    return guarded(out, [&] { return at::relu(unwrap(x)); });
}

int ct_softmax(ct_tensor x, int64_t dim, int dtype, ct_tensor *out) {
    return guarded(out, [&] { return at::softmax(unwrap(x), dim, wanted_type(dtype)); });
}

int ct_log_softmax(ct_tensor x, int64_t dim, int dtype, ct_tensor *out) {
    return guarded(out, [&] { return at::log_softmax(unwrap(x), dim, wanted_type(dtype)); });
}

int ct_layer_norm(ct_tensor x, const int64_t *shape, size_t rank, ct_tensor weight, ct_tensor bias, double eps, ct_tensor *out) {
    return guarded(out, [&] { return at::layer_norm(unwrap(x), sizes(shape, rank), optional(weight), optional(bias), eps); });
}

int ct_rms_norm(ct_tensor x, const int64_t *shape, size_t rank, ct_tensor weight, double eps, ct_tensor *out) {
    return guarded(out, [&] { return at::rms_norm(unwrap(x), sizes(shape, rank), optional(weight), eps); });
}

int ct_group_norm(ct_tensor x, int64_t groups, ct_tensor weight, ct_tensor bias, double eps, ct_tensor *out) {
    return guarded(out, [&] {
        TORCH_CHECK(groups > 0, "group_norm expects at least one group, got ", groups);
        return at::group_norm(unwrap(x), groups, optional(weight), optional(bias), eps);
    });
}

int ct_conv2d(
    ct_tensor x, ct_tensor weight, ct_tensor bias, int64_t stride, int64_t padding, int64_t dilation, int64_t groups, ct_tensor *out) {
    return guarded(out, [&] {
        const std::array<int64_t, 2> strides{stride, stride}, paddings{padding, padding}, dilations{dilation, dilation};
        return at::conv2d(unwrap(x), unwrap(weight), optional(bias), strides, paddings, dilations, groups);
    });
}

int ct_upsample_nearest2d(ct_tensor x, int64_t height, int64_t width, ct_tensor *out) {
    return guarded(out, [&] { return at::upsample_nearest2d(unwrap(x), {height, width}); });
}

int ct_upsample_bilinear2d(ct_tensor x, int64_t height, int64_t width, bool align_corners, ct_tensor *out) {
    return guarded(out, [&] { return at::upsample_bilinear2d(unwrap(x), {height, width}, align_corners); });
}

int ct_upsample_bicubic2d(ct_tensor x, int64_t height, int64_t width, bool align_corners, ct_tensor *out) {
    return guarded(out, [&] { return at::upsample_bicubic2d(unwrap(x), {height, width}, align_corners); });
}

int ct_avg_pool2d(ct_tensor x, int64_t kernel, int64_t stride, int64_t padding, ct_tensor *out) {
    return guarded(out, [&] { return at::avg_pool2d(unwrap(x), {kernel, kernel}, {stride, stride}, {padding, padding}); });
}

int ct_max_pool2d(ct_tensor x, int64_t kernel, int64_t stride, int64_t padding, ct_tensor *out) {
    return guarded(out, [&] { return at::max_pool2d(unwrap(x), {kernel, kernel}, {stride, stride}, {padding, padding}); });
}

int ct_embedding(ct_tensor table, ct_tensor indices, ct_tensor *out) {
    return guarded(out, [&] { return at::embedding(unwrap(table), unwrap(indices)); });
}

int ct_attention_sdpa(ct_tensor q, ct_tensor k, ct_tensor v, ct_tensor mask, bool causal, double scale, ct_tensor *out) {
    return guarded(out, [&] {
        return at::scaled_dot_product_attention(unwrap(q), unwrap(k), unwrap(v), optional(mask), 0.0, causal,
            std::isnan(scale) ? std::nullopt : std::optional(scale));
    });
}

// Group normalization followed by SiLU, as one node with a fused gradient, for float32 pictures in channels-last layout.
//
// libtorch's own gradient of a group norm takes a large part of an autoencoder's training step; here every value is read
// twice forward and twice backward.
#include "group_norm.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/group_norm.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>
#include <vector>

#include "wide_vectors.h"
#include "workspace.h"

namespace {

// A picture of one batch element, [pixels, channels], and its groups.
struct Shape {
    int64_t batch, pixels, channels, groups;
    int64_t group_width() const { return channels / groups; }
    double group_count() const { return static_cast<double>(pixels) * group_width(); }
};

BEGIN_WIDE

// Sums over all pixels, of each channel.
void channel_sums(const float *x, const Shape &s, float *sums) {
    for (int64_t p = 0; p < s.pixels; p++, x += s.channels)
        for (int64_t c = 0; c < s.channels; c++) sums[c] += x[c];
}

void channel_squares(const float *x, const Shape &s, const float *centre, float *sums) {
    for (int64_t p = 0; p < s.pixels; p++, x += s.channels)
        for (int64_t c = 0; c < s.channels; c++) sums[c] += (x[c] - centre[c]) * (x[c] - centre[c]);
}

// y = silu(x · factor + offset), per channel.
void apply(const float *x, const Shape &s, const float *factor, const float *offset, float *y) {
    for (int64_t p = 0; p < s.pixels; p++, x += s.channels, y += s.channels)
        for (int64_t c = 0; c < s.channels; c++) {
            const float z = x[c] * factor[c] + offset[c];
            y[c] = z * sigmoid(z);
        }
}

// dz of each value into `dz`, and per channel the sums of dz and of dz · x.
void gradient_sums(
    const float *x, const float *dy, const Shape &s, const float *factor, const float *offset, float *dz, float *sum, float *along) {
    for (int64_t p = 0; p < s.pixels; p++, x += s.channels, dy += s.channels, dz += s.channels)
        for (int64_t c = 0; c < s.channels; c++) {
            const float z = x[c] * factor[c] + offset[c], sig = sigmoid(z);
            const float d = dy[c] * sig * (1.0f + z * (1.0f - sig));
            dz[c] = d;
            sum[c] += d;
            along[c] += d * x[c];
        }
}

// dx = dz · factor - x · slope - level, per channel, over `dz`.
void finish(const float *x, const Shape &s, const float *factor, const float *slope, const float *level, float *dz) {
    for (int64_t p = 0; p < s.pixels; p++, x += s.channels, dz += s.channels)
        for (int64_t c = 0; c < s.channels; c++) dz[c] = dz[c] * factor[c] - x[c] * slope[c] - level[c];
}

END_WIDE

// Mean and 1 / deviation of each group of one picture, spread over its channels.
struct Statistics {
    std::vector<float> mean, inverse;

    Statistics(const float *x, const Shape &s, float epsilon) : mean(s.channels), inverse(s.channels) {
        channel_sums(x, s, mean.data());
        spread(mean, s, [&](double sum) { return sum / s.group_count(); });
        channel_squares(x, s, mean.data(), inverse.data());
        spread(inverse, s, [&](double sum) { return 1 / std::sqrt(sum / s.group_count() + epsilon); });
    }

    template <typename Map>
    static void spread(std::vector<float> &values, const Shape &s, Map map) {
        for (int64_t g = 0; g < s.groups; g++) {
            double sum = 0;
            for (int64_t c = g * s.group_width(); c < (g + 1) * s.group_width(); c++) sum += values[c];
            std::fill_n(values.begin() + g * s.group_width(), s.group_width(), static_cast<float>(map(sum)));
        }
    }

    // The normalization, weight and bias as one factor and offset per channel.
    void affine(const float *weight, const float *bias, std::vector<float> &factor, std::vector<float> &offset) const {
        for (size_t c = 0; c < mean.size(); c++) {
            factor[c] = inverse[c] * weight[c];
            offset[c] = bias[c] - mean[c] * factor[c];
        }
    }
};

}  // namespace

namespace ctorch {

namespace {

const float *floats(const at::Tensor &x) { return static_cast<const float *>(x.const_data_ptr()); }
float *mutable_floats(const at::Tensor &x) { return static_cast<float *>(x.mutable_data_ptr()); }

Shape shape_of(const at::Tensor &x, int64_t groups) { return {x.size(0), x.size(2) * x.size(3), x.size(1), groups}; }

struct GroupNormSilu : FusedNode {
    GroupNormSilu(const at::Tensor &x, int64_t groups, const at::Tensor &weight, const at::Tensor &bias, double epsilon)
        : FusedNode({x, weight, bias}, "group norm and silu"), groups(groups), epsilon(static_cast<float>(epsilon)) {}

    torch::autograd::variable_list back(const torch::autograd::variable_list &gradients) override {
        const at::Tensor &x = kept[0], &weight = kept[1], &bias = kept[2];
        const at::Tensor dy = gradients[0].contiguous(at::MemoryFormat::ChannelsLast);
        at::Tensor dx = at::empty_like(x, x.options(), at::MemoryFormat::ChannelsLast);
        const Shape s = shape_of(x, groups);
        std::vector<float> sums(2 * s.batch * s.channels);
        parallel_units(s.batch, [&](UnitSource &units) {
            for (int64_t b; units.next(b);)
                picture(b, s, dy, dx, sums.data() + 2 * b * s.channels);
        });
        at::Tensor dweight = at::zeros_like(weight), dbias = at::zeros_like(bias);
        for (int64_t b = 0; b < s.batch; b++)
            for (int64_t c = 0; c < s.channels; c++) {
                mutable_floats(dbias)[c] += sums[2 * b * s.channels + c];
                mutable_floats(dweight)[c] += sums[(2 * b + 1) * s.channels + c];
            }
        return {dx, dweight, dbias};
    }

    // `sums` receives the picture's share of the gradients of bias and weight.
    void picture(int64_t b, const Shape &s, const at::Tensor &dy, const at::Tensor &dx, float *sums) const {
        const int64_t start = b * s.pixels * s.channels;
        const float *x = floats(kept[0]) + start, *weight = floats(kept[1]);
        float *out = mutable_floats(dx) + start, *dbias = sums, *dweight = sums + s.channels;
        const Statistics statistics(x, s, epsilon);
        std::vector<float> factor(s.channels), offset(s.channels), along(s.channels), level(s.channels), slope(s.channels);
        statistics.affine(weight, floats(kept[2]), factor, offset);
        gradient_sums(x, floats(dy) + start, s, factor.data(), offset.data(), out, dbias, along.data());
        for (int64_t c = 0; c < s.channels; c++) {
            // The sum of dz · n, with n the normalized value.
            dweight[c] = (along[c] - statistics.mean[c] * dbias[c]) * statistics.inverse[c];
            level[c] = dbias[c] * weight[c];
            slope[c] = dweight[c] * weight[c];
        }
        Statistics::spread(level, s, [&](double sum) { return sum / s.group_count(); });
        Statistics::spread(slope, s, [&](double sum) { return sum / s.group_count(); });
        for (int64_t c = 0; c < s.channels; c++) {
            // dx = inverse · (dz · weight - mean(dn) - n · mean(dn · n)), written as a line in dz and x.
            slope[c] *= statistics.inverse[c] * statistics.inverse[c];
            level[c] = level[c] * statistics.inverse[c] - slope[c] * statistics.mean[c];
        }
        finish(x, s, factor.data(), slope.data(), level.data(), out);
    }

    int64_t groups;
    float epsilon;
};

bool suits(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias) {
    if (!has_wide_vectors() || !kernels_enabled() || x.dim() != 4 || x.numel() == 0) return false;
    for (const at::Tensor *t : {&x, &weight, &bias})
        if (!t->is_cpu() || t->scalar_type() != at::kFloat) return false;
    return x.is_contiguous(at::MemoryFormat::ChannelsLast) && weight.is_contiguous() && bias.is_contiguous();
}

}  // namespace

at::Tensor group_norm_silu(const at::Tensor &x, int64_t groups, const at::Tensor &weight, const at::Tensor &bias, double epsilon) {
    TORCH_CHECK(groups > 0 && x.dim() > 1 && x.size(1) % groups == 0, groups, " groups do not divide a tensor of shape ", x.sizes());
    TORCH_CHECK(weight.sizes() == at::IntArrayRef({x.size(1)}) && bias.sizes() == weight.sizes(), "weight and bias must have shape [", x.size(1), "]");
    if (!records({x, weight, bias}) || !suits(x, weight, bias)) return at::silu(at::group_norm(x, groups, weight, bias, epsilon));
    auto history = node<GroupNormSilu>(x, groups, weight, bias, epsilon);
    const Shape s = shape_of(x, groups);
    at::Tensor out;
    {
        at::NoGradGuard without_gradients;
        out = at::empty_like(x, x.options(), at::MemoryFormat::ChannelsLast);
        parallel_units(s.batch, [&](UnitSource &units) {
            for (int64_t b; units.next(b);) {
                const int64_t start = b * s.pixels * s.channels;
                std::vector<float> factor(s.channels), offset(s.channels);
                Statistics(floats(x) + start, s, static_cast<float>(epsilon)).affine(floats(weight), floats(bias), factor, offset);
                apply(floats(x) + start, s, factor.data(), offset.data(), mutable_floats(out) + start);
            }
        });
    }
    torch::autograd::set_history(out, history);
    return out;
}

}  // namespace ctorch

int ct_group_norm_silu(ct_tensor x, int64_t groups, ct_tensor weight, ct_tensor bias, double eps, ct_tensor *out) {
    using namespace ctorch;
    return guarded(out, [&] { return group_norm_silu(unwrap(x), groups, unwrap(weight), unwrap(bias), eps); });
}

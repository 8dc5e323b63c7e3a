#include "float_rows.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "wide_vectors.h"
#include "workspace.h"

// Sums in loops may be added in the order that vectors like; it is the same in every run.
#define SUMS_IN_ANY_ORDER _Pragma("clang fp reassociate(on)")

namespace {

BEGIN_WIDE

void statistics(const float *x, int64_t width, float epsilon, float &mean, float &inverse) {
    SUMS_IN_ANY_ORDER
    float sum = 0, squares = 0;
    for (int64_t c = 0; c < width; c++) sum += x[c];
    mean = sum / width;
    for (int64_t c = 0; c < width; c++) squares += (x[c] - mean) * (x[c] - mean);
    inverse = 1 / std::sqrt(squares / width + epsilon);
}

void norm(const float *x, const float *scale, const float *shift, int64_t width, float epsilon, float *out) {
    float mean, inverse;
    statistics(x, width, epsilon, mean, inverse);
    for (int64_t c = 0; c < width; c++) out[c] = (1 + scale[c]) * ((x[c] - mean) * inverse) + shift[c];
}

void norm_gradient(
    const float *x, const float *g, const float *scale, int64_t width, float epsilon, float *dx, float *shift_sum, float *scale_sum) {
    SUMS_IN_ANY_ORDER
    float mean, inverse, sum = 0, dot = 0;
    statistics(x, width, epsilon, mean, inverse);
    for (int64_t c = 0; c < width; c++) {
        const float n = (x[c] - mean) * inverse, dn = g[c] * (1 + scale[c]);
        shift_sum[c] += g[c];
        scale_sum[c] += g[c] * n;
        sum += dn;
        dot += dn * n;
    }
    sum /= width;
    dot /= width;
    for (int64_t c = 0; c < width; c++)
        dx[c] = inverse * (g[c] * (1 + scale[c]) - sum - (x[c] - mean) * inverse * dot);
}

void gated(const float *x, const float *gate, const float *y, int64_t width, float *out) {
    for (int64_t c = 0; c < width; c++) out[c] = x[c] + gate[c] * y[c];
}

void gated_gradient(const float *g, const float *gate, const float *y, int64_t width, float *dy, float *gate_sum) {
    for (int64_t c = 0; c < width; c++) {
        dy[c] = g[c] * gate[c];
        gate_sum[c] += g[c] * y[c];
    }
}

constexpr float gelu_slope = 2 * 0.7978845608028654f, gelu_cube = 0.044715f;

// x · sigmoid(2 u), u = sqrt(2 / pi) · (x + 0.044715 x³): GELU in its tanh form.
void gelu(const float *x, int64_t count, float *out) {
    for (int64_t i = 0; i < count; i++) out[i] = x[i] * sigmoid(gelu_slope * x[i] * (1 + gelu_cube * x[i] * x[i]));
}

void gelu_gradient(const float *x, const float *g, int64_t count, float *dx) {
    for (int64_t i = 0; i < count; i++) {
        const float square = x[i] * x[i], s = sigmoid(gelu_slope * x[i] * (1 + gelu_cube * square));
        dx[i] = g[i] * s * (1 + x[i] * (1 - s) * gelu_slope * (1 + 3 * gelu_cube * square));
    }
}

float inverse_root(const float *x, int64_t dimension, float epsilon) {
    SUMS_IN_ANY_ORDER
    float squares = 0;
    for (int64_t c = 0; c < dimension; c++) squares += x[c] * x[c];
    return 1 / std::sqrt(squares / dimension + epsilon);
}

void norm_rotate(const float *x, const float *scale, const float *cos, const float *sin, int64_t dimension, float epsilon, float *out) {
    const float inverse = inverse_root(x, dimension, epsilon);
    for (int64_t p = 0; p < dimension / 2; p++) {
        const float a = x[2 * p] * inverse * scale[2 * p], b = x[2 * p + 1] * inverse * scale[2 * p + 1];
        out[2 * p] = a * cos[p] - b * sin[p];
        out[2 * p + 1] = a * sin[p] + b * cos[p];
    }
}

// Back through the rotation, the scale and the norm. `dx` first holds the gradient of the normalized value.
void norm_rotate_gradient(
    const float *x, const float *g, const float *scale, const float *cos, const float *sin, int64_t dimension, float epsilon,
    float *dx, float *scale_sum) {
    SUMS_IN_ANY_ORDER
    const float inverse = inverse_root(x, dimension, epsilon);
    for (int64_t p = 0; p < dimension / 2; p++) {
        const float a = g[2 * p] * cos[p] + g[2 * p + 1] * sin[p], b = g[2 * p + 1] * cos[p] - g[2 * p] * sin[p];
        scale_sum[2 * p] += a * x[2 * p] * inverse;
        scale_sum[2 * p + 1] += b * x[2 * p + 1] * inverse;
        dx[2 * p] = a * scale[2 * p];
        dx[2 * p + 1] = b * scale[2 * p + 1];
    }
    float dot = 0;
    for (int64_t c = 0; c < dimension; c++) dot += dx[c] * x[c];
    dot *= inverse * inverse / dimension;
    for (int64_t c = 0; c < dimension; c++) dx[c] = inverse * (dx[c] - x[c] * dot);
}

END_WIDE

}  // namespace

namespace ctorch {

using torch::autograd::variable_list;

bool records_in_float(std::initializer_list<at::Tensor> tensors) {
    if (!at::GradMode::is_enabled() || !has_wide_vectors() || !kernels_enabled()) return false;
    bool asks = false;
    for (const at::Tensor &x : tensors) {
        if (!x.is_cpu() || x.scalar_type() != at::kFloat || x.dim() == 0 || x.numel() == 0 || x.stride(-1) != 1) return false;
        asks = asks || x.requires_grad();
    }
    return asks;
}

namespace {

const float *floats(const at::Tensor &x) { return static_cast<const float *>(x.const_data_ptr()); }
float *mutable_floats(const at::Tensor &x) { return static_cast<float *>(x.mutable_data_ptr()); }

// Rows of [batch, tokens, width] and the vector [batch or 1, 1, width] that belongs to each batch element.
struct Rows {
    at::Tensor tensor;
    int64_t batch, tokens, width, stride;

    explicit Rows(const at::Tensor &x) : tensor(rows_of(x)), batch(x.size(0)), tokens(x.size(1)), width(x.size(2)), stride(tensor.stride(0)) {}
    const float *row(int64_t b, int64_t t) const { return floats(tensor) + (b * tokens + t) * stride; }
};

const float *vector_of(const at::Tensor &vector, int64_t b) { return floats(vector) + (vector.size(0) == 1 ? 0 : b * vector.stride(0)); }

// Calls `body(b)` for every batch element, on all threads.
template <typename Body>
void for_batch(int64_t batch, const Body &body) {
    parallel_units(batch, [&](UnitSource &units) {
        for (int64_t b; units.next(b);) body(b);
    });
}

at::Tensor reduced(const at::Tensor &gradient, const at::Tensor &vector) {
    return vector.size(0) == gradient.size(0) ? gradient : gradient.sum(0, true);
}

at::Tensor unit_stride(const at::Tensor &x) { return x.stride(-1) == 1 ? x : x.contiguous(); }

struct FloatLayerNorm : FusedNode {
    FloatLayerNorm(const at::Tensor &x, const at::Tensor &shift, const at::Tensor &scale, float epsilon)
        : FusedNode({x, shift, scale}, "modulated layer norm"), epsilon(epsilon) {}

    variable_list back(const variable_list &gradients) override {
        const Rows x(kept[0]), g(unit_stride(gradients[0]));
        at::Tensor dx = at::empty(kept[0].sizes(), kept[0].options());
        at::Tensor dshift = at::zeros({x.batch, 1, x.width}, dx.options()), dscale = at::zeros({x.batch, 1, x.width}, dx.options());
        for_batch(x.batch, [&](int64_t b) {
            for (int64_t t = 0; t < x.tokens; t++)
                norm_gradient(
                    x.row(b, t), g.row(b, t), vector_of(kept[2], b), x.width, epsilon,
                    mutable_floats(dx) + (b * x.tokens + t) * x.width, mutable_floats(dshift) + b * x.width,
                    mutable_floats(dscale) + b * x.width);
        });
        return {dx, reduced(dshift, kept[1]), reduced(dscale, kept[2])};
    }

    float epsilon;
};

struct FloatGatedResidual : FusedNode {
    FloatGatedResidual(const at::Tensor &x, const at::Tensor &gate, const at::Tensor &y) : FusedNode({x, gate, y}, "gated residual") {}

    variable_list back(const variable_list &gradients) override {
        const Rows y(kept[2]), g(unit_stride(gradients[0]));
        at::Tensor dy = at::empty(kept[2].sizes(), kept[2].options()), dgate = at::zeros({y.batch, 1, y.width}, dy.options());
        for_batch(y.batch, [&](int64_t b) {
            for (int64_t t = 0; t < y.tokens; t++)
                gated_gradient(
                    g.row(b, t), vector_of(kept[1], b), y.row(b, t), y.width, mutable_floats(dy) + (b * y.tokens + t) * y.width,
                    mutable_floats(dgate) + b * y.width);
        });
        return {gradients[0], reduced(dgate, kept[1]), dy};
    }
};

// Elements that a thread takes at a time.
constexpr int64_t part = 1 << 14;

struct FloatGelu : FusedNode {
    explicit FloatGelu(const at::Tensor &x) : FusedNode({x}, "gelu") {}

    variable_list back(const variable_list &gradients) override {
        const at::Tensor g = gradients[0].contiguous();
        at::Tensor dx = at::empty(kept[0].sizes(), kept[0].options());
        parallel_for(0, dx.numel(), part, [&](int64_t from, int64_t to) {
            gelu_gradient(floats(kept[0]) + from, floats(g) + from, to - from, mutable_floats(dx) + from);
        });
        return {dx};
    }
};

struct FloatNormRotary : FusedNode {
    FloatNormRotary(const std::vector<Stream> &streams, const Rotation &turn, int64_t heads, float epsilon)
        : FusedNode(inputs(streams), "norm and rotation"), turn{turn.cos.contiguous(), turn.sin.contiguous()}, heads(heads),
          epsilon(epsilon) {}

    static std::vector<at::Tensor> inputs(const std::vector<Stream> &streams) {
        std::vector<at::Tensor> all;
        for (const Stream &s : streams) all.insert(all.end(), {s.qkv, s.q_scale, s.k_scale});
        return all;
    }

    // Calls `body(cos, sin, b, t, h, position)` for every head of every token of a stream that starts at `offset`.
    template <typename Body>
    void for_heads(const at::Tensor &qkv, int64_t offset, const Body &body) const {
        const int64_t half = turn.cos.size(1);
        for_batch(qkv.size(0), [&](int64_t b) {
            for (int64_t t = 0; t < qkv.size(1); t++)
                for (int64_t h = 0; h < heads; h++)
                    body(floats(turn.cos) + (offset + t) * half, floats(turn.sin) + (offset + t) * half, b, t, h, offset + t);
        });
    }

    Heads forward() const {
        const at::Tensor &model = kept[0];
        const int64_t d = 2 * turn.cos.size(1), width = heads * d, tokens = turn.cos.size(0);
        Heads out;
        for (at::Tensor *x : {&out.q, &out.k, &out.v}) *x = at::empty({model.size(0), heads, tokens, d}, model.options());
        int64_t offset = 0;
        for (size_t i = 0; i < kept.size(); offset += kept[i].size(1), i += 3) {
            const Rows rows(kept[i]);
            const float *q_scale = floats(kept[i + 1]), *k_scale = floats(kept[i + 2]);
            for_heads(kept[i], offset, [&](const float *cos, const float *sin, int64_t b, int64_t t, int64_t h, int64_t position) {
                const float *row = rows.row(b, t) + h * d;
                const int64_t at = ((b * heads + h) * tokens + position) * d;
                norm_rotate(row, q_scale, cos, sin, d, epsilon, mutable_floats(out.q) + at);
                norm_rotate(row + width, k_scale, cos, sin, d, epsilon, mutable_floats(out.k) + at);
                memcpy(mutable_floats(out.v) + at, row + 2 * width, d * sizeof(float));
            });
        }
        return out;
    }

    variable_list back(const variable_list &gradients) override {
        const at::Tensor &model = kept[0];
        const int64_t d = 2 * turn.cos.size(1), width = heads * d, tokens = turn.cos.size(0), batch = model.size(0);
        auto given = [&](const at::Tensor &g) {
            return g.defined() ? unit_stride(g) : at::zeros({batch, heads, tokens, d}, model.options());
        };
        const at::Tensor q = given(gradients[0]), k = given(gradients[1]), v = given(gradients[2]);
        auto place = [](const at::Tensor &x, int64_t b, int64_t h, int64_t t) {
            return floats(x) + b * x.stride(0) + h * x.stride(1) + t * x.stride(2);
        };
        variable_list results;
        int64_t offset = 0;
        for (size_t i = 0; i < kept.size(); offset += kept[i].size(1), i += 3) {
            const Rows rows(kept[i]);
            at::Tensor out = at::empty(kept[i].sizes(), model.options());
            // A sum per batch element, added in order, so that the result does not depend on the threads.
            at::Tensor sums = at::zeros({batch, 2, d}, model.options());
            for_heads(kept[i], offset, [&](const float *cos, const float *sin, int64_t b, int64_t t, int64_t h, int64_t position) {
                const float *row = rows.row(b, t) + h * d;
                float *to = mutable_floats(out) + (b * rows.tokens + t) * 3 * width + h * d, *sum = mutable_floats(sums) + 2 * b * d;
                norm_rotate_gradient(row, place(q, b, h, position), floats(kept[i + 1]), cos, sin, d, epsilon, to, sum);
                norm_rotate_gradient(row + width, place(k, b, h, position), floats(kept[i + 2]), cos, sin, d, epsilon, to + width, sum + d);
                memcpy(to + 2 * width, place(v, b, h, position), d * sizeof(float));
            });
            const at::Tensor scales = sums.sum(0);
            results.insert(results.end(), {out, scales[0], scales[1]});
        }
        return results;
    }

    Rotation turn;
    int64_t heads;
    float epsilon;
};

}  // namespace

at::Tensor record_float_layer_norm(const at::Tensor &x, const at::Tensor &shift, const at::Tensor &scale, double epsilon) {
    auto history = node<FloatLayerNorm>(x, shift, scale, static_cast<float>(epsilon));
    at::Tensor out;
    {
        at::NoGradGuard without_gradients;
        const Rows rows(x.detach());
        out = at::empty(x.sizes(), x.options());
        for_batch(rows.batch, [&](int64_t b) {
            for (int64_t t = 0; t < rows.tokens; t++)
                norm(
                    rows.row(b, t), vector_of(scale, b), vector_of(shift, b), rows.width, static_cast<float>(epsilon),
                    mutable_floats(out) + (b * rows.tokens + t) * rows.width);
        });
    }
    torch::autograd::set_history(out, history);
    return out;
}

at::Tensor record_float_gated_residual(const at::Tensor &x, const at::Tensor &gate, const at::Tensor &y) {
    auto history = node<FloatGatedResidual>(x, gate, y);
    at::Tensor out;
    {
        at::NoGradGuard without_gradients;
        const Rows rows(x.detach()), added(y.detach());
        out = at::empty(x.sizes(), x.options());
        for_batch(rows.batch, [&](int64_t b) {
            for (int64_t t = 0; t < rows.tokens; t++)
                gated(rows.row(b, t), vector_of(gate, b), added.row(b, t), rows.width, mutable_floats(out) + (b * rows.tokens + t) * rows.width);
        });
    }
    torch::autograd::set_history(out, history);
    return out;
}

at::Tensor record_float_gelu(const at::Tensor &input) {
    const at::Tensor x = input.contiguous();
    auto history = node<FloatGelu>(x);
    at::Tensor out;
    {
        at::NoGradGuard without_gradients;
        out = at::empty(x.sizes(), x.options());
        parallel_for(0, x.numel(), part, [&](int64_t from, int64_t to) { gelu(floats(x) + from, to - from, mutable_floats(out) + from); });
    }
    torch::autograd::set_history(out, history);
    return out;
}

Heads record_float_norm_rotary(const std::vector<Stream> &streams, const Rotation &turn, int64_t heads, double epsilon) {
    auto history = node<FloatNormRotary>(streams, turn, heads, static_cast<float>(epsilon));
    Heads out;
    {
        at::NoGradGuard without_gradients;
        out = history->forward();
    }
    for (at::Tensor *x : {&out.q, &out.k, &out.v}) torch::autograd::set_history(*x, history);
    return out;
}

}  // namespace ctorch

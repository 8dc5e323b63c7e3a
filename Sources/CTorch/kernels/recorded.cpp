#include "recorded.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>

#include "training_kernels.h"

namespace ctorch {

using torch::autograd::variable_list;

bool records(std::initializer_list<std::optional<at::Tensor>> tensors) {
    return at::GradMode::is_enabled()
        && std::any_of(tensors.begin(), tensors.end(), [](const std::optional<at::Tensor> &x) { return x && x->requires_grad(); });
}

namespace {

// A gradient as the kernels take it.
at::Tensor plain(const at::Tensor &gradient) {
    auto g = gradient.scalar_type() == at::kBFloat16 ? gradient : gradient.to(at::kBFloat16);
    return g.stride(-1) == 1 ? g : g.contiguous();
}

// The gradient of a vector that all batch elements shared.
at::Tensor reduced(at::Tensor gradient, const at::Tensor &vector) {
    return vector.size(0) == gradient.size(0) ? gradient : gradient.sum(0, true);
}

struct ModulatedLayerNorm : FusedNode {
    ModulatedLayerNorm(const at::Tensor &x, const at::Tensor &shift, const at::Tensor &scale, double epsilon)
        : FusedNode({x, shift, scale}, "modulated layer norm"), epsilon(epsilon) {}

    variable_list back(const variable_list &gradients) override {
        const at::Tensor &x = kept[0], &scale = kept[2], gradient = plain(gradients[0]);
        const VectorRows scales(scale, x);
        const at::Tensor rows = rows_of(x), incoming = rows_of(gradient);
        at::Tensor dx = at::empty(x.sizes(), x.options());
        at::Tensor dshift = at::empty({x.size(0), 1, x.size(2)}, x.options()), dscale = at::empty_like(dshift);
        modulated_layer_norm_gradient_kernel(
            {.x = elements(rows), .gradient = elements(incoming), .vectors = x.size(0), .rows_per_vector = x.size(1),
             .width = x.size(2), .x_stride = rows.stride(0), .gradient_stride = incoming.stride(0), .scale = elements(scale),
             .scale_stride = scales.stride, .epsilon = static_cast<float>(epsilon), .x_gradient = mutable_elements(dx),
             .shift_gradient = mutable_elements(dshift), .scale_gradient = mutable_elements(dscale)});
        return {dx, reduced(dshift, kept[1]), reduced(dscale, scale)};
    }

    double epsilon;
};

struct GatedResidual : FusedNode {
    GatedResidual(const at::Tensor &x, const at::Tensor &gate, const at::Tensor &y) : FusedNode({x, gate, y}, "gated residual") {}

    variable_list back(const variable_list &gradients) override {
        const at::Tensor &gate = kept[1], &y = kept[2], gradient = plain(gradients[0]);
        const VectorRows gates(gate, y);
        const at::Tensor rows = rows_of(y), incoming = rows_of(gradient);
        at::Tensor dy = at::empty(y.sizes(), y.options()), dgate = at::empty({y.size(0), 1, y.size(2)}, y.options());
        gated_residual_gradient_kernel(
            {.y = elements(rows), .gradient = elements(incoming), .vectors = y.size(0), .rows_per_vector = y.size(1),
             .width = y.size(2), .y_stride = rows.stride(0), .gradient_stride = incoming.stride(0), .gate = elements(gate),
             .gate_stride = gates.stride, .y_gradient = mutable_elements(dy), .gate_gradient = mutable_elements(dgate)});
        return {gradients[0], reduced(dgate, gate), dy};
    }
};

HeadStrides strides(const at::Tensor &x) { return {x.stride(0), x.stride(1), x.stride(2)}; }

struct NormRotary : FusedNode {
    NormRotary(const std::vector<Stream> &streams, const Rotation &turn, int64_t heads, double epsilon)
        : FusedNode(inputs(streams), "norm and rotation"), turn{turn.cos.contiguous(), turn.sin.contiguous()}, heads(heads),
          epsilon(epsilon) {}

    static std::vector<at::Tensor> inputs(const std::vector<Stream> &streams) {
        std::vector<at::Tensor> all;
        for (const Stream &s : streams) all.insert(all.end(), {s.qkv, s.q_scale, s.k_scale});
        return all;
    }

    variable_list back(const variable_list &gradients) override {
        const at::Tensor &model = kept[0];
        const int64_t dimension = model.size(2) / 3 / heads, tokens = turn.cos.size(0);
        auto given = [&](const at::Tensor &g) {
            return g.defined() ? plain(g) : at::zeros({model.size(0), heads, tokens, dimension}, model.options());
        };
        const at::Tensor q = given(gradients[0]), k = given(gradients[1]), v = given(gradients[2]);
        variable_list results;
        int64_t offset = 0;
        for (size_t i = 0; i < kept.size(); i += 3) {
            const at::Tensor &qkv = kept[i];
            at::Tensor out = at::empty(qkv.sizes(), qkv.options().memory_format(at::MemoryFormat::Contiguous));
            at::Tensor scales = at::zeros({2, dimension}, qkv.options().dtype(at::kFloat));
            qk_norm_rotary_gradient_kernel(
                {.stream = {.qkv = elements(qkv), .q_scale = elements(kept[i + 1]), .k_scale = elements(kept[i + 2]),
                            .tokens = qkv.size(1), .batch_stride = qkv.stride(0), .row_stride = qkv.stride(1)},
                 .offset = offset, .batch = qkv.size(0), .heads = heads, .dimension = dimension,
                 .cos = static_cast<const float *>(turn.cos.const_data_ptr()),
                 .sin = static_cast<const float *>(turn.sin.const_data_ptr()), .epsilon = static_cast<float>(epsilon),
                 .q = elements(q), .k = elements(k), .v = elements(v), .q_strides = strides(q), .k_strides = strides(k),
                 .v_strides = strides(v), .out = mutable_elements(out), .q_scale = static_cast<float *>(scales.mutable_data_ptr()),
                 .k_scale = static_cast<float *>(scales.mutable_data_ptr()) + dimension});
            offset += qkv.size(1);
            scales = scales.to(kept[i + 1].scalar_type());
            results.insert(results.end(), {out, scales[0], scales[1]});
        }
        return results;
    }

    Rotation turn;
    int64_t heads;
    double epsilon;
};

struct Attention : FusedNode {
    Attention(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, double scale)
        : FusedNode({q, k, v}, "attention"), scale(scale) {}

    variable_list back(const variable_list &gradients) override {
        const at::Tensor &q = kept[0], &k = kept[1], &v = kept[2], gradient = plain(gradients[0]);
        auto like = [](const at::Tensor &x) { return at::empty(x.sizes(), x.options().memory_format(at::MemoryFormat::Contiguous)); };
        at::Tensor dq = like(q), dk = like(k), dv = like(v);
        attention_gradient_kernel(
            {.forward = {.q = elements(q), .k = elements(k), .v = elements(v), .q_strides = strides(q), .k_strides = strides(k),
                         .v_strides = strides(v), .batch = q.size(0), .heads = q.size(1), .queries = q.size(2),
                         .keys = k.size(2), .dimension = q.size(3), .scale = static_cast<float>(scale), .out = nullptr,
                         .out_batch_stride = 0, .out_row_stride = 0},
             .gradient = elements(gradient), .gradient_batch_stride = gradient.stride(0), .gradient_row_stride = gradient.stride(1),
             .q_gradient = mutable_elements(dq), .k_gradient = mutable_elements(dk), .v_gradient = mutable_elements(dv)});
        return {dq, dk, dv};
    }

    double scale;
};

}  // namespace

at::Tensor record_modulated_layer_norm(const at::Tensor &x, const at::Tensor &shift, const at::Tensor &scale, double epsilon) {
    auto history = node<ModulatedLayerNorm>(x, shift, scale, epsilon);
    at::Tensor out;
    {
        at::NoGradGuard without_gradients;
        out = run_modulated_layer_norm(x, shift, scale, epsilon);
    }
    torch::autograd::set_history(out, history);
    return out;
}

at::Tensor record_gated_residual(const at::Tensor &x, const at::Tensor &gate, const at::Tensor &y) {
    auto history = node<GatedResidual>(x, gate, y);
    at::Tensor out;
    {
        at::NoGradGuard without_gradients;
        out = run_gated_residual(x, gate, y);
    }
    torch::autograd::set_history(out, history);
    return out;
}

Heads record_norm_rotary(const std::vector<Stream> &streams, const Rotation &turn, int64_t heads, double epsilon) {
    auto history = node<NormRotary>(streams, turn, heads, epsilon);
    Heads out;
    {
        at::NoGradGuard without_gradients;
        std::vector<Stream> plain;
        for (const Stream &s : streams) plain.push_back({s.qkv.detach(), s.q_scale, s.k_scale});
        out = run_norm_rotary(plain, turn, heads, epsilon);
        // Values that are still a view of their stream need a tensor of their own to carry a history.
        out.v = out.v.detach();
    }
    for (at::Tensor *x : {&out.q, &out.k, &out.v}) torch::autograd::set_history(*x, history);
    return out;
}

at::Tensor record_attention(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, double scale) {
    auto history = node<Attention>(q, k, v, scale);
    at::Tensor out;
    {
        at::NoGradGuard without_gradients;
        out = run_attention(q, k, v, scale, std::nullopt);
    }
    torch::autograd::set_history(out, history);
    return out;
}

}  // namespace ctorch

// Gradients and gradient checkpointing, on libtorch's autograd.
#include "ctorch_autograd.h"
#include "guard.h"

#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/variable.h>

#include <memory>

using namespace ctorch;

int ct_set_requires_gradient(ct_tensor x, bool required) {
    return guarded([&] { unwrap(x).set_requires_grad(required); });
}

int ct_requires_gradient(ct_tensor x, bool *out) {
    *out = false;
    return guarded([&] { *out = unwrap(x).requires_grad(); });
}

int ct_detach(ct_tensor x, ct_tensor *out) {
    return guarded(out, [&] { return unwrap(x).detach(); });
}

int ct_gradient(ct_tensor x, ct_tensor *out) {
    *out = nullptr;
    return guarded([&] {
        if (const at::Tensor &gradient = unwrap(x).grad(); gradient.defined()) *out = wrap(gradient);
    });
}

int ct_set_gradient(ct_tensor x, ct_tensor gradient) {
    return guarded([&] { unwrap(x).mutable_grad() = gradient ? unwrap(gradient) : at::Tensor(); });
}

int ct_backward(ct_tensor loss) {
    return guarded([&] { torch::autograd::backward({unwrap(loss)}, {}); });
}

namespace {

// Calls a release function once.
struct Context {
    void *const pointer;
    void (*const release)(void *);

    Context(void *pointer, void (*release)(void *)) : pointer(pointer), release(release) {}
    Context(const Context &) = delete;
    ~Context() {
        if (release) release(pointer);
    }
};

struct Recompute {
    ct_recompute body;
    std::shared_ptr<Context> context;
    size_t capacity;

    std::vector<at::Tensor> operator()(const std::vector<at::Tensor> &inputs) const {
        std::vector<ct_tensor_impl> held;
        std::vector<ct_tensor> handles;
        held.reserve(inputs.size());
        for (const at::Tensor &input : inputs) {
            held.push_back({input});
            handles.push_back(&held.back());
        }
        std::vector<ct_tensor> made(capacity, nullptr);
        size_t count = 0;
        const int status = body(context->pointer, handles.data(), handles.size(), made.data(), capacity, &count);
        std::vector<at::Tensor> outputs;
        for (size_t i = 0; i < count; i++) {
            if (status == CT_OK) outputs.push_back(unwrap(made[i]));
            ct_free(made[i]);
        }
        TORCH_CHECK(status == CT_OK, ct_last_error());
        return outputs;
    }
};

// A graph node that holds the inputs and how to compute the outputs from them, but nothing in between.
struct CheckpointNode : torch::autograd::Node {
    CheckpointNode(Recompute recompute, const std::vector<at::Tensor> &inputs)
        : recompute(std::move(recompute)), inputs(inputs) {
        set_next_edges(torch::autograd::collect_next_edges(inputs));
    }

    torch::autograd::variable_list apply(torch::autograd::variable_list &&gradients) override {
        TORCH_CHECK(!inputs.empty() || recompute.context, "the backward pass of a checkpoint runs once");
        at::AutoGradMode recording(true);
        std::vector<at::Tensor> fresh;
        for (size_t i = 0; i < inputs.size(); i++)
            fresh.push_back(inputs[i].detach().set_requires_grad(should_compute_output(i)));
        std::vector<at::Tensor> reached, seeds;
        const std::vector<at::Tensor> outputs = recompute(fresh);
        for (size_t i = 0; i < outputs.size(); i++)
            if (outputs[i].requires_grad() && gradients[i].defined()) {
                reached.push_back(outputs[i]);
                seeds.push_back(gradients[i]);
            }
        // This pass within the pass leaves the gradients of parameters where they belong.
        if (!reached.empty()) torch::autograd::backward(reached, seeds);
        torch::autograd::variable_list results;
        for (const at::Tensor &input : fresh) results.push_back(input.grad());
        return results;
    }

    void release_variables() override {
        inputs.clear();
        recompute.context.reset();
    }

    std::string name() const override { return "Checkpoint"; }

    Recompute recompute;
    std::vector<at::Tensor> inputs;
};

struct GradientHook : torch::autograd::PostAccumulateGradHook {
    GradientHook(std::shared_ptr<Context> context, ct_gradient_ready ready, size_t index)
        : context(std::move(context)), ready(ready), index(index) {}

    void operator()(const torch::autograd::Variable &) override { ready(context->pointer, index); }

    std::shared_ptr<Context> context;
    ct_gradient_ready ready;
    size_t index;
};

}  // namespace

int ct_checkpoint(
    ct_recompute body, void *context, void (*release)(void *), const ct_tensor *inputs, size_t count, ct_tensor *outputs,
    size_t capacity, size_t *made) {
    std::fill_n(outputs, capacity, nullptr);
    *made = 0;
    return guarded([&] {
        const Recompute recompute{body, std::make_shared<Context>(context, release), capacity};
        const std::vector<at::Tensor> tensors = unwrap_all(inputs, count);
        std::vector<at::Tensor> results;
        {
            at::NoGradGuard without_gradients;
            results = recompute(tensors);
        }
        if (at::GradMode::is_enabled()) {
            auto node = std::shared_ptr<CheckpointNode>(new CheckpointNode(recompute, tensors), torch::autograd::deleteNode);
            for (at::Tensor &result : results) {
                // A result that is an input, or a parameter, must not get the node as its own history.
                result = result.detach();
                torch::autograd::set_history(result, node);
            }
        }
        for (at::Tensor &result : results) outputs[(*made)++] = wrap(std::move(result));
    });
}

int ct_watch_gradients(
    const ct_tensor *parameters, size_t count, ct_gradient_ready ready, void *context, void (*release)(void *)) {
    return guarded([&] {
        const auto held = std::make_shared<Context>(context, release);
        for (size_t i = 0; i < count; i++)
            torch::autograd::impl::set_post_acc_grad_hooks(
                unwrap(parameters[i]), std::make_unique<GradientHook>(held, ready, i));
    });
}

// A node of libtorch's graph with a gradient of ours. Internal to the kernels.
#pragma once

#include <ATen/core/grad_mode.h>
#include <c10/util/Exception.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>

#include "dispatch.h"

namespace ctorch {

// Whether gradients are recorded and one of these tensors (those present) asks for one.
bool records(std::initializer_list<std::optional<at::Tensor>> tensors);

// A node that keeps its inputs. Outputs are made without a record and then get the node as their history.
struct FusedNode : torch::autograd::Node {
    FusedNode(std::vector<at::Tensor> inputs, const char *title) : kept(std::move(inputs)), title(title) {
        set_next_edges(torch::autograd::collect_next_edges(kept));
        // Kept without their history, which the edges above already lead to.
        for (at::Tensor &x : kept) x = x.detach();
    }

    torch::autograd::variable_list apply(torch::autograd::variable_list &&gradients) final {
        TORCH_CHECK(!kept.empty(), "the backward pass ran twice over ", title, "; its inputs are gone after the first");
        at::NoGradGuard without_gradients;
        return back(gradients);
    }

    virtual torch::autograd::variable_list back(const torch::autograd::variable_list &gradients) = 0;
    void release_variables() override { kept.clear(); }
    std::string name() const override { return title; }

    std::vector<at::Tensor> kept;
    const char *title;
};

template <typename Node, typename... Arguments>
std::shared_ptr<Node> node(Arguments &&...arguments) {
    return std::shared_ptr<Node>(new Node(std::forward<Arguments>(arguments)...), torch::autograd::deleteNode);
}

}  // namespace ctorch

// Gradients: which tensors want one, the backward pass, and recomputation of what was not kept.
// All functions follow the rules of ctorch.h.
#pragma once
#include "ctorch.h"

#ifdef __cplusplus
extern "C" {
#endif

// Marks a tensor that no operation made: the backward pass accumulates its gradient.
int ct_set_requires_gradient(ct_tensor x, bool required);
int ct_requires_gradient(ct_tensor x, bool *out);
// The same elements, cut off from how they were computed.
int ct_detach(ct_tensor x, ct_tensor *out);
// The accumulated gradient. `out` is null where there is none yet, which is no failure.
int ct_gradient(ct_tensor x, ct_tensor *out);
// Replaces the accumulated gradient; null removes it.
int ct_set_gradient(ct_tensor x, ct_tensor gradient);
// Accumulates the gradients of a single number into everything that it was computed from.
int ct_backward(ct_tensor loss);

// Computes outputs from inputs. It writes at most `capacity` tensors at +1 and their count, and returns a status; before
// a failure it says what it was with `ct_set_last_error`, on the calling thread. It is called twice: at once without recording, and in
// the backward pass with recording, there perhaps on another thread. Inputs arrive borrowed.
typedef int (*ct_recompute)(void *context, const ct_tensor *inputs, size_t count, ct_tensor *outputs, size_t capacity, size_t *made);

// Runs `body` without keeping its intermediates; the backward pass computes them again. Gradients reach `inputs`, and the
// marked tensors that `body` uses besides. `release(context)` is called once, when nothing needs the body any more.
int ct_checkpoint(
    ct_recompute body, void *context, void (*release)(void *), const ct_tensor *inputs, size_t count, ct_tensor *outputs,
    size_t capacity, size_t *made);

// Called with the index of a tensor of `parameters` as soon as its gradient is complete within a backward pass.
typedef void (*ct_gradient_ready)(void *context, size_t index);

// Registers `ready` for every parameter. `release(context)` is called once, when all parameters are gone.
int ct_watch_gradients(
    const ct_tensor *parameters, size_t count, ct_gradient_ready ready, void *context, void (*release)(void *));

// MARK: optimization (optimizer.cpp)

// One tensor in training.
typedef struct {
    ct_tensor weight;    // what the model computes with: float32, or bfloat16 beside a float32 master
    ct_tensor gradient;  // of the weight's type or float32
    ct_tensor master;    // float32, or null where the weight itself is float32
    ct_tensor first;     // AdamW's mean of gradients, float32
    ct_tensor second;    // AdamW's mean of squared gradients, float32
    ct_tensor average;   // float32, exponential moving average of the master, or null
} ct_trained;

typedef struct {
    double learning_rate, beta1, beta2, epsilon, weight_decay;
    double gradient_factor;  // what gradients are multiplied with first, as clipping asks for
    double average_decay;    // share of the old average that stays; where there is none, ignored
    int64_t step;            // 1 for the first step
} ct_adamw;

// One step of AdamW with decoupled weight decay: on the processor in one pass over all tensors of each parameter, elsewhere
// by libtorch's operations on many tensors at once.
int ct_adamw_step(const ct_trained *tensors, size_t count, ct_adamw settings);

// The root of the sum of all squared elements, of all tensors together: one float64 number on their device. Nothing waits
// for a device to compute it.
int ct_total_norm(const ct_tensor *tensors, size_t count, ct_tensor *out);

#ifdef __cplusplus
}
#endif

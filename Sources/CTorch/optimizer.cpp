// AdamW and the norm of gradients. On the processor one pass reads and writes every tensor of a parameter once; elsewhere
// libtorch's operations take many tensors at once, and nothing waits for the device.
#include "ctorch_autograd.h"
#include "guard.h"
#include "kernels/dispatch.h"
#include "parallel.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <cstring>

using namespace ctorch;

namespace {

const float *floats(const at::Tensor &x) { return static_cast<const float *>(x.const_data_ptr()); }
float *mutable_floats(const at::Tensor &x) { return static_cast<float *>(x.mutable_data_ptr()); }

// What stays the same for all elements of a step.
struct Factors {
    float keep, beta2, epsilon, rate, root_correction, gradient;
    float new_first, new_second, new_average;  // shares of the new value: 1 - beta1, 1 - beta2, 1 - decay

    explicit Factors(const ct_adamw &s)
        : keep(static_cast<float>(1 - s.learning_rate * s.weight_decay)), beta2(static_cast<float>(s.beta2)), epsilon(static_cast<float>(s.epsilon)),
          rate(static_cast<float>(s.learning_rate / (1 - std::pow(s.beta1, s.step)))),
          root_correction(static_cast<float>(std::sqrt(1 - std::pow(s.beta2, s.step)))),
          gradient(static_cast<float>(s.gradient_factor)), new_first(static_cast<float>(1 - s.beta1)),
          new_second(static_cast<float>(1 - s.beta2)), new_average(static_cast<float>(1 - s.average_decay)) {}
};

struct Parameter {
    at::Tensor weight, gradient, master, first, second, average;

    explicit Parameter(const ct_trained &t)
        : weight(unwrap(t.weight)), gradient(unwrap(t.gradient)), master(t.master ? unwrap(t.master) : weight),
          first(unwrap(t.first)), second(unwrap(t.second)), average(t.average ? unwrap(t.average) : at::Tensor()) {
        for (const at::Tensor *x : {&gradient, &master, &first, &second})
            TORCH_CHECK(
                x->sizes() == weight.sizes(), "a tensor of shape ", x->sizes(), " beside a weight of shape ", weight.sizes());
        for (const at::Tensor *x : {&master, &first, &second})
            TORCH_CHECK(x->scalar_type() == at::kFloat, "masters and moments are float32, not ", x->scalar_type());
    }

    bool suits_kernel() const {
        if (!kernels_enabled()) return false;
        for (const at::Tensor *x : {&weight, &gradient, &master, &first, &second, &average})
            if (x->defined() && !(x->is_cpu() && x->is_contiguous())) return false;
        auto is_known = [](const at::Tensor &x) { return x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16; };
        return is_known(weight) && is_known(gradient) && (!average.defined() || average.scalar_type() == at::kFloat);
    }
};

inline float value(float x) { return x; }
inline float value(uint16_t bits) {
    const uint32_t wide = static_cast<uint32_t>(bits) << 16;
    float x;
    memcpy(&x, &wide, 4);
    return x;
}

// Round to nearest, ties to even, as libtorch rounds; NaN stays NaN.
inline uint16_t rounded(float x) {
    uint32_t bits;
    memcpy(&bits, &x, 4);
    if (x != x) return 0x7fc0;
    return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

template <typename Gradient>
void update(const Factors &f, const Gradient *gradient, float *master, float *first, float *second, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        const float g = value(gradient[i]) * f.gradient;
        const float m = first[i] + f.new_first * (g - first[i]);
        const float v = second[i] * f.beta2 + f.new_second * g * g;
        first[i] = m;
        second[i] = v;
        master[i] = master[i] * f.keep - f.rate * (m / (std::sqrt(v) / f.root_correction + f.epsilon));
    }
}

void update_range(const Factors &f, const Parameter &p, int64_t from, int64_t count) {
    float *master = mutable_floats(p.master) + from;
    float *first = mutable_floats(p.first) + from, *second = mutable_floats(p.second) + from;
    if (p.gradient.scalar_type() == at::kFloat)
        update(f, floats(p.gradient) + from, master, first, second, count);
    else
        update(f, static_cast<const uint16_t *>(p.gradient.const_data_ptr()) + from, master, first, second, count);
    if (p.average.defined()) {
        float *average = mutable_floats(p.average) + from;
        for (int64_t i = 0; i < count; i++) average[i] += f.new_average * (master[i] - average[i]);
    }
    if (p.weight.scalar_type() == at::kBFloat16) {
        auto *weight = static_cast<uint16_t *>(p.weight.mutable_data_ptr()) + from;
        for (int64_t i = 0; i < count; i++) weight[i] = rounded(master[i]);
    }
}

// The same by libtorch's operations on lists of tensors, for other devices and types.
class ComposedUpdate {
    // Bounds the float32 copies that an update makes.
    static constexpr int64_t most_values = 1 << 25;

    const Factors &factors_;
    int64_t values_ = 0;
    std::vector<at::Tensor> gradients_, masters_, first_, second_, averages_, averaged_, weights_, sources_;

public:
    explicit ComposedUpdate(const Factors &factors) : factors_(factors) {}

    void add(const Parameter &p) {
        gradients_.push_back(p.gradient.to(at::kFloat));
        masters_.push_back(p.master);
        first_.push_back(p.first);
        second_.push_back(p.second);
        if (p.average.defined()) {
            averages_.push_back(p.average);
            averaged_.push_back(p.master);
        }
        if (!p.weight.is_same(p.master)) {
            weights_.push_back(p.weight);
            sources_.push_back(p.master);
        }
        values_ += p.weight.numel();
        if (values_ >= most_values) finish();
    }

    // Updates what was added since the last time.
    void finish() {
        if (masters_.empty()) return;
        const std::vector<at::Tensor> g = at::_foreach_mul(gradients_, factors_.gradient);
        at::_foreach_lerp_(first_, g, factors_.new_first);
        at::_foreach_mul_(second_, factors_.beta2);
        at::_foreach_addcmul_(second_, g, g, factors_.new_second);
        const std::vector<at::Tensor> root = at::_foreach_sqrt(second_);
        at::_foreach_div_(root, factors_.root_correction);
        at::_foreach_add_(root, factors_.epsilon);
        at::_foreach_mul_(masters_, factors_.keep);
        at::_foreach_addcdiv_(masters_, first_, root, -factors_.rate);
        if (!averages_.empty()) at::_foreach_lerp_(averages_, averaged_, factors_.new_average);
        if (!weights_.empty()) at::_foreach_copy_(weights_, sources_);
        for (auto *list : {&gradients_, &masters_, &first_, &second_, &averages_, &averaged_, &weights_, &sources_}) list->clear();
        values_ = 0;
    }
};

// Elements a thread takes at a time; also what sums are taken over first, so that they do not depend on the threads.
constexpr int64_t part = 1 << 15;

// float32 sums lose digits over millions of elements; the parts are added in float64.
double sum_of_squares(const at::Tensor &tensor) {
    const at::Tensor x = tensor.to(at::kFloat).contiguous();
    const float *values = floats(x);
    const int64_t count = x.numel(), parts = (count + part - 1) / part;
    std::vector<double> sums(parts);
    parallel_for(0, parts, 1, [&](int64_t from, int64_t to) {
        for (int64_t p = from; p < to; p++) {
            double sum = 0;
            for (int64_t i = p * part; i < std::min(count, (p + 1) * part); i++) sum += static_cast<double>(values[i]) * values[i];
            sums[p] = sum;
        }
    });
    double sum = 0;
    for (double s : sums) sum += s;
    return sum;
}

}  // namespace

int ct_adamw_step(const ct_trained *tensors, size_t count, ct_adamw settings) {
    return guarded([&] {
        at::NoGradGuard without_gradients;
        const Factors factors(settings);
        ComposedUpdate composed(factors);
        for (size_t i = 0; i < count; i++) {
            const Parameter p(tensors[i]);
            if (!p.suits_kernel()) {
                composed.add(p);
                continue;
            }
            const int64_t size = p.weight.numel();
            parallel_for(0, (size + part - 1) / part, 1, [&](int64_t from, int64_t to) {
                update_range(factors, p, from * part, std::min(size, to * part) - from * part);
            });
        }
        composed.finish();
    });
}

int ct_total_norm(const ct_tensor *tensors, size_t count, ct_tensor *out) {
    return guarded(out, [&] {
        at::NoGradGuard without_gradients;
        double sum = 0;
        std::vector<at::Tensor> elsewhere;
        for (const at::Tensor &x : unwrap_all(tensors, count)) {
            if (x.is_cpu() && kernels_enabled())
                sum += sum_of_squares(x);
            else
                elsewhere.push_back(x);
        }
        if (elsewhere.empty()) return at::scalar_tensor(std::sqrt(sum), at::kDouble);
        const at::Tensor norms = at::stack(at::_foreach_norm(elsewhere, 2, at::kFloat)).to(at::kDouble);
        return (norms.square().sum() + sum).sqrt();
    });
}

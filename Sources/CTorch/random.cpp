// Random generators. A generator made here draws what torch.Generator(device).manual_seed(seed) draws.
#include "guard.h"

#include <ATen/Context.h>
#include <ATen/Functions.h>

using namespace ctorch;

static at::Generator &unwrap(ct_generator handle) {
    TORCH_CHECK(handle != nullptr, "a random generator was expected, none was given");
    return handle->generator;
}

static at::TensorOptions options(at::Generator &generator, at::ScalarType type) {
    return at::TensorOptions().dtype(type).device(generator.device());
}

int ct_generator_new(uint64_t seed, int number, ct_generator *out) {
    *out = nullptr;
    return guarded([&] {
        const at::Device place = device(number);
        TORCH_CHECK(place.is_cpu() || has_cuda(), "a CUDA generator was asked for, but no CUDA device is available");
        at::Generator generator = at::globalContext().defaultGenerator(place).clone();
        generator.set_current_seed(seed);
        *out = new ct_generator_impl{std::move(generator)};
        count_handles(1);
    });
}

void ct_generator_free(ct_generator generator) {
    if (!generator) return;
    delete generator;
    count_handles(-1);
}

int ct_generator_seed(ct_generator generator, uint64_t seed) {
    return guarded([&] { unwrap(generator).set_current_seed(seed); });
}

int ct_generator_state(ct_generator generator, ct_tensor *out) {
    return guarded(out, [&] { return unwrap(generator).get_state(); });
}

int ct_generator_set_state(ct_generator generator, ct_tensor state) {
    return guarded([&] { unwrap(generator).set_state(unwrap(state)); });
}

int ct_randn(const int64_t *shape, size_t rank, ct_generator generator, int dtype, ct_tensor *out) {
    return guarded(out, [&] {
        auto &source = unwrap(generator);
        return at::randn(sizes(shape, rank), source, options(source, scalar_type(dtype)));
    });
}

int ct_rand(const int64_t *shape, size_t rank, ct_generator generator, int dtype, ct_tensor *out) {
    return guarded(out, [&] {
        auto &source = unwrap(generator);
        return at::rand(sizes(shape, rank), source, options(source, scalar_type(dtype)));
    });
}

int ct_randint(int64_t low, int64_t high, const int64_t *shape, size_t rank, ct_generator generator, ct_tensor *out) {
    return guarded(out, [&] {
        auto &source = unwrap(generator);
        return at::randint(low, high, sizes(shape, rank), source, options(source, at::kLong));
    });
}

int ct_randperm(int64_t count, ct_generator generator, ct_tensor *out) {
    return guarded(out, [&] {
        auto &source = unwrap(generator);
        return at::randperm(count, source, options(source, at::kLong));
    });
}

int ct_multinomial(ct_tensor probabilities, int64_t count, bool replacement, ct_generator generator, ct_tensor *out) {
    return guarded(out, [&] { return at::multinomial(unwrap(probabilities), count, replacement, unwrap(generator)); });
}

// Exercises the shim's handles along every kind of path, success and failure, so that a leak sanitizer can look at it.
// Run by scripts/leak-check.
#include "ctorch.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

static int failures = 0;

static void expect(bool holds, const char *what) {
    if (holds) return;
    failures++;
    std::fprintf(stderr, "leak-check: %s does not hold (last error: %s)\n", what, ct_last_error());
}
#define EXPECT(condition) expect((condition), #condition)

static ct_tensor full(std::vector<int64_t> shape, double value, int dtype = CT_FLOAT32) {
    ct_tensor out = nullptr;
    EXPECT(ct_full(shape.data(), shape.size(), value, dtype, CT_CPU, &out) == CT_OK);
    return out;
}

static void free_all(std::vector<ct_tensor> tensors) {
    for (auto tensor : tensors) ct_free(tensor);
}

// One tensor out, successes.
static void successes() {
    auto a = full({2, 3}, 1), b = full({3, 2}, 2);
    ct_tensor product, again, borrowed, pair[2], parts[3];
    EXPECT(ct_matmul(a, b, &product) == CT_OK);
    EXPECT(ct_retain(product, &again) == CT_OK);
    EXPECT(ct_topk(a, 1, 1, &pair[0], &pair[1]) == CT_OK);
    EXPECT(ct_chunk(a, 3, 1, parts) == CT_OK);
    const ct_tensor both[] = {a, a};
    ct_tensor joined;
    EXPECT(ct_concatenate(both, 2, 0, &joined) == CT_OK);
    double item;
    ct_tensor sum;
    EXPECT(ct_sum(product, nullptr, 0, false, &sum) == CT_OK);
    EXPECT(ct_item(sum, &item) == CT_OK && item == 24);
    auto *memory = static_cast<float *>(std::malloc(16));
    const int64_t shape[] = {2, 2};
    EXPECT(ct_borrow(memory, shape, 2, CT_FLOAT32, memory, std::free, &borrowed) == CT_OK);
    ct_tensor view;
    EXPECT(ct_select(borrowed, 0, 1, &view) == CT_OK);
    ct_free(borrowed);  // the view keeps the memory
    free_all({a, b, product, again, pair[0], pair[1], parts[0], parts[1], parts[2], joined, sum, view});
}

// Every kind of failure: refused shapes, absent devices and tensors, full memory; outputs must be null.
static void failures_leave_nothing() {
    auto a = full({2, 3}, 1), index = full({1}, 9, CT_INT64);
    auto sentinel = reinterpret_cast<ct_tensor>(1);
    ct_tensor out = sentinel, pair[2] = {sentinel, sentinel}, parts[4] = {sentinel, sentinel, sentinel, sentinel};
    EXPECT(ct_matmul(a, a, &out) == CT_FAILED && !out && std::strlen(ct_last_error()) > 0);
    EXPECT(ct_matmul(a, nullptr, &out) == CT_FAILED && !out);
    EXPECT(ct_chunk(a, 4, 1, parts) == CT_FAILED && !parts[0] && !parts[3]);
    EXPECT(ct_topk(a, 9, 1, &pair[0], &pair[1]) == CT_FAILED && !pair[0] && !pair[1]);
    EXPECT(ct_index_select(a, 0, index, &out) == CT_FAILED && !out);
    EXPECT(ct_embedding(a, index, &out) == CT_FAILED && !out);
    EXPECT(ct_to_dtype(a, 99, &out) == CT_FAILED && !out);
    EXPECT(ct_to_device(a, 7, &out) == CT_FAILED && !out);
    EXPECT(ct_copy_in_place(a, index) == CT_OK);
    char byte;
    EXPECT(ct_read_bytes(a, &byte, 1) == CT_FAILED);
    const int64_t huge[] = {1000000000000000};
    EXPECT(ct_empty(huge, 1, CT_FLOAT32, CT_CPU, &out) == CT_OUT_OF_MEMORY && !out);
    ct_tensor one = full({1}, 1), wide;
    EXPECT(ct_expand(one, huge, 1, &wide) == CT_OK);
    EXPECT(ct_exp(wide, &out) == CT_OUT_OF_MEMORY && !out);
    const int64_t negative[] = {-1};
    auto *memory = std::malloc(16);
    EXPECT(ct_borrow(memory, negative, 1, CT_FLOAT32, memory, std::free, &out) == CT_FAILED && !out);
    ct_generator generator;
    EXPECT(ct_generator_new(1, 5, &generator) == CT_FAILED && !generator);
    EXPECT(ct_load_library("/nowhere/libtorch_cuda.so") == CT_FAILED);
    const ct_tensor with_null[] = {a, nullptr};
    EXPECT(ct_stack(with_null, 2, 0, &out) == CT_FAILED && !out);
    free_all({a, index, one, wide});
}

static void generators() {
    ct_generator generator;
    ct_tensor state, noise;
    const int64_t shape[] = {64};
    EXPECT(ct_generator_new(3, CT_CPU, &generator) == CT_OK);
    EXPECT(ct_generator_state(generator, &state) == CT_OK);
    EXPECT(ct_randn(shape, 1, generator, CT_BFLOAT16, &noise) == CT_OK);
    EXPECT(ct_generator_set_state(generator, state) == CT_OK);
    EXPECT(ct_generator_set_state(generator, noise) == CT_FAILED);
    ct_tensor none;
    EXPECT(ct_randn(shape, 1, nullptr, CT_FLOAT32, &none) == CT_FAILED && !none);
    free_all({state, noise});
    ct_generator_free(generator);
}

int main(int argc, char **) {
    for (int round = 0; round < 20; round++) {
        successes();
        failures_leave_nothing();
        generators();
    }
    EXPECT(ct_live_handle_count() == 0);
    // A leak made on purpose shows that the check sees leaks.
    if (argc > 1) full({10}, 1);
    std::fprintf(stderr, "leak-check: %d failed expectations\n", failures);
    return failures ? 1 : 0;
}

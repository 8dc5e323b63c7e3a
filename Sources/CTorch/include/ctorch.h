// A C interface to libtorch: tensors, the operations Atelier uses, random generators, devices.
//
// Rules of the whole header:
//   - A function that can fail returns a status, CT_OK or another, and writes its results through the last pointers.
//     On failure every output is null (or zero) and `ct_last_error` holds libtorch's message for the calling thread.
//   - A tensor written to an output belongs to the caller, who frees it once with `ct_free`. Inputs are borrowed.
//   - A null tensor input means "absent" where the comment says so, and is an error elsewhere.
//   - Shapes and index lists are a pointer and a count. Dimensions may be negative: they count from the end.
//   - No gradient is recorded.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ct_tensor_impl *ct_tensor;
typedef struct ct_generator_impl *ct_generator;

enum { CT_OK = 0, CT_FAILED = 1, CT_OUT_OF_MEMORY = 2 };

// Element types, numbered by this interface.
enum {
    CT_FLOAT32 = 0,
    CT_FLOAT64 = 1,
    CT_FLOAT16 = 2,
    CT_BFLOAT16 = 3,
    CT_FLOAT8_E4M3 = 4,
    CT_FLOAT8_E5M2 = 5,
    CT_INT8 = 6,
    CT_UINT8 = 7,
    CT_INT16 = 8,
    CT_INT32 = 9,
    CT_INT64 = 10,
    CT_BOOL = 11
};

// A device: -1 is the processor, n >= 0 the CUDA device n.
enum { CT_CPU = -1 };

// MARK: errors and handles (error.cpp)

// The text of the calling thread's last failure; valid until its next call.
const char *ct_last_error(void);
// Replaces that text: for callbacks that fail.
void ct_set_last_error(const char *text);
// Tensor and generator handles that were handed out and not freed yet.
int64_t ct_live_handle_count(void);
// libtorch's own name for one of the element types above ("BFloat16"), or "" for an unknown number.
const char *ct_dtype_name(int dtype);

// MARK: tensors (tensor.cpp)

void ct_free(ct_tensor tensor);
// Another handle on the same tensor.
int ct_retain(ct_tensor x, ct_tensor *out);
int ct_rank(ct_tensor x, int64_t *out);
// Writes `rank` sizes.
int ct_shape(ct_tensor x, int64_t *sizes);
int ct_count(ct_tensor x, int64_t *out);
int ct_dtype(ct_tensor x, int *out);
int ct_device(ct_tensor x, int *out);
int ct_is_contiguous(ct_tensor x, bool *out);
// The address of the first element.
int ct_data(ct_tensor x, void **out);

int ct_empty(const int64_t *shape, size_t rank, int dtype, int device, ct_tensor *out);
int ct_full(const int64_t *shape, size_t rank, double value, int dtype, int device, ct_tensor *out);
int ct_arange(double start, double end, double step, int dtype, int device, ct_tensor *out);
int ct_linspace(double start, double end, int64_t count, int dtype, int device, ct_tensor *out);
// A copy of `byte_count` bytes of contiguous elements.
int ct_from_bytes(const void *bytes, size_t byte_count, const int64_t *shape, size_t rank, int dtype, ct_tensor *out);
// A tensor over memory of the caller. `release(context)` is called once: when the last tensor over it dies, or on failure.
int ct_borrow(const void *bytes, const int64_t *shape, size_t rank, int dtype, void *context, void (*release)(void *), ct_tensor *out);
// Writes the elements, contiguous, into memory of the processor; `byte_count` must match.
int ct_read_bytes(ct_tensor x, void *bytes, size_t byte_count);
int ct_item(ct_tensor x, double *out);
int ct_item_int(ct_tensor x, int64_t *out);
int ct_to_dtype(ct_tensor x, int dtype, ct_tensor *out);
// The same bytes read as another type; the last dimension grows or shrinks with the element's size.
int ct_view_dtype(ct_tensor x, int dtype, ct_tensor *out);
int ct_to_device(ct_tensor x, int device, ct_tensor *out);
int ct_clone(ct_tensor x, ct_tensor *out);
// Writes `source`, converted and broadcast, into `x`.
int ct_copy_in_place(ct_tensor x, ct_tensor source);

// MARK: arithmetic (ops_math.cpp)

int ct_add(ct_tensor a, ct_tensor b, ct_tensor *out);
int ct_sub(ct_tensor a, ct_tensor b, ct_tensor *out);
int ct_mul(ct_tensor a, ct_tensor b, ct_tensor *out);
int ct_div(ct_tensor a, ct_tensor b, ct_tensor *out);
int ct_add_scalar(ct_tensor a, double b, ct_tensor *out);
int ct_sub_scalar(ct_tensor a, double b, ct_tensor *out);
int ct_scalar_sub(double a, ct_tensor b, ct_tensor *out);
int ct_mul_scalar(ct_tensor a, double b, ct_tensor *out);
int ct_div_scalar(ct_tensor a, double b, ct_tensor *out);
int ct_scalar_div(double a, ct_tensor b, ct_tensor *out);
int ct_pow(ct_tensor a, ct_tensor exponent, ct_tensor *out);
int ct_pow_scalar(ct_tensor a, double exponent, ct_tensor *out);
int ct_remainder_scalar(ct_tensor a, double divisor, ct_tensor *out);
int ct_maximum(ct_tensor a, ct_tensor b, ct_tensor *out);
int ct_minimum(ct_tensor a, ct_tensor b, ct_tensor *out);
// Either bound may be NaN: no bound on that side.
int ct_clamp(ct_tensor x, double low, double high, ct_tensor *out);
int ct_lerp(ct_tensor a, ct_tensor b, double weight, ct_tensor *out);

int ct_neg(ct_tensor x, ct_tensor *out);
int ct_exp(ct_tensor x, ct_tensor *out);
int ct_log(ct_tensor x, ct_tensor *out);
int ct_sqrt(ct_tensor x, ct_tensor *out);
int ct_rsqrt(ct_tensor x, ct_tensor *out);
int ct_sin(ct_tensor x, ct_tensor *out);
int ct_cos(ct_tensor x, ct_tensor *out);
int ct_tanh(ct_tensor x, ct_tensor *out);
int ct_sigmoid(ct_tensor x, ct_tensor *out);
int ct_abs(ct_tensor x, ct_tensor *out);
int ct_square(ct_tensor x, ct_tensor *out);
int ct_floor(ct_tensor x, ct_tensor *out);
int ct_ceil(ct_tensor x, ct_tensor *out);
int ct_round(ct_tensor x, ct_tensor *out);
int ct_erf(ct_tensor x, ct_tensor *out);
int ct_is_finite(ct_tensor x, ct_tensor *out);

int ct_eq(ct_tensor a, ct_tensor b, ct_tensor *out);
int ct_ne(ct_tensor a, ct_tensor b, ct_tensor *out);
int ct_lt(ct_tensor a, ct_tensor b, ct_tensor *out);
int ct_le(ct_tensor a, ct_tensor b, ct_tensor *out);
int ct_gt(ct_tensor a, ct_tensor b, ct_tensor *out);
int ct_ge(ct_tensor a, ct_tensor b, ct_tensor *out);
int ct_eq_scalar(ct_tensor a, double b, ct_tensor *out);
int ct_ne_scalar(ct_tensor a, double b, ct_tensor *out);
int ct_lt_scalar(ct_tensor a, double b, ct_tensor *out);
int ct_le_scalar(ct_tensor a, double b, ct_tensor *out);
int ct_gt_scalar(ct_tensor a, double b, ct_tensor *out);
int ct_ge_scalar(ct_tensor a, double b, ct_tensor *out);
int ct_logical_not(ct_tensor x, ct_tensor *out);
int ct_logical_and(ct_tensor a, ct_tensor b, ct_tensor *out);
int ct_logical_or(ct_tensor a, ct_tensor b, ct_tensor *out);

int ct_add_in_place(ct_tensor x, ct_tensor other, double factor);
int ct_mul_in_place(ct_tensor x, ct_tensor other);
int ct_fill_in_place(ct_tensor x, double value);

// MARK: reductions (ops_reduce.cpp). No dimensions (`count` 0) means all of them.

int ct_sum(ct_tensor x, const int64_t *dims, size_t count, bool keep, ct_tensor *out);
int ct_mean(ct_tensor x, const int64_t *dims, size_t count, bool keep, ct_tensor *out);
int ct_amax(ct_tensor x, const int64_t *dims, size_t count, bool keep, ct_tensor *out);
int ct_amin(ct_tensor x, const int64_t *dims, size_t count, bool keep, ct_tensor *out);
// `correction` 0 divides by n, 1 by n - 1.
int ct_variance(ct_tensor x, const int64_t *dims, size_t count, double correction, bool keep, ct_tensor *out);
int ct_norm(ct_tensor x, double order, const int64_t *dims, size_t count, bool keep, ct_tensor *out);
int ct_argmax(ct_tensor x, int64_t dim, bool keep, ct_tensor *out);
int ct_argmax_all(ct_tensor x, ct_tensor *out);
int ct_cumsum(ct_tensor x, int64_t dim, ct_tensor *out);
int ct_all(ct_tensor x, ct_tensor *out);
int ct_any(ct_tensor x, ct_tensor *out);
int ct_topk(ct_tensor x, int64_t k, int64_t dim, ct_tensor *values, ct_tensor *indices);
int ct_sort(ct_tensor x, int64_t dim, bool descending, ct_tensor *values, ct_tensor *indices);

// MARK: shapes (ops_shape.cpp)

int ct_reshape(ct_tensor x, const int64_t *shape, size_t rank, ct_tensor *out);
int ct_transpose(ct_tensor x, int64_t a, int64_t b, ct_tensor *out);
int ct_permute(ct_tensor x, const int64_t *dims, size_t count, ct_tensor *out);
int ct_unsqueeze(ct_tensor x, int64_t dim, ct_tensor *out);
int ct_squeeze(ct_tensor x, int64_t dim, ct_tensor *out);
int ct_expand(ct_tensor x, const int64_t *shape, size_t rank, ct_tensor *out);
int ct_contiguous(ct_tensor x, ct_tensor *out);
// [B, C, H, W] with the channels of a pixel side by side in memory.
int ct_channels_last(ct_tensor x, ct_tensor *out);
int ct_flatten(ct_tensor x, int64_t from, int64_t to, ct_tensor *out);
// Writes `parts` tensors; the dimension must hold at least that many elements.
int ct_chunk(ct_tensor x, int64_t parts, int64_t dim, ct_tensor *out);
int ct_split(ct_tensor x, const int64_t *sizes, size_t count, int64_t dim, ct_tensor *out);
int ct_narrow(ct_tensor x, int64_t dim, int64_t start, int64_t length, ct_tensor *out);
int ct_slice(ct_tensor x, int64_t dim, int64_t start, int64_t end, int64_t step, ct_tensor *out);
int ct_select(ct_tensor x, int64_t dim, int64_t index, ct_tensor *out);
int ct_concatenate(const ct_tensor *tensors, size_t count, int64_t dim, ct_tensor *out);
int ct_stack(const ct_tensor *tensors, size_t count, int64_t dim, ct_tensor *out);
// `amounts` are pairs (before, after), last dimension first.
int ct_pad(ct_tensor x, const int64_t *amounts, size_t count, double value, ct_tensor *out);
int ct_flip(ct_tensor x, const int64_t *dims, size_t count, ct_tensor *out);
int ct_repeat(ct_tensor x, const int64_t *times, size_t count, ct_tensor *out);
int ct_repeat_interleave(ct_tensor x, int64_t times, int64_t dim, ct_tensor *out);

// MARK: indexing (ops_index.cpp)

int ct_index_select(ct_tensor x, int64_t dim, ct_tensor indices, ct_tensor *out);
int ct_gather(ct_tensor x, int64_t dim, ct_tensor indices, ct_tensor *out);
int ct_masked_fill(ct_tensor x, ct_tensor mask, double value, ct_tensor *out);
int ct_where(ct_tensor condition, ct_tensor a, ct_tensor b, ct_tensor *out);
int ct_tril(ct_tensor x, int64_t diagonal, ct_tensor *out);
int ct_triu(ct_tensor x, int64_t diagonal, ct_tensor *out);

// MARK: neural networks (ops_nn.cpp). `weight` and `bias` may be null unless noted.

int ct_matmul(ct_tensor a, ct_tensor b, ct_tensor *out);
int ct_linear(ct_tensor x, ct_tensor weight /* not null */, ct_tensor bias, ct_tensor *out);
int ct_silu(ct_tensor x, ct_tensor *out);
int ct_gelu(ct_tensor x, bool tanh_approximation, ct_tensor *out);
int ct_relu(ct_tensor x, ct_tensor *out);
int ct_softmax(ct_tensor x, int64_t dim, int dtype /* -1: as x */, ct_tensor *out);
int ct_log_softmax(ct_tensor x, int64_t dim, int dtype /* -1: as x */, ct_tensor *out);
// Normalizes over the last `rank` dimensions, whose sizes are `shape`.
int ct_layer_norm(ct_tensor x, const int64_t *shape, size_t rank, ct_tensor weight, ct_tensor bias, double eps, ct_tensor *out);
int ct_rms_norm(ct_tensor x, const int64_t *shape, size_t rank, ct_tensor weight, double eps, ct_tensor *out);
int ct_group_norm(ct_tensor x, int64_t groups, ct_tensor weight, ct_tensor bias, double eps, ct_tensor *out);
int ct_conv2d(ct_tensor x, ct_tensor weight /* not null */, ct_tensor bias, int64_t stride, int64_t padding, int64_t dilation, int64_t groups, ct_tensor *out);
int ct_upsample_nearest2d(ct_tensor x, int64_t height, int64_t width, ct_tensor *out);
int ct_upsample_bilinear2d(ct_tensor x, int64_t height, int64_t width, bool align_corners, ct_tensor *out);
int ct_upsample_bicubic2d(ct_tensor x, int64_t height, int64_t width, bool align_corners, ct_tensor *out);
int ct_avg_pool2d(ct_tensor x, int64_t kernel, int64_t stride, int64_t padding, ct_tensor *out);
int ct_max_pool2d(ct_tensor x, int64_t kernel, int64_t stride, int64_t padding, ct_tensor *out);
int ct_embedding(ct_tensor table, ct_tensor indices, ct_tensor *out);
// `scale` NaN: one over the root of the head size. `mask` may be null, bool (true: attend) or added to the scores.
int ct_attention_sdpa(ct_tensor q, ct_tensor k, ct_tensor v, ct_tensor mask, bool causal, double scale, ct_tensor *out);

// MARK: random numbers (random.cpp)

int ct_generator_new(uint64_t seed, int device, ct_generator *out);
void ct_generator_free(ct_generator generator);
int ct_generator_seed(ct_generator generator, uint64_t seed);
// The state as a byte tensor, as PyTorch's `Generator.get_state` gives it.
int ct_generator_state(ct_generator generator, ct_tensor *out);
int ct_generator_set_state(ct_generator generator, ct_tensor state);
int ct_randn(const int64_t *shape, size_t rank, ct_generator generator, int dtype, ct_tensor *out);
int ct_rand(const int64_t *shape, size_t rank, ct_generator generator, int dtype, ct_tensor *out);
int ct_randint(int64_t low, int64_t high, const int64_t *shape, size_t rank, ct_generator generator, ct_tensor *out);
int ct_randperm(int64_t count, ct_generator generator, ct_tensor *out);
int ct_multinomial(ct_tensor probabilities, int64_t count, bool replacement, ct_generator generator, ct_tensor *out);

// MARK: devices and threads (device.cpp)

// libtorch's version, "2.11.0".
const char *ct_version(void);
// The vector instructions libtorch chose, "AVX512".
const char *ct_cpu_capability(void);
int ct_thread_count(void);
int ct_set_thread_count(int count);
// The path of the libtorch_cpu that this process runs on, or "".
const char *ct_library_path(void);
// Loads one shared library with everything it needs; its CUDA kernels register themselves.
int ct_load_library(const char *path);
bool ct_cuda_is_loaded(void);
int ct_cuda_device_count(int *out);
// Waits until the device has finished what was asked of it. Does nothing on the processor.
int ct_synchronize(int device);
// Gradient recording of the calling thread. Returns the mode before.
bool ct_set_gradients_enabled(bool enabled);
bool ct_gradients_enabled(void);

#ifdef __cplusplus
}
#endif

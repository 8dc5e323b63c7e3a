// Row-wise operations between the multiplications of a transformer block: each reads its input once and writes its result once.
#include "kernels.h"

#if defined(__x86_64__)
#include <algorithm>
#include <cmath>

#include "avx512.h"
#include "workspace.h"

namespace {
// Rows one thread takes at a time.
constexpr int64_t unit_rows = 16;

// Calls `body(first, last)` on all threads for ranges of rows.
template <typename Body>
void for_rows(int64_t rows, const Body &body) {
    parallel_units((rows + unit_rows - 1) / unit_rows, [&](UnitSource &units) {
        for (int64_t unit; units.next(unit);) body(unit * unit_rows, std::min(rows, (unit + 1) * unit_rows));
    });
}
}  // namespace

BEGIN_AVX512
namespace {
using namespace avx512;

// Mean, and 1 / sqrt(variance + epsilon), of one row.
void moments(const bfloat16 *x, int64_t width, float epsilon, float &mean, float &inverse_deviation) {
    __m512 sum = _mm512_setzero_ps(), squares = _mm512_setzero_ps();
    for (int64_t c = 0; c < width; c += 16) sum = _mm512_add_ps(sum, load(x + c, first(width - c)));
    mean = _mm512_reduce_add_ps(sum) / width;
    for (int64_t c = 0; c < width; c += 16) {
        __m512 d = _mm512_maskz_sub_ps(first(width - c), load(x + c, first(width - c)), _mm512_set1_ps(mean));
        squares = _mm512_fmadd_ps(d, d, squares);
    }
    inverse_deviation = 1 / std::sqrt(_mm512_reduce_add_ps(squares) / width + epsilon);
}

void modulated_norm_row(const RowArguments &a, int64_t row) {
    const bfloat16 *x = a.x + row * a.x_stride, *scale = a.first + row / a.rows_per_vector * a.vector_stride;
    const bfloat16 *shift = a.second + row / a.rows_per_vector * a.vector_stride;
    float mean, inverse_deviation;
    moments(x, a.width, a.epsilon, mean, inverse_deviation);
    for (int64_t c = 0; c < a.width; c += 16) {
        __mmask16 mask = first(a.width - c);
        __m512 norm = _mm512_mul_ps(_mm512_sub_ps(load(x + c, mask), _mm512_set1_ps(mean)), _mm512_set1_ps(inverse_deviation));
        __m512 factor = rounded(_mm512_add_ps(_mm512_set1_ps(1), load(scale + c, mask)));
        __m512 scaled = rounded(_mm512_mul_ps(factor, rounded(norm)));
        store(a.out + row * a.width + c, _mm512_add_ps(scaled, load(shift + c, mask)), mask);
    }
}

void gated_residual_row(const RowArguments &a, int64_t row) {
    const bfloat16 *x = a.x + row * a.x_stride, *y = a.y + row * a.y_stride;
    const bfloat16 *gate = a.first + row / a.rows_per_vector * a.vector_stride;
    for (int64_t c = 0; c < a.width; c += 16) {
        __mmask16 mask = first(a.width - c);
        __m512 gated = rounded(_mm512_mul_ps(load(gate + c, mask), load(y + c, mask)));
        store(a.out + row * a.width + c, _mm512_add_ps(load(x + c, mask), gated), mask);
    }
}

// The next `count / 2` values (at most 8), each twice in a row.
inline __m512 paired(const float *from, int64_t count) {
    const __m512i twice = _mm512_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
    __mmask8 present = first(std::min<int64_t>(count, 16) / 2);
    return _mm512_permutexvar_ps(twice, _mm512_castps256_ps512(_mm256_maskz_loadu_ps(present, from)));
}

// RMS norm of one head of one token, scaled, rounded, and rotated by (cos, sin): (x0 c - x1 s, x0 s + x1 c).
void norm_rotate(
    const bfloat16 *x, const bfloat16 *scale, const float *cos, const float *sin, int64_t dimension, float epsilon,
    bfloat16 *out) {
    __m512 squares = _mm512_setzero_ps();
    for (int64_t c = 0; c < dimension; c += 16) {
        __m512 v = load(x + c, first(dimension - c));
        squares = _mm512_fmadd_ps(v, v, squares);
    }
    __m512 inverse = _mm512_set1_ps(1 / std::sqrt(_mm512_reduce_add_ps(squares) / dimension + epsilon));
    for (int64_t c = 0; c < dimension; c += 16) {
        __mmask16 mask = first(dimension - c);
        __m512 v = rounded(_mm512_mul_ps(_mm512_mul_ps(load(x + c, mask), inverse), load(scale + c, mask)));
        __m512 other = _mm512_permute_ps(v, 0b10'11'00'01);  // the pair's other element
        __m512 straight = _mm512_mul_ps(v, paired(cos + c / 2, dimension - c));
        __m512 cross = _mm512_mul_ps(other, paired(sin + c / 2, dimension - c));
        __m512 rotated = _mm512_mask_sub_ps(_mm512_add_ps(straight, cross), 0x5555, straight, cross);
        store(out + c, rotated, mask);
    }
}

// Tokens `from ..< to` of one batch element of a stream; `offset` is the stream's place among all tokens.
void norm_rotate_tokens(
    const RotaryArguments &a, const RotaryStream &s, int64_t batch, int64_t offset, int64_t from, int64_t to) {
    int64_t d = a.dimension, width = a.heads * d;
    for (int64_t head = 0; head < a.heads; head++)
        for (int64_t token = from; token < to; token++) {
            const bfloat16 *row = s.qkv + batch * s.batch_stride + token * s.row_stride + head * d;
            int64_t position = offset + token, at = ((batch * a.heads + head) * a.tokens + position) * d;
            const float *cos = a.cos + position * (d / 2), *sin = a.sin + position * (d / 2);
            norm_rotate(row, s.q_scale, cos, sin, d, a.epsilon, a.q + at);
            norm_rotate(row + width, s.k_scale, cos, sin, d, a.epsilon, a.k + at);
            if (a.v) memcpy(a.v + at, row + 2 * width, d * sizeof(bfloat16));
        }
}

}  // namespace
END_AVX512

void modulated_layer_norm_kernel(const RowArguments &a) {
    for_rows(a.rows, [&](int64_t from, int64_t to) {
        for (int64_t row = from; row < to; row++) modulated_norm_row(a, row);
    });
}

void gated_residual_kernel(const RowArguments &a) {
    for_rows(a.rows, [&](int64_t from, int64_t to) {
        for (int64_t row = from; row < to; row++) gated_residual_row(a, row);
    });
}

void qk_norm_rotary_kernel(const RotaryArguments &a) {
    for (int64_t batch = 0; batch < a.batch; batch++) {
        int64_t offset = 0;
        for (const RotaryStream *s = a.streams; s < a.streams + a.stream_count; offset += s++->tokens)
            for_rows(s->tokens, [&](int64_t from, int64_t to) { norm_rotate_tokens(a, *s, batch, offset, from, to); });
    }
}
#endif

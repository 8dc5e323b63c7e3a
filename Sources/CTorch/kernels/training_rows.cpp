// Gradients of the row-wise operations: each row is read once, sums over the rows of a batch element stay in float32.
#include "training_kernels.h"

#if defined(__x86_64__)
#include <algorithm>
#include <cmath>
#include <vector>

#include "avx512.h"
#include "workspace.h"

BEGIN_AVX512
namespace {
using namespace avx512;

void statistics(const bfloat16 *x, int64_t width, float epsilon, float &mean, float &inverse) {
    __m512 sum = _mm512_setzero_ps(), squares = _mm512_setzero_ps();
    for (int64_t c = 0; c < width; c += 16) sum = _mm512_add_ps(sum, load(x + c, first(width - c)));
    mean = _mm512_reduce_add_ps(sum) / width;
    for (int64_t c = 0; c < width; c += 16) {
        __m512 d = _mm512_maskz_sub_ps(first(width - c), load(x + c, first(width - c)), _mm512_set1_ps(mean));
        squares = _mm512_fmadd_ps(d, d, squares);
    }
    inverse = 1 / std::sqrt(_mm512_reduce_add_ps(squares) / width + epsilon);
}

// One row: y = (1 + scale) n + shift with n = (x - mean) · inverse. Adds to the sums of shift and scale.
void norm_row(const NormGradientArguments &a, int64_t row, const bfloat16 *scale, float *shift_sum, float *scale_sum) {
    const bfloat16 *x = a.x + row * a.x_stride, *g = a.gradient + row * a.gradient_stride;
    float mean, inverse;
    statistics(x, a.width, a.epsilon, mean, inverse);
    __m512 one = _mm512_set1_ps(1), m = _mm512_set1_ps(mean), r = _mm512_set1_ps(inverse);
    __m512 sum = _mm512_setzero_ps(), dot = _mm512_setzero_ps();
    for (int64_t c = 0; c < a.width; c += 16) {
        __mmask16 mask = first(a.width - c);
        __m512 dy = load(g + c, mask), n = _mm512_maskz_mul_ps(mask, _mm512_sub_ps(load(x + c, mask), m), r);
        _mm512_mask_storeu_ps(shift_sum + c, mask, _mm512_add_ps(_mm512_maskz_loadu_ps(mask, shift_sum + c), dy));
        _mm512_mask_storeu_ps(scale_sum + c, mask, _mm512_fmadd_ps(dy, n, _mm512_maskz_loadu_ps(mask, scale_sum + c)));
        __m512 dn = _mm512_mul_ps(dy, _mm512_add_ps(one, load(scale + c, mask)));
        sum = _mm512_add_ps(sum, dn);
        dot = _mm512_fmadd_ps(dn, n, dot);
    }
    __m512 average = _mm512_set1_ps(_mm512_reduce_add_ps(sum) / a.width);
    __m512 along = _mm512_set1_ps(_mm512_reduce_add_ps(dot) / a.width);
    for (int64_t c = 0; c < a.width; c += 16) {
        __mmask16 mask = first(a.width - c);
        __m512 n = _mm512_mul_ps(_mm512_sub_ps(load(x + c, mask), m), r);
        __m512 dn = _mm512_mul_ps(load(g + c, mask), _mm512_add_ps(one, load(scale + c, mask)));
        __m512 dx = _mm512_mul_ps(r, _mm512_sub_ps(_mm512_sub_ps(dn, average), _mm512_mul_ps(n, along)));
        store(a.x_gradient + row * a.width + c, dx, mask);
    }
}

void store_sums(const float *sums, int64_t width, bfloat16 *to) {
    for (int64_t c = 0; c < width; c += 16) {
        __mmask16 mask = first(width - c);
        store(to + c, _mm512_maskz_loadu_ps(mask, sums + c), mask);
    }
}

void gate_row(const GateGradientArguments &a, int64_t row, const bfloat16 *gate, float *gate_sum) {
    const bfloat16 *y = a.y + row * a.y_stride, *g = a.gradient + row * a.gradient_stride;
    for (int64_t c = 0; c < a.width; c += 16) {
        __mmask16 mask = first(a.width - c);
        __m512 dx = load(g + c, mask);
        store(a.y_gradient + row * a.width + c, _mm512_mul_ps(dx, load(gate + c, mask)), mask);
        __m512 sum = _mm512_fmadd_ps(dx, load(y + c, mask), _mm512_maskz_loadu_ps(mask, gate_sum + c));
        _mm512_mask_storeu_ps(gate_sum + c, mask, sum);
    }
}

inline __m512 paired(const float *from, int64_t count) {
    const __m512i twice = _mm512_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
    __mmask8 present = first(std::min<int64_t>(count, 16) / 2);
    return _mm512_permutexvar_ps(twice, _mm512_castps256_ps512(_mm256_maskz_loadu_ps(present, from)));
}

// Gradient of one head of one token: back through the rotation, the scale and the norm. `turned` holds `dimension` floats in
// whole vectors: the gradient of the norm before it is scaled.
void norm_rotate_gradient(
    const bfloat16 *x, const bfloat16 *g, const bfloat16 *scale, const float *cos, const float *sin, int64_t dimension,
    float epsilon, bfloat16 *out, float *scale_sum, float *turned) {
    __m512 squares = _mm512_setzero_ps();
    for (int64_t c = 0; c < dimension; c += 16) {
        __m512 v = load(x + c, first(dimension - c));
        squares = _mm512_fmadd_ps(v, v, squares);
    }
    const float inverse = 1 / std::sqrt(_mm512_reduce_add_ps(squares) / dimension + epsilon);
    __m512 r = _mm512_set1_ps(inverse), dot = _mm512_setzero_ps();
    for (int64_t c = 0; c < dimension; c += 16) {
        __mmask16 mask = first(dimension - c);
        // The inverse rotation: (g0 c + g1 s, -g0 s + g1 c).
        __m512 v = load(g + c, mask), other = _mm512_permute_ps(v, 0b10'11'00'01);
        __m512 straight = _mm512_mul_ps(v, paired(cos + c / 2, dimension - c));
        __m512 cross = _mm512_mul_ps(other, paired(sin + c / 2, dimension - c));
        __m512 back = _mm512_mask_add_ps(_mm512_sub_ps(straight, cross), 0x5555, straight, cross);
        __m512 n = _mm512_mul_ps(load(x + c, mask), r);
        _mm512_mask_storeu_ps(scale_sum + c, mask, _mm512_fmadd_ps(back, n, _mm512_maskz_loadu_ps(mask, scale_sum + c)));
        __m512 dn = _mm512_maskz_mul_ps(mask, back, load(scale + c, mask));
        _mm512_store_ps(turned + c, dn);
        dot = _mm512_fmadd_ps(dn, n, dot);
    }
    __m512 along = _mm512_set1_ps(_mm512_reduce_add_ps(dot) / dimension);
    for (int64_t c = 0; c < dimension; c += 16) {
        __mmask16 mask = first(dimension - c);
        __m512 n = _mm512_mul_ps(load(x + c, mask), r);
        store(out + c, _mm512_mul_ps(r, _mm512_sub_ps(_mm512_load_ps(turned + c), _mm512_mul_ps(n, along))), mask);
    }
}

void rotary_tokens(const RotaryGradientArguments &a, int64_t batch, float *q_scale, float *k_scale, float *turned) {
    const RotaryStream &s = a.stream;
    const int64_t d = a.dimension, width = a.heads * d;
    for (int64_t token = 0; token < s.tokens; token++) {
        const bfloat16 *row = s.qkv + batch * s.batch_stride + token * s.row_stride;
        bfloat16 *out = a.out + (batch * s.tokens + token) * 3 * width;
        const int64_t position = a.offset + token;
        const float *cos = a.cos + position * (d / 2), *sin = a.sin + position * (d / 2);
        for (int64_t head = 0; head < a.heads; head++, row += d, out += d) {
            auto at = [&](const HeadStrides &by) { return batch * by.batch + head * by.head + position * by.token; };
            const bfloat16 *q = a.q + at(a.q_strides), *k = a.k + at(a.k_strides);
            norm_rotate_gradient(row, q, s.q_scale, cos, sin, d, a.epsilon, out, q_scale, turned);
            norm_rotate_gradient(row + width, k, s.k_scale, cos, sin, d, a.epsilon, out + width, k_scale, turned);
            memcpy(out + 2 * width, a.v + at(a.v_strides), d * sizeof(bfloat16));
        }
    }
}

}  // namespace
END_AVX512

void modulated_layer_norm_gradient_kernel(const NormGradientArguments &a) {
    parallel_units(a.vectors, [&](UnitSource &units) {
        Scratch<float> shift(a.width), scale(a.width);
        for (int64_t v; units.next(v);) {
            std::fill_n(shift.data(), a.width, 0.0f);
            std::fill_n(scale.data(), a.width, 0.0f);
            for (int64_t row = v * a.rows_per_vector; row < (v + 1) * a.rows_per_vector; row++)
                norm_row(a, row, a.scale + v * a.scale_stride, shift.data(), scale.data());
            store_sums(shift.data(), a.width, a.shift_gradient + v * a.width);
            store_sums(scale.data(), a.width, a.scale_gradient + v * a.width);
        }
    });
}

void gated_residual_gradient_kernel(const GateGradientArguments &a) {
    parallel_units(a.vectors, [&](UnitSource &units) {
        Scratch<float> sum(a.width);
        for (int64_t v; units.next(v);) {
            std::fill_n(sum.data(), a.width, 0.0f);
            for (int64_t row = v * a.rows_per_vector; row < (v + 1) * a.rows_per_vector; row++)
                gate_row(a, row, a.gate + v * a.gate_stride, sum.data());
            store_sums(sum.data(), a.width, a.gate_gradient + v * a.width);
        }
    });
}

void qk_norm_rotary_gradient_kernel(const RotaryGradientArguments &a) {
    // One sum per batch element, added in order, so that the result does not depend on the threads.
    std::vector<float> sums(2 * a.batch * a.dimension);
    parallel_units(a.batch, [&](UnitSource &units) {
        Scratch<float> turned((a.dimension + 15) / 16 * 16);
        for (int64_t b; units.next(b);) {
            float *q_sum = sums.data() + 2 * b * a.dimension;
            rotary_tokens(a, b, q_sum, q_sum + a.dimension, turned.data());
        }
    });
    for (int64_t b = 0; b < a.batch; b++)
        for (int64_t c = 0; c < a.dimension; c++) {
            a.q_scale[c] += sums[2 * b * a.dimension + c];
            a.k_scale[c] += sums[(2 * b + 1) * a.dimension + c];
        }
}
#endif

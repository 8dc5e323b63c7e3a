// Building blocks of the bfloat16 kernels: conversions, exponential, packing, and the one register tile they all share.
//
// Every function here is compiled for AVX512-BF16 by attribute, not by compiler flag, so the library runs anywhere; call
// them only after `has_avx512_bfloat16()`.
#pragma once

#include <cstdint>
#include <cstring>

using bfloat16 = uint16_t;


#if defined(__x86_64__)
#include <immintrin.h>

#define BEGIN_AVX512                                                                                     \
    _Pragma("clang attribute push(__attribute__((target(\"avx512f,avx512bw,avx512vl,avx512dq,avx512bf16\"))), \
            apply_to = function)")
#define END_AVX512 _Pragma("clang attribute pop")

BEGIN_AVX512
namespace avx512 {

// Mask of the first `count` of 16 lanes.
inline __mmask16 first(int64_t count) { return count >= 16 ? 0xffff : count <= 0 ? 0 : (1u << count) - 1; }

// 16 bfloat16 values, widened.
inline __m512 load(const bfloat16 *from) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)from)), 16));
}

// The masked values, widened; zero elsewhere.
inline __m512 load(const bfloat16 *from, __mmask16 mask) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, from)), 16));
}

inline void store(bfloat16 *to, __m512 x) { _mm256_storeu_si256((__m256i *)to, (__m256i)_mm512_cvtneps_pbh(x)); }
inline void store(bfloat16 *to, __m512 x, __mmask16 mask) {
    _mm256_mask_storeu_epi16(to, mask, (__m256i)_mm512_cvtneps_pbh(x));
}

// The nearest bfloat16 value, as float: the rounding that a composition of bfloat16 operations makes between two of them.
inline __m512 rounded(__m512 x) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(x)), 16));
}

// 2^x for finite x, relative error below 3e-6; zero where the result is below the range of float.
inline __m512 exp2(__m512 x) {
    __m512 whole = _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    __m512 f = _mm512_sub_ps(x, whole);
    __m512 p = _mm512_set1_ps(0.0095700967f);
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(0.05591786f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(0.24024745f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(0.69312181f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(0.99999926f));
    return _mm512_scalef_ps(p, whole);
}

// GELU in its tanh form: x · sigmoid(2 u), u = sqrt(2 / pi) · (x + 0.044715 x³).
inline __m512 gelu_tanh(__m512 x) {
    const float two_log2e = 2 * 1.4426950408889634f * 0.7978845608028654f;
    __m512 cubic = _mm512_fmadd_ps(_mm512_mul_ps(x, x), _mm512_set1_ps(-two_log2e * 0.044715f), _mm512_set1_ps(-two_log2e));
    __m512 e = exp2(_mm512_max_ps(_mm512_min_ps(_mm512_mul_ps(cubic, x), _mm512_set1_ps(130)), _mm512_set1_ps(-150)));
    return _mm512_div_ps(x, _mm512_add_ps(_mm512_set1_ps(1), e));
}

// Transposes a 16 × 16 matrix of 32-bit elements in registers.
inline void transpose(__m512i (&r)[16]) {
    __m512i t[16];
#pragma unroll
    for (int i = 0; i < 8; i++) {
        t[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
        r[4 * i] = _mm512_unpacklo_epi64(t[4 * i], t[4 * i + 2]);
        r[4 * i + 1] = _mm512_unpackhi_epi64(t[4 * i], t[4 * i + 2]);
        r[4 * i + 2] = _mm512_unpacklo_epi64(t[4 * i + 1], t[4 * i + 3]);
        r[4 * i + 3] = _mm512_unpackhi_epi64(t[4 * i + 1], t[4 * i + 3]);
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xdd);
        t[i + 8] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xdd);
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
        r[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
        r[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd);
        r[i + 4] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0x88);
        r[i + 12] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0xdd);
    }
}

// Rows and columns of the tile of results held in registers: 6 × 64 keeps 24 accumulators, four vectors of the packed
// operand and one broadcast busy, and reaches 99 % of the peak of the multiply-add units on Zen 5.
constexpr int64_t tile_rows = 6, tile_columns = 64, tile_vectors = tile_columns / 16;
using Tile = __m512[tile_rows][tile_vectors];

// Packs `rows` (at most 64) rows of `depth` elements as the second operand of `multiply`: pairs of neighbouring elements,
// 64 rows side by side, [ceil(depth / 2)][64][2]. Missing rows and an odd last element become zero.
inline void pack_rows(const bfloat16 *from, int64_t stride, int64_t rows, int64_t depth, bfloat16 *to) {
    for (int64_t column = 0; column < tile_columns; column += 16)
        for (int64_t k = 0; k < depth; k += 32) {
            __mmask32 mask = depth - k >= 32 ? ~0u : (1u << (depth - k)) - 1;
            __m512i r[16];
            for (int i = 0; i < 16; i++)
                r[i] = column + i < rows ? _mm512_maskz_loadu_epi16(mask, from + (column + i) * stride + k)
                                         : _mm512_setzero_si512();
            transpose(r);
            int64_t steps = depth - k >= 32 ? 16 : (depth - k + 1) / 2;
            for (int64_t i = 0; i < steps; i++)
                _mm512_store_si512(to + (k / 2 + i) * 2 * tile_columns + 2 * column, r[i]);
        }
}

// Packs `rows` rows of up to 64 columns as the second operand of `multiply`, the rows being its depth: pairs of rows,
// [ceil(rows / 2)][64][2]. Missing columns and an odd last row become zero.
inline void pack_columns(const bfloat16 *from, int64_t stride, int64_t rows, int64_t columns, bfloat16 *to) {
    alignas(64) static const uint16_t low_pairs[32] = {0, 32, 1, 33, 2, 34, 3, 35, 4, 36, 5, 37, 6, 38, 7, 39,
                                                      8, 40, 9, 41, 10, 42, 11, 43, 12, 44, 13, 45, 14, 46, 15, 47};
    __m512i low = _mm512_load_si512(low_pairs), high = _mm512_add_epi16(low, _mm512_set1_epi16(16));
    for (int64_t row = 0; row < rows; row += 2, to += 2 * tile_columns)
        for (int64_t half = 0; half < 2; half++) {
            int64_t left = columns - 32 * half;
            __mmask32 mask = left >= 32 ? ~0u : left <= 0 ? 0 : (1u << left) - 1;
            const bfloat16 *at = from + row * stride + 32 * half;
            __m512i even = _mm512_maskz_loadu_epi16(mask, at);
            __m512i odd = row + 1 < rows ? _mm512_maskz_loadu_epi16(mask, at + stride) : _mm512_setzero_si512();
            _mm512_store_si512(to + 64 * half, _mm512_permutex2var_epi16(even, low, odd));
            _mm512_store_si512(to + 64 * half + 32, _mm512_permutex2var_epi16(even, high, odd));
        }
}

// Adds the product of 6 rows of pairs (`rows`, `stride` elements apart) and a packed operand of `pairs` pairs. A tile of fewer
// vectors takes only the first columns of the panel.
template <int vectors>
__attribute__((always_inline)) inline void multiply(
    const bfloat16 *rows, int64_t stride, const bfloat16 *packed, int64_t pairs, __m512 (&tile)[tile_rows][vectors]) {
    for (int64_t k = 0; k < pairs; k++, rows += 2, packed += 2 * tile_columns) {
        __m512bh b[vectors];
#pragma unroll
        for (int j = 0; j < vectors; j++) b[j] = (__m512bh)_mm512_load_si512(packed + j * 32);
#pragma unroll
        for (int i = 0; i < tile_rows; i++) {
            int32_t pair;
            memcpy(&pair, rows + i * stride, 4);
            __m512bh a = (__m512bh)_mm512_set1_epi32(pair);
#pragma unroll
            for (int j = 0; j < vectors; j++) tile[i][j] = _mm512_dpbf16_ps(tile[i][j], a, b[j]);
        }
    }
}

}  // namespace avx512
END_AVX512
#endif

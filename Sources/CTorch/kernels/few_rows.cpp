// x · Wᵀ in bfloat16 for a few rows of x, as a language model's decoding has them: bound by reading the weight once.
//
// Rows of the weight are read in order, several beside one another, so that each vector of x that is loaded serves them all.
#include "kernels.h"

#if defined(__x86_64__)
#include <algorithm>

#include "avx512.h"
#include "workspace.h"

BEGIN_AVX512
namespace {
using namespace avx512;

// Elements of a vector.
constexpr int64_t lanes = 32;
// Rows of the weight that one unit of work covers: 256 KiB at a depth of 4096.
constexpr int64_t unit_columns = 32;
// How far ahead the weight is asked for, in elements: the hardware alone does not keep as many lines on their way.
constexpr int64_t ahead = 512;

inline __m512bh vector(const bfloat16 *from, __mmask32 mask = ~0u) { return (__m512bh)_mm512_maskz_loadu_epi16(mask, from); }

// `Rows` rows of x times `Columns` rows of the weight.
template <int Rows, int Columns>
void multiply(const LinearArguments &a, int64_t row, int64_t column) {
    __m512 sums[Rows][Columns];
#pragma unroll
    for (int i = 0; i < Rows; i++)
#pragma unroll
        for (int j = 0; j < Columns; j++) sums[i][j] = _mm512_setzero_ps();
    const bfloat16 *x = a.x + row * a.x_stride, *weight = a.weight + column * a.weight_stride;
    int64_t k = 0;
    for (; k + lanes <= a.depth; k += lanes) {
        __m512bh values[Rows];
#pragma unroll
        for (int i = 0; i < Rows; i++) values[i] = vector(x + i * a.x_stride + k);
#pragma unroll
        for (int j = 0; j < Columns; j++) {
            const bfloat16 *from = weight + j * a.weight_stride + k;
            _mm_prefetch(from + ahead, _MM_HINT_T0);
            __m512bh w = vector(from);
#pragma unroll
            for (int i = 0; i < Rows; i++) sums[i][j] = _mm512_dpbf16_ps(sums[i][j], w, values[i]);
        }
    }
    if (k < a.depth) {
        __mmask32 mask = (1u << (a.depth - k)) - 1;
#pragma unroll
        for (int j = 0; j < Columns; j++) {
            __m512bh w = vector(weight + j * a.weight_stride + k, mask);
#pragma unroll
            for (int i = 0; i < Rows; i++) sums[i][j] = _mm512_dpbf16_ps(sums[i][j], w, vector(x + i * a.x_stride + k, mask));
        }
    }
#pragma unroll
    for (int i = 0; i < Rows; i++)
#pragma unroll
        for (int j = 0; j < Columns; j++) {
            float sum = _mm512_reduce_add_ps(sums[i][j]);
            if (a.bias) sum += _mm512_cvtss_f32(load(a.bias + column + j, 1));
            store(a.out + (row + i) * a.out_stride + column + j, _mm512_set1_ps(sum), 1);
        }
}

// All columns of a unit for `Rows` rows: as many weight rows at once as leave the sums in registers.
template <int Rows>
void multiply_unit(const LinearArguments &a, int64_t row, int64_t first, int64_t end) {
    constexpr int columns = Rows <= 2 ? 8 : 4;
    int64_t column = first;
    for (; column + columns <= end; column += columns) multiply<Rows, columns>(a, row, column);
    for (; column < end; column++) multiply<Rows, 1>(a, row, column);
}

}  // namespace
END_AVX512

void few_rows_kernel(const LinearArguments &a) {
    parallel_units((a.columns + unit_columns - 1) / unit_columns, [&](UnitSource &units) {
        for (int64_t unit; units.next(unit);) {
            int64_t first = unit * unit_columns, end = std::min(first + unit_columns, a.columns);
            // The unit's weights stay in the second-level cache for further groups of rows.
            for (int64_t row = 0; row < a.rows; row += 4) {
                switch (std::min<int64_t>(a.rows - row, 4)) {
                    case 1: multiply_unit<1>(a, row, first, end); break;
                    case 2: multiply_unit<2>(a, row, first, end); break;
                    case 3: multiply_unit<3>(a, row, first, end); break;
                    default: multiply_unit<4>(a, row, first, end); break;
                }
            }
        }
    });
}
#endif

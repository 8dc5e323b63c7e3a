// Gradient of attention for short sequences: a head's probabilities are computed again and held whole.
//
// With P = softmax(scale · q kᵀ) and O = P v: dV = Pᵀ dO, dP = dO vᵀ, dS = scale · P (dP - rowsum(dP · P)), dQ = dS k,
// dK = dSᵀ q. Scores and sums are float32; P and dS are rounded to bfloat16 for the products.
#include "training_kernels.h"

#if defined(__x86_64__)
#include <algorithm>

#include "avx512.h"
#include "workspace.h"

BEGIN_AVX512
namespace {
using namespace avx512;

int64_t up(int64_t value, int64_t multiple) { return (value + multiple - 1) / multiple * multiple; }

// A matrix is transposed in squares of 16 × 16.
constexpr int64_t square = 16;

// A matrix of bfloat16 rows, padded with zeros to whole squares and to whole strips of 6 rows.
struct Matrix {
    int64_t stride;
    Scratch<bfloat16> data;

    // The last strip may reach past the last square.
    Matrix(int64_t rows, int64_t columns) : stride(up(columns, square)), data((up(rows, square) + tile_rows) * stride) {
        memset(data.data(), 0, (up(rows, square) + tile_rows) * stride * sizeof(bfloat16));
    }
    bfloat16 *row(int64_t r) { return data.data() + r * stride; }
};

// The second operand of a product, packed in panels of 64 columns.
struct Packed {
    int64_t panel_size;
    Scratch<bfloat16> data;

    Packed(int64_t depth, int64_t columns)
        : panel_size(tile_columns * up(depth, 2)), data(up(columns, tile_columns) / tile_columns * panel_size) {}
    bfloat16 *panel(int64_t column) { return data.data() + column / tile_columns * panel_size; }

    // Rows of `from` become columns: for products with a transposed matrix.
    void pack_transposed(const bfloat16 *from, int64_t stride, int64_t rows, int64_t depth) {
        for (int64_t r = 0; r < rows; r += tile_columns)
            pack_rows(from + r * stride, stride, std::min(tile_columns, rows - r), depth, panel(r));
    }
    void pack(const bfloat16 *from, int64_t stride, int64_t depth, int64_t columns) {
        for (int64_t c = 0; c < columns; c += tile_columns)
            pack_columns(from + c, stride, depth, std::min(tile_columns, columns - c), panel(c));
    }
};

// Everything one head needs.
struct Head {
    int64_t queries, keys, dimension;
    Matrix q, gradient, p, ds, p_transposed, ds_transposed;
    Packed k_columns, v_columns, k_rows, q_rows, gradient_rows;
    Scratch<float> scores, dp;  // of one strip

    Head(int64_t queries, int64_t keys, int64_t dimension)
        : queries(queries), keys(keys), dimension(dimension), q(queries, dimension), gradient(queries, dimension),
          p(queries, keys), ds(queries, keys), p_transposed(keys, queries), ds_transposed(keys, queries),
          k_columns(dimension, keys), v_columns(dimension, keys), k_rows(keys, dimension), q_rows(queries, dimension),
          gradient_rows(queries, dimension), scores(up(keys, tile_columns) * tile_rows),
          dp(up(keys, tile_columns) * tile_rows) {}
};

// Half a panel: for what is left of `dimension`, and all of it in small models.
constexpr int64_t narrow_vectors = tile_vectors / 2, narrow_columns = tile_columns / 2;

// 6 rows of `a` times the first columns of a panel, float32, into `to` ([6][width]).
template <int vectors>
void product_panel(const bfloat16 *a, int64_t stride, const bfloat16 *panel, int64_t pairs, float *to, int64_t width) {
    __m512 tile[tile_rows][vectors] = {};
    multiply(a, stride, panel, pairs, tile);
    for (int i = 0; i < tile_rows; i++)
        for (int j = 0; j < vectors; j++) _mm512_store_ps(to + i * width + 16 * j, tile[i][j]);
}

// 6 rows of `a` times all columns of `b`, float32, into `to` ([6][width], width whole panels).
void product(const bfloat16 *a, int64_t stride, Packed &b, int64_t depth, int64_t columns, float *to, int64_t width) {
    for (int64_t c = 0; c < columns; c += tile_columns) {
        auto panel = columns - c <= narrow_columns ? product_panel<narrow_vectors> : product_panel<tile_vectors>;
        panel(a, stride, b.panel(c), up(depth, 2) / 2, to + c, width);
    }
}

// 6 rows of `a` times the first columns of a panel, rounded, into the first `rows` by `columns` of rows of `stride` elements.
template <int vectors>
void multiply_out_panel(
    const bfloat16 *a, int64_t a_stride, const bfloat16 *panel, int64_t pairs, int64_t rows, int64_t columns, bfloat16 *to,
    int64_t stride) {
    __m512 tile[tile_rows][vectors] = {};
    multiply(a, a_stride, panel, pairs, tile);
    for (int64_t i = 0; i < rows; i++)
        for (int j = 0; j < vectors; j++) store(to + i * stride + 16 * j, tile[i][j], first(columns - 16 * j));
}

// All rows of `a` times `b`, rounded, into rows of `dimension` elements.
void multiply_out(Matrix &a, int64_t rows, Packed &b, int64_t depth, int64_t dimension, bfloat16 *to) {
    for (int64_t row = 0; row < rows; row += tile_rows)
        for (int64_t c = 0; c < dimension; c += tile_columns) {
            int64_t columns = dimension - c;
            auto panel = columns <= narrow_columns ? multiply_out_panel<narrow_vectors> : multiply_out_panel<tile_vectors>;
            panel(
                a.row(row), a.stride, b.panel(c), up(depth, 2) / 2, std::min(tile_rows, rows - row), columns,
                to + row * dimension + c, dimension);
        }
}

// From scores to probabilities, and from the gradient of probabilities to that of scores, for one row. Overwrites `scores`;
// both float rows hold whole vectors.
void softmax_row(float *scores, const float *dp, int64_t keys, float scale, bfloat16 *p, bfloat16 *ds) {
    const __m512 log2_scale = _mm512_set1_ps(scale * 1.4426950408889634f);
    __m512 largest = _mm512_set1_ps(-1e30f);
    for (int64_t c = 0; c < keys; c += 16)
        largest = _mm512_mask_max_ps(largest, first(keys - c), largest, _mm512_load_ps(scores + c));
    const __m512 top = _mm512_mul_ps(_mm512_set1_ps(_mm512_reduce_max_ps(largest)), log2_scale);
    __m512 sum = _mm512_setzero_ps(), dot = _mm512_setzero_ps();
    for (int64_t c = 0; c < keys; c += 16) {
        __m512 x = _mm512_max_ps(_mm512_fmsub_ps(_mm512_load_ps(scores + c), log2_scale, top), _mm512_set1_ps(-150));
        __m512 value = _mm512_maskz_mov_ps(first(keys - c), exp2(x));
        _mm512_store_ps(scores + c, value);
        sum = _mm512_add_ps(sum, value);
        dot = _mm512_fmadd_ps(value, _mm512_load_ps(dp + c), dot);
    }
    const float inverse = 1 / _mm512_reduce_add_ps(sum);
    const __m512 factor = _mm512_set1_ps(inverse), delta = _mm512_set1_ps(_mm512_reduce_add_ps(dot) * inverse);
    for (int64_t c = 0; c < keys; c += 16) {
        __mmask16 mask = first(keys - c);
        __m512 probability = _mm512_mul_ps(_mm512_load_ps(scores + c), factor);
        store(p + c, probability, mask);
        __m512 change = _mm512_mul_ps(probability, _mm512_sub_ps(_mm512_load_ps(dp + c), delta));
        store(ds + c, _mm512_mul_ps(change, _mm512_set1_ps(scale)), mask);
    }
}

// `to` = the transpose of `from`, which has `rows` and `columns`.
void transpose_matrix(Matrix &from, int64_t rows, int64_t columns, Matrix &to) {
    for (int64_t r = 0; r < rows; r += square)
        for (int64_t c = 0; c < columns; c += square) {
            __m512i x[square];
            for (int i = 0; i < square; i++)
                x[i] = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(from.row(r + i) + c)));
            transpose(x);
            for (int i = 0; i < square; i++) _mm256_storeu_si256((__m256i *)(to.row(c + i) + r), _mm512_cvtepi32_epi16(x[i]));
        }
}

void copy_rows(const bfloat16 *from, int64_t stride, int64_t rows, int64_t width, Matrix &to) {
    for (int64_t r = 0; r < rows; r++) memcpy(to.row(r), from + r * stride, width * sizeof(bfloat16));
}

void head_gradient(const AttentionGradientArguments &a, int64_t batch, int64_t head, Head &h) {
    const AttentionArguments &f = a.forward;
    auto at = [&](const bfloat16 *x, const HeadStrides &s) { return x + batch * s.batch + head * s.head; };
    const bfloat16 *q = at(f.q, f.q_strides), *k = at(f.k, f.k_strides), *v = at(f.v, f.v_strides);
    const bfloat16 *gradient = a.gradient + batch * a.gradient_batch_stride + head * f.dimension;
    copy_rows(q, f.q_strides.token, h.queries, h.dimension, h.q);
    copy_rows(gradient, a.gradient_row_stride, h.queries, h.dimension, h.gradient);
    h.k_columns.pack_transposed(k, f.k_strides.token, h.keys, h.dimension);
    h.v_columns.pack_transposed(v, f.v_strides.token, h.keys, h.dimension);
    h.k_rows.pack(k, f.k_strides.token, h.keys, h.dimension);
    h.q_rows.pack(q, f.q_strides.token, h.queries, h.dimension);
    h.gradient_rows.pack(gradient, a.gradient_row_stride, h.queries, h.dimension);
    const int64_t width = up(h.keys, tile_columns);
    for (int64_t row = 0; row < h.queries; row += tile_rows) {
        product(h.q.row(row), h.q.stride, h.k_columns, h.dimension, h.keys, h.scores.data(), width);
        product(h.gradient.row(row), h.gradient.stride, h.v_columns, h.dimension, h.keys, h.dp.data(), width);
        for (int64_t i = 0; i < std::min(tile_rows, h.queries - row); i++) {
            float *scores = h.scores.data() + i * width, *dp = h.dp.data() + i * width;
            softmax_row(scores, dp, h.keys, f.scale, h.p.row(row + i), h.ds.row(row + i));
        }
    }
    transpose_matrix(h.p, h.queries, h.keys, h.p_transposed);
    transpose_matrix(h.ds, h.queries, h.keys, h.ds_transposed);
    const int64_t index = batch * f.heads + head;
    multiply_out(h.ds, h.queries, h.k_rows, h.keys, h.dimension, a.q_gradient + index * h.queries * h.dimension);
    multiply_out(h.ds_transposed, h.keys, h.q_rows, h.queries, h.dimension, a.k_gradient + index * h.keys * h.dimension);
    multiply_out(h.p_transposed, h.keys, h.gradient_rows, h.queries, h.dimension, a.v_gradient + index * h.keys * h.dimension);
}

}  // namespace
END_AVX512

void attention_gradient_kernel(const AttentionGradientArguments &a) {
    const AttentionArguments &f = a.forward;
    parallel_units(f.batch * f.heads, [&](UnitSource &units) {
        Head head(f.queries, f.keys, f.dimension);
        for (int64_t unit; units.next(unit);) head_gradient(a, unit / f.heads, unit % f.heads, head);
    });
}
#endif

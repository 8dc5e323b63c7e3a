// softmax(scale · q kᵀ) v without the matrix of scores: an online softmax over blocks of keys (FlashAttention, algorithm 1).
//
// Each thread takes one head at a time, packs its keys and values once, and passes blocks of queries over them. Scores and
// sums are float32; the probabilities are rounded to bfloat16 for the second product.
#include "kernels.h"

#if defined(__x86_64__)
#include <algorithm>

#include "avx512.h"
#include "workspace.h"

BEGIN_AVX512
namespace {
using namespace avx512;

// Keys taken together: their packed keys and values (256 KiB at dimension 128) stay in the second-level cache.
constexpr int64_t block_keys = 512;
// Queries that pass over a block of keys before the next block is fetched.
constexpr int64_t block_queries = 32 * tile_rows;
// Score of a key that does not exist. Finite, so that differences are.
constexpr float absent = -1e30f;

int64_t rounded_up(int64_t value, int64_t multiple) { return (value + multiple - 1) / multiple * multiple; }

// The keys and values of one head, packed.
struct PackedHead {
    int64_t keys, dimension, value_panels;
    Scratch<bfloat16> k, v;

    PackedHead(int64_t keys, int64_t dimension)
        : keys(keys), dimension(dimension), value_panels(rounded_up(dimension, tile_columns) / tile_columns),
          k(rounded_up(keys, tile_columns) * dimension), v(rounded_up(keys, tile_columns) * value_panels * tile_columns) {}

    // 64 keys starting at `key`.
    bfloat16 *key_panel(int64_t key) { return k.data() + key * dimension; }
    // 64 columns of the values of the block of keys starting at `key`.
    bfloat16 *value_panel(int64_t key, int64_t panel) {
        int64_t block_length = std::min(block_keys, rounded_up(keys - key, tile_columns));
        return v.data() + (key * value_panels + block_length * panel) * tile_columns;
    }

    void pack(const bfloat16 *k_from, int64_t k_stride, const bfloat16 *v_from, int64_t v_stride) {
        for (int64_t key = 0; key < keys; key += tile_columns)
            pack_rows(k_from + key * k_stride, k_stride, std::min(tile_columns, keys - key), dimension, key_panel(key));
        for (int64_t key = 0; key < keys; key += block_keys)
            for (int64_t panel = 0; panel < value_panels; panel++) {
                int64_t rows = std::min(block_keys, keys - key), column = panel * tile_columns;
                pack_columns(v_from + key * v_stride + column, v_stride, rows, dimension - column, value_panel(key, panel));
            }
    }
};

// A block of queries with its unfinished results.
struct QueryBlock {
    Scratch<bfloat16> q;             // [block_queries, dimension]
    Scratch<float> sums;             // [strip][value panel][6][64], not yet divided by `weight`
    Scratch<float> maximum, weight;  // [block_queries]: largest score so far, in units of log2; sum of probabilities

    explicit QueryBlock(int64_t dimension)
        : q(block_queries * dimension),
          sums(block_queries * rounded_up(dimension, tile_columns)),
          maximum(block_queries),
          weight(block_queries) {}

    void load(const bfloat16 *from, int64_t stride, int64_t rows, int64_t dimension) {
        for (int64_t row = 0; row < rows; row++)
            memcpy(q.data() + row * dimension, from + row * stride, dimension * sizeof(bfloat16));
        memset(q.data() + rows * dimension, 0, (rounded_up(rows, tile_rows) - rows) * dimension * sizeof(bfloat16));
        memset(sums.data(), 0, block_queries * rounded_up(dimension, tile_columns) * sizeof(float));
        std::fill_n(maximum.data(), block_queries, absent);
        std::fill_n(weight.data(), block_queries, 0.0f);
    }
};

// One strip of 6 queries against one block of keys.
struct Strip {
    alignas(64) float scores[tile_rows][block_keys];
    alignas(64) bfloat16 probabilities[tile_rows][block_keys];
    float rescale[tile_rows];

    // Scores of the strip, and the largest of each row.
    void score(const bfloat16 *q, PackedHead &head, int64_t key, int64_t count, __m512 (&largest)[tile_rows]) {
        for (int i = 0; i < tile_rows; i++) largest[i] = _mm512_set1_ps(absent);
        for (int64_t column = 0; column < count; column += tile_columns) {
            Tile tile = {};
            multiply(q, head.dimension, head.key_panel(key + column), head.dimension / 2, tile);
            if (column + tile_columns > count) {
                for (int i = 0; i < tile_rows; i++)
                    for (int j = 0; j < tile_vectors; j++)
                        tile[i][j] = _mm512_mask_mov_ps(_mm512_set1_ps(absent), first(count - column - 16 * j), tile[i][j]);
            }
#pragma unroll
            for (int i = 0; i < tile_rows; i++)
#pragma unroll
                for (int j = 0; j < tile_vectors; j++) {
                    largest[i] = _mm512_max_ps(largest[i], tile[i][j]);
                    _mm512_store_ps(&scores[i][column + 16 * j], tile[i][j]);
                }
        }
    }

    // Probabilities relative to the largest score so far, and the factor for everything summed before.
    void exponentiate(int64_t count, float log2_scale, const __m512 (&largest)[tile_rows], float *maximum, float *weight) {
        __m512 scale = _mm512_set1_ps(log2_scale);
        for (int i = 0; i < tile_rows; i++) {
            float top = std::max(maximum[i], _mm512_reduce_max_ps(largest[i]) * log2_scale);
            rescale[i] = _mm512_cvtss_f32(exp2(_mm512_set1_ps(maximum[i] - top)));
            maximum[i] = top;
            __m512 shift = _mm512_set1_ps(-top), sum0 = _mm512_setzero_ps(), sum1 = sum0;
            for (int64_t c = 0; c < count; c += 32) {
                __m512 p0 = exp2(_mm512_fmadd_ps(_mm512_load_ps(&scores[i][c]), scale, shift));
                __m512 p1 = exp2(_mm512_fmadd_ps(_mm512_load_ps(&scores[i][c + 16]), scale, shift));
                sum0 = _mm512_add_ps(sum0, p0);
                sum1 = _mm512_add_ps(sum1, p1);
                _mm512_store_si512(&probabilities[i][c], (__m512i)_mm512_cvtne2ps_pbh(p1, p0));
            }
            weight[i] = weight[i] * rescale[i] + _mm512_reduce_add_ps(_mm512_add_ps(sum0, sum1));
        }
    }

    // sums = rescale · sums + probabilities · v
    void accumulate(PackedHead &head, int64_t key, int64_t count, float *sums) {
        for (int64_t panel = 0; panel < head.value_panels; panel++, sums += tile_rows * tile_columns) {
            Tile tile;
#pragma unroll
            for (int i = 0; i < tile_rows; i++)
#pragma unroll
                for (int j = 0; j < tile_vectors; j++)
                    tile[i][j] = _mm512_mul_ps(_mm512_load_ps(sums + i * tile_columns + 16 * j), _mm512_set1_ps(rescale[i]));
            multiply(probabilities[0], block_keys, head.value_panel(key, panel), (count + 1) / 2, tile);
#pragma unroll
            for (int i = 0; i < tile_rows; i++)
#pragma unroll
                for (int j = 0; j < tile_vectors; j++) _mm512_store_ps(sums + i * tile_columns + 16 * j, tile[i][j]);
        }
    }
};

// All keys for one block of queries.
void attend(QueryBlock &block, int64_t rows, PackedHead &head, float log2_scale, Strip &strip) {
    int64_t sums_per_strip = head.value_panels * tile_rows * tile_columns;
    for (int64_t key = 0; key < head.keys; key += block_keys) {
        int64_t count = std::min(block_keys, head.keys - key);
        for (int64_t row = 0; row < rows; row += tile_rows) {
            __m512 largest[tile_rows];
            strip.score(block.q.data() + row * head.dimension, head, key, count, largest);
            strip.exponentiate(count, log2_scale, largest, block.maximum.data() + row, block.weight.data() + row);
            strip.accumulate(head, key, count, block.sums.data() + row / tile_rows * sums_per_strip);
        }
    }
}

// Divides by the sum of probabilities and writes the block's rows.
void finish(QueryBlock &block, int64_t rows, const PackedHead &head, bfloat16 *out, int64_t stride) {
    for (int64_t row = 0; row < rows; row++) {
        int64_t strip = row / tile_rows * tile_rows, in_strip = row % tile_rows;
        const float *sums = block.sums.data() + (strip * head.value_panels + in_strip) * tile_columns;
        __m512 inverse = _mm512_set1_ps(1 / block.weight.data()[row]);
        for (int64_t c = 0; c < head.dimension; c += 16) {
            __m512 sum = _mm512_load_ps(sums + c / tile_columns * tile_rows * tile_columns + c % tile_columns);
            store(out + row * stride + c, _mm512_mul_ps(sum, inverse), first(head.dimension - c));
        }
    }
}

}  // namespace
END_AVX512

// The first token of one head.
static const bfloat16 *at(const bfloat16 *base, const HeadStrides &strides, int64_t batch, int64_t head) {
    return base + batch * strides.batch + head * strides.head;
}

void attention_kernel(const AttentionArguments &a) {
    // With few heads, several threads share one: each packs it for itself and takes some of the queries.
    int64_t heads = a.batch * a.heads, query_blocks = (a.queries + block_queries - 1) / block_queries;
    int64_t shares = std::min(query_blocks, std::max<int64_t>(1, 4 * ctorch::thread_count() / heads));
    int64_t queries_per_share = (query_blocks + shares - 1) / shares * block_queries;
    float log2_scale = a.scale * 1.4426950408889634f;
    parallel_units(heads * shares, [&](UnitSource &units) {
        PackedHead head(a.keys, a.dimension);
        QueryBlock block(a.dimension);
        Strip strip;
        for (int64_t unit; units.next(unit);) {
            int64_t b = unit / shares / a.heads, h = unit / shares % a.heads;
            head.pack(at(a.k, a.k_strides, b, h), a.k_strides.token, at(a.v, a.v_strides, b, h), a.v_strides.token);
            const bfloat16 *q = at(a.q, a.q_strides, b, h);
            bfloat16 *out = a.out + b * a.out_batch_stride + h * a.dimension;
            int64_t from = unit % shares * queries_per_share, to = std::min(a.queries, from + queries_per_share);
            for (int64_t query = from; query < to; query += block_queries) {
                int64_t rows = std::min(block_queries, to - query);
                block.load(q + query * a.q_strides.token, a.q_strides.token, rows, a.dimension);
                attend(block, rows, head, log2_scale, strip);
                finish(block, rows, head, out + query * a.out_row_stride, a.out_row_stride);
            }
        }
    });
}
#endif

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

/// Keys taken together: their packed keys and values (256 KiB at dimension 128) stay in the second-level cache.
constexpr int64_t blockKeys = 512;
/// Queries that pass over a block of keys before the next block is fetched.
constexpr int64_t blockQueries = 32 * tileRows;
/// Score of a key that does not exist. Finite, so that differences are.
constexpr float absent = -1e30f;

int64_t roundedUp(int64_t value, int64_t multiple) { return (value + multiple - 1) / multiple * multiple; }

/// The keys and values of one head, packed.
struct PackedHead {
    int64_t keys, dimension, valuePanels;
    Scratch<bfloat16> k, v;

    PackedHead(int64_t keys, int64_t dimension)
        : keys(keys), dimension(dimension), valuePanels(roundedUp(dimension, tileColumns) / tileColumns),
          k(roundedUp(keys, tileColumns) * dimension), v(roundedUp(keys, tileColumns) * valuePanels * tileColumns) {}

    /// 64 keys starting at `key`.
    bfloat16 *keyPanel(int64_t key) { return k.data() + key * dimension; }
    /// 64 columns of the values of the block of keys starting at `key`.
    bfloat16 *valuePanel(int64_t key, int64_t panel) {
        int64_t blockLength = std::min(blockKeys, roundedUp(keys - key, tileColumns));
        return v.data() + (key * valuePanels + blockLength * panel) * tileColumns;
    }

    void pack(const bfloat16 *fromK, int64_t kStride, const bfloat16 *fromV, int64_t vStride) {
        for (int64_t key = 0; key < keys; key += tileColumns)
            packRows(fromK + key * kStride, kStride, std::min(tileColumns, keys - key), dimension, keyPanel(key));
        for (int64_t key = 0; key < keys; key += blockKeys)
            for (int64_t panel = 0; panel < valuePanels; panel++) {
                int64_t rows = std::min(blockKeys, keys - key), column = panel * tileColumns;
                packColumns(fromV + key * vStride + column, vStride, rows, dimension - column, valuePanel(key, panel));
            }
    }
};

/// A block of queries with its unfinished results.
struct QueryBlock {
    Scratch<bfloat16> q;             ///< [blockQueries, dimension]
    Scratch<float> sums;             ///< [strip][value panel][6][64], not yet divided by `weight`
    Scratch<float> maximum, weight;  ///< [blockQueries]: largest score so far, in units of log2; sum of probabilities
    explicit QueryBlock(int64_t dimension)
        : q(blockQueries * dimension), sums(blockQueries * roundedUp(dimension, tileColumns)), maximum(blockQueries), weight(blockQueries) {}

    void load(const bfloat16 *from, int64_t stride, int64_t rows, int64_t dimension) {
        for (int64_t row = 0; row < rows; row++) memcpy(q.data() + row * dimension, from + row * stride, dimension * sizeof(bfloat16));
        memset(q.data() + rows * dimension, 0, (roundedUp(rows, tileRows) - rows) * dimension * sizeof(bfloat16));
        memset(sums.data(), 0, blockQueries * roundedUp(dimension, tileColumns) * sizeof(float));
        std::fill_n(maximum.data(), blockQueries, absent);
        std::fill_n(weight.data(), blockQueries, 0.0f);
    }
};

/// One strip of 6 queries against one block of keys.
struct Strip {
    alignas(64) float scores[tileRows][blockKeys];
    alignas(64) bfloat16 probabilities[tileRows][blockKeys];
    float rescale[tileRows];

    /// Scores of the strip, and the largest of each row.
    void score(const bfloat16 *q, PackedHead &head, int64_t key, int64_t count, __m512 (&largest)[tileRows]) {
        for (int i = 0; i < tileRows; i++) largest[i] = _mm512_set1_ps(absent);
        for (int64_t column = 0; column < count; column += tileColumns) {
            Tile tile = {};
            multiply(q, head.dimension, head.keyPanel(key + column), head.dimension / 2, tile);
            if (column + tileColumns > count) {
                for (int i = 0; i < tileRows; i++)
                    for (int j = 0; j < tileVectors; j++)
                        tile[i][j] = _mm512_mask_mov_ps(_mm512_set1_ps(absent), first(count - column - 16 * j), tile[i][j]);
            }
#pragma unroll
            for (int i = 0; i < tileRows; i++)
#pragma unroll
                for (int j = 0; j < tileVectors; j++) {
                    largest[i] = _mm512_max_ps(largest[i], tile[i][j]);
                    _mm512_store_ps(&scores[i][column + 16 * j], tile[i][j]);
                }
        }
    }

    /// Probabilities relative to the largest score so far, and the factor for everything summed before.
    void exponentiate(int64_t count, float log2Scale, const __m512 (&largest)[tileRows], float *maximum, float *weight) {
        __m512 scale = _mm512_set1_ps(log2Scale);
        for (int i = 0; i < tileRows; i++) {
            float top = std::max(maximum[i], _mm512_reduce_max_ps(largest[i]) * log2Scale);
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

    /// sums = rescale · sums + probabilities · v
    void accumulate(PackedHead &head, int64_t key, int64_t count, float *sums) {
        for (int64_t panel = 0; panel < head.valuePanels; panel++, sums += tileRows * tileColumns) {
            Tile tile;
#pragma unroll
            for (int i = 0; i < tileRows; i++)
#pragma unroll
                for (int j = 0; j < tileVectors; j++)
                    tile[i][j] = _mm512_mul_ps(_mm512_load_ps(sums + i * tileColumns + 16 * j), _mm512_set1_ps(rescale[i]));
            multiply(probabilities[0], blockKeys, head.valuePanel(key, panel), (count + 1) / 2, tile);
#pragma unroll
            for (int i = 0; i < tileRows; i++)
#pragma unroll
                for (int j = 0; j < tileVectors; j++) _mm512_store_ps(sums + i * tileColumns + 16 * j, tile[i][j]);
        }
    }
};

/// All keys for one block of queries.
void attend(QueryBlock &block, int64_t rows, PackedHead &head, float log2Scale, Strip &strip) {
    int64_t sumsPerStrip = head.valuePanels * tileRows * tileColumns;
    for (int64_t key = 0; key < head.keys; key += blockKeys) {
        int64_t count = std::min(blockKeys, head.keys - key);
        for (int64_t row = 0; row < rows; row += tileRows) {
            __m512 largest[tileRows];
            strip.score(block.q.data() + row * head.dimension, head, key, count, largest);
            strip.exponentiate(count, log2Scale, largest, block.maximum.data() + row, block.weight.data() + row);
            strip.accumulate(head, key, count, block.sums.data() + row / tileRows * sumsPerStrip);
        }
    }
}

/// Divides by the sum of probabilities and writes the block's rows.
void finish(QueryBlock &block, int64_t rows, const PackedHead &head, bfloat16 *out, int64_t stride) {
    for (int64_t row = 0; row < rows; row++) {
        const float *sums = block.sums.data() + row / tileRows * head.valuePanels * tileRows * tileColumns + row % tileRows * tileColumns;
        __m512 inverse = _mm512_set1_ps(1 / block.weight.data()[row]);
        for (int64_t c = 0; c < head.dimension; c += 16) {
            __m512 sum = _mm512_load_ps(sums + c / tileColumns * tileRows * tileColumns + c % tileColumns);
            store(out + row * stride + c, _mm512_mul_ps(sum, inverse), first(head.dimension - c));
        }
    }
}

}  // namespace
END_AVX512

void attentionKernel(const AttentionArguments &a) {
    // With few heads, several threads share one: each packs it for itself and takes some of the queries.
    int64_t heads = a.batch * a.heads, queryBlocks = (a.queries + blockQueries - 1) / blockQueries;
    int64_t shares = std::min(queryBlocks, std::max<int64_t>(1, 4 * ctorch::thread_count() / heads));
    int64_t blocksPerShare = (queryBlocks + shares - 1) / shares;
    float log2Scale = a.scale * 1.4426950408889634f;
    parallelUnits(heads * shares, [&](UnitSource &units) {
        PackedHead head(a.keys, a.dimension);
        QueryBlock block(a.dimension);
        Strip strip;
        for (int64_t unit; units.next(unit);) {
            int64_t b = unit / shares / a.heads, h = unit / shares % a.heads;
            head.pack(
                a.k + b * a.kStrides.batch + h * a.kStrides.head, a.kStrides.token, a.v + b * a.vStrides.batch + h * a.vStrides.head,
                a.vStrides.token);
            int64_t from = unit % shares * blocksPerShare * blockQueries, to = std::min(a.queries, from + blocksPerShare * blockQueries);
            for (int64_t query = from; query < to; query += blockQueries) {
                int64_t rows = std::min(blockQueries, to - query);
                block.load(
                    a.q + b * a.qStrides.batch + h * a.qStrides.head + query * a.qStrides.token, a.qStrides.token, rows, a.dimension);
                attend(block, rows, head, log2Scale, strip);
                finish(block, rows, head, a.out + b * a.outBatchStride + query * a.outRowStride + h * a.dimension, a.outRowStride);
            }
        }
    });
}
#endif

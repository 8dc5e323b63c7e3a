// x · Wᵀ for bfloat16, with the operations that follow it in a transformer block done on the tile while it is in registers.
//
// A panel of 64 weight rows is packed into the second-level cache and all rows of x pass by it; the packing costs less
// than one percent of the multiplications, so weights stay in memory as the checkpoint has them.
#include "kernels.h"

#if defined(__x86_64__)
#include <algorithm>
#include <memory>

#include "avx512.h"
#include "workspace.h"

BEGIN_AVX512
namespace {
using namespace avx512;

// How much of the depth one packed panel holds: 64 rows of it (384 KiB) stay in the second-level cache.
constexpr int64_t panel_depth = 3072;
// Rows of x taken together, so that they stay in the last-level cache while panels pass.
constexpr int64_t block_rows = 2048;
// Elements of a row in one cache line.
constexpr int64_t prefetch_depth = 32;
// Panels whose unfinished sums one thread keeps while it goes through a depth beyond `panel_depth`.
constexpr int64_t group_panels = 4;

__attribute__((always_inline)) inline void load_tile(const float *sums, Tile &tile) {
#pragma unroll
    for (int i = 0; i < tile_rows; i++)
#pragma unroll
        for (int j = 0; j < tile_vectors; j++)
            tile[i][j] = sums ? _mm512_load_ps(sums + (i * tile_vectors + j) * 16) : _mm512_setzero_ps();
}

__attribute__((always_inline)) inline void keep_tile(float *sums, const Tile &tile) {
#pragma unroll
    for (int i = 0; i < tile_rows; i++)
#pragma unroll
        for (int j = 0; j < tile_vectors; j++) _mm512_store_ps(sums + (i * tile_vectors + j) * 16, tile[i][j]);
}

// Bias, activation or gated residual, and the rounding to bfloat16 after each, for the tile at (`row`, `column`).
__attribute__((always_inline)) inline void finish_tile(
    const LinearArguments &a, int64_t row, int64_t column, const Tile &tile) {
#pragma unroll
    for (int j = 0; j < tile_vectors; j++) {
        int64_t c = column + 16 * j;
        __mmask16 mask = first(a.columns - c);
        if (!mask) break;
        __m512 bias = a.bias ? load(a.bias + c, mask) : _mm512_setzero_ps();
#pragma unroll
        for (int i = 0; i < tile_rows; i++) {
            int64_t r = row + i;
            __m512 y = _mm512_add_ps(tile[i][j], bias);
            if (a.gelu) y = gelu_tanh(rounded(y));
            if (a.residual) {
                __m512 gate = load(a.gate + r / a.rows_per_gate * a.gate_stride + c, mask);
                __m512 gated = rounded(_mm512_mul_ps(gate, rounded(y)));
                y = _mm512_add_ps(load(a.residual + r * a.residual_stride + c, mask), gated);
            }
            store(a.out + r * a.out_stride + c, y, mask);
        }
    }
}

// All rows of a block times one panel, over one part of the depth.
void multiply_panel(
    const LinearArguments &a, int64_t row, int64_t rows, int64_t column, int64_t k, int64_t depth, const bfloat16 *panel,
    float *sums) {
    bool is_first = k == 0, is_last = k + depth == a.depth;
    for (int64_t strip = 0; strip < rows; strip += tile_rows) {
        // The last strip overlaps the one before: its rows are computed twice, with equal results.
        int64_t r = row + std::min(strip, rows - tile_rows);
        float *kept = sums + strip * tile_columns;
        Tile tile;
        load_tile(is_first ? nullptr : kept, tile);
        const bfloat16 *x = a.x + r * a.x_stride + k;
        // The next strip is fetched while this one is multiplied, a cache line of each row at a time.
        for (int64_t from = 0; from < depth; from += prefetch_depth) {
            for (int i = 0; i < tile_rows; i++) _mm_prefetch(x + (tile_rows + i) * a.x_stride + from, _MM_HINT_T0);
            int64_t part = std::min(prefetch_depth, depth - from);
            multiply(x + from, a.x_stride, panel + from * tile_columns, part / 2, tile);
        }
        if (is_last)
            finish_tile(a, r, column, tile);
        else
            keep_tile(kept, tile);
    }
}

// One block of rows times one group of panels.
void multiply_group(
    const LinearArguments &a, int64_t row, int64_t rows, int64_t column, int64_t panels, bfloat16 *panel, float *sums) {
    int64_t sums_per_panel = (rows + tile_rows - 1) / tile_rows * tile_rows * tile_columns;
    for (int64_t k = 0; k < a.depth; k += panel_depth) {
        int64_t depth = std::min(panel_depth, a.depth - k);
        for (int64_t p = 0; p < panels; p++) {
            int64_t c = column + p * tile_columns;
            int64_t columns = std::min(tile_columns, a.columns - c);
            pack_rows(a.weight + c * a.weight_stride + k, a.weight_stride, columns, depth, panel);
            multiply_panel(a, row, rows, c, k, depth, panel, sums + p * sums_per_panel);
        }
    }
}

}  // namespace
END_AVX512

void linear_kernel(const LinearArguments &a) {
    bool needs_sums = a.depth > panel_depth;
    int64_t blocks = (a.rows + block_rows - 1) / block_rows;
    // Equal blocks of whole strips.
    int64_t rows_per_block = ((a.rows + blocks - 1) / blocks + tile_rows - 1) / tile_rows * tile_rows;
    blocks = (a.rows + rows_per_block - 1) / rows_per_block;
    int64_t panels = (a.columns + tile_columns - 1) / tile_columns;
    int64_t panels_per_group = needs_sums ? group_panels : 1;
    int64_t groups = (panels + panels_per_group - 1) / panels_per_group;
    parallel_units(blocks * groups, [&](UnitSource &units) {
        Scratch<bfloat16> panel(std::min(panel_depth, a.depth + 1) * tile_columns);
        Scratch<float> sums(needs_sums ? rows_per_block * tile_columns * panels_per_group : 0);
        for (int64_t unit; units.next(unit);) {
            int64_t row = std::min(unit / groups * rows_per_block, a.rows - tile_rows);
            int64_t first_panel = unit % groups * panels_per_group;
            multiply_group(
                a, row, std::min(rows_per_block, a.rows - row), first_panel * tile_columns,
                std::min(panels_per_group, panels - first_panel), panel.data(), sums.data());
        }
    });
}
#endif

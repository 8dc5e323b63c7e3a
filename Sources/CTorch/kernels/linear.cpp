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

/// How much of the depth one packed panel holds: 64 rows of it (384 KiB) stay in the second-level cache.
constexpr int64_t panelDepth = 3072;
/// Rows of x taken together, so that they stay in the last-level cache while panels pass.
constexpr int64_t blockRows = 2048;
/// Panels whose unfinished sums one thread keeps while it goes through a depth beyond `panelDepth`.
constexpr int64_t groupPanels = 4;

__attribute__((always_inline)) inline void loadTile(const float *sums, Tile &tile) {
#pragma unroll
    for (int i = 0; i < tileRows; i++)
#pragma unroll
        for (int j = 0; j < tileVectors; j++)
            tile[i][j] = sums ? _mm512_load_ps(sums + (i * tileVectors + j) * 16) : _mm512_setzero_ps();
}

__attribute__((always_inline)) inline void keepTile(float *sums, const Tile &tile) {
#pragma unroll
    for (int i = 0; i < tileRows; i++)
#pragma unroll
        for (int j = 0; j < tileVectors; j++) _mm512_store_ps(sums + (i * tileVectors + j) * 16, tile[i][j]);
}

/// Bias, activation or gated residual, and the rounding to bfloat16 after each, for the tile at (`row`, `column`).
__attribute__((always_inline)) inline void finishTile(const LinearArguments &a, int64_t row, int64_t column, const Tile &tile) {
#pragma unroll
    for (int j = 0; j < tileVectors; j++) {
        int64_t c = column + 16 * j;
        __mmask16 mask = first(a.columns - c);
        if (!mask) break;
        __m512 bias = a.bias ? load(a.bias + c, mask) : _mm512_setzero_ps();
#pragma unroll
        for (int i = 0; i < tileRows; i++) {
            int64_t r = row + i;
            __m512 y = _mm512_add_ps(tile[i][j], bias);
            if (a.gelu) y = geluTanh(rounded(y));
            if (a.residual) {
                __m512 gate = load(a.gate + r / a.rowsPerGate * a.gateStride + c, mask);
                y = _mm512_add_ps(load(a.residual + r * a.residualStride + c, mask), rounded(_mm512_mul_ps(gate, rounded(y))));
            }
            store(a.out + r * a.outStride + c, y, mask);
        }
    }
}

/// All rows of a block times one panel, over one part of the depth.
void multiplyPanel(const LinearArguments &a, int64_t row, int64_t rows, int64_t column, int64_t k, int64_t depth, const bfloat16 *panel, float *sums) {
    bool isFirst = k == 0, isLast = k + depth == a.depth;
    for (int64_t strip = 0; strip < rows; strip += tileRows) {
        // The last strip overlaps the one before: its rows are computed twice, with equal results.
        int64_t r = row + std::min(strip, rows - tileRows);
        float *kept = sums + strip * tileColumns;
        Tile tile;
        loadTile(isFirst ? nullptr : kept, tile);
        multiply(a.x + r * a.xStride + k, a.xStride, panel, depth / 2, tile);
        if (isLast)
            finishTile(a, r, column, tile);
        else
            keepTile(kept, tile);
    }
}

/// One block of rows times one group of panels.
void multiplyGroup(const LinearArguments &a, int64_t row, int64_t rows, int64_t column, int64_t panels, bfloat16 *panel, float *sums) {
    int64_t sumsPerPanel = (rows + tileRows - 1) / tileRows * tileRows * tileColumns;
    for (int64_t k = 0; k < a.depth; k += panelDepth) {
        int64_t depth = std::min(panelDepth, a.depth - k);
        for (int64_t p = 0; p < panels; p++) {
            int64_t c = column + p * tileColumns;
            packRows(a.weight + c * a.weightStride + k, a.weightStride, std::min(tileColumns, a.columns - c), depth, panel);
            multiplyPanel(a, row, rows, c, k, depth, panel, sums + p * sumsPerPanel);
        }
    }
}

}  // namespace
END_AVX512

void linearKernel(const LinearArguments &a) {
    bool needsSums = a.depth > panelDepth;
    int64_t blocks = (a.rows + blockRows - 1) / blockRows;
    // Equal blocks of whole strips.
    int64_t rowsPerBlock = ((a.rows + blocks - 1) / blocks + tileRows - 1) / tileRows * tileRows;
    blocks = (a.rows + rowsPerBlock - 1) / rowsPerBlock;
    int64_t panels = (a.columns + tileColumns - 1) / tileColumns;
    int64_t panelsPerGroup = needsSums ? groupPanels : 1;
    int64_t groups = (panels + panelsPerGroup - 1) / panelsPerGroup;
    parallelUnits(blocks * groups, [&](UnitSource &units) {
        Scratch<bfloat16> panel(std::min(panelDepth, a.depth + 1) * tileColumns);
        Scratch<float> sums(needsSums ? rowsPerBlock * tileColumns * panelsPerGroup : 0);
        for (int64_t unit; units.next(unit);) {
            int64_t row = std::min(unit / groups * rowsPerBlock, a.rows - tileRows), firstPanel = unit % groups * panelsPerGroup;
            multiplyGroup(
                a, row, std::min(rowsPerBlock, a.rows - row), firstPanel * tileColumns,
                std::min(panelsPerGroup, panels - firstPanel), panel.data(), sums.data());
        }
    });
}
#endif

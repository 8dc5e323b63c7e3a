import Checkpoints
import Layers
package import Torch

/// A learned vector for each place of a square grid. Weights: `weight`.
package struct SigLIPPositions {
    let weight: Tensor
    let gridSide: Int

    init(_ configuration: SigLIPConfiguration, at scope: ParameterScope) throws {
        weight = try Embedding(configuration.tokenCount, configuration.width, at: scope).weight
        gridSide = configuration.gridSide
    }

    /// The vectors of a grid, `[1, rows · columns, width]`: the stored ones where they fit, else interpolated by cubic curves.
    ///
    /// - Parameter isSquare: whether the picture is square in pixels; only such a picture takes the stored vectors as they are.
    ///   Source: transformers, `SiglipVisionEmbeddings.interpolate_pos_encoding`.
    package func table(rows: Int, columns: Int, isSquare: Bool) throws(TorchError) -> Tensor {
        if rows * columns == gridSide * gridSide, isSquare { return try weight.unsqueezed(0) }
        let width = weight.shape[1]
        let byColumn = try blending(to: columns).matmul(weight.to(.float32).reshaped([gridSide, gridSide, width]))
        let byRow = try blending(to: rows).matmul(byColumn.reshaped([gridSide, columns * width]))
        return try byRow.reshaped([1, rows * columns, width]).to(weight.dtype)
    }

    /// How much each stored place gives to each of `count`, `[count, gridSide]` float32.
    ///
    /// The official code adds 0.1 to the count before it makes a scale of it, and the scale, not the ratio of the counts, places the
    /// curves. Arithmetic as in PyTorch's `upsample_bicubic2d` as it is compiled: float32, products and sums in one rounding, a = -0.75,
    /// edges repeated.
    private func blending(to count: Int) throws(TorchError) -> Tensor {
        let scale = Float(1 / ((Double(count) + 0.1) / Double(gridSide)))
        var weights = [Float](repeating: 0, count: count * gridSide)
        for place in 0..<count {
            let source = Float(-0.5).addingProduct(scale, Float(place) + 0.5)
            let first = source.rounded(.down)
            for (offset, weight) in Self.cubicWeights(source - first).enumerated() {
                let from = min(max(Int(first) - 1 + offset, 0), gridSide - 1)
                weights[place * gridSide + from] += weight
            }
        }
        return try Tensor(weights, shape: [count, gridSide]).to(weight.device)
    }

    /// Weights of the four places around a point that lies `t` behind the second of them.
    private static func cubicWeights(_ t: Float) -> [Float] {
        let a: Float = -0.75
        func near(_ x: Float) -> Float { Float(1).addingProduct((-(a + 3)).addingProduct(a + 2, x) * x, x) }
        func far(_ x: Float) -> Float { (-4 * a).addingProduct((8 * a).addingProduct((-5 * a).addingProduct(a, x), x), x) }
        return [far(t + 1), near(t), near(1 - t), far((1 - t) + 1)]
    }
}

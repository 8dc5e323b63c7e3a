import Checkpoints
import Layers
import Torch

/// Two linear layers with a GELU between them, added to their input.
private struct Perceptron {
    let first, second: Linear

    init(_ width: Int, _ names: (String, String), at scope: ParameterScope) throws {
        first = try Linear(width, 2 * width, at: scope(names.0))
        second = try Linear(2 * width, width, at: scope(names.1))
    }

    func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor { try x + second(first(x).gelu(approximate: false)) }
}

/// The whole picture learns from its quadrants at several scales, then each quadrant from its part of the whole picture.
///
/// Weights: `attention.0` … `attention.4`, `linear1` … `linear4`, `norm1`, `norm2`. Source: BEN2, `MCLM`.
struct MCLM {
    private let attention: [CrossAttention]
    private let wholePerceptron, quadrantPerceptron: Perceptron
    /// Shared by whole picture and quadrants.
    private let norm1, norm2: LayerNorm
    private let width: Int
    private static let poolRatios = [1, 4, 8]

    init(_ width: Int, at scope: ParameterScope) throws {
        self.width = width
        attention = try (0..<5).map { try CrossAttention(width, at: scope("attention")($0)) }
        wholePerceptron = try Perceptron(width, ("linear1", "linear2"), at: scope)
        quadrantPerceptron = try Perceptron(width, ("linear3", "linear4"), at: scope)
        norm1 = try LayerNorm(width, at: scope("norm1"))
        norm2 = try LayerNorm(width, at: scope("norm2"))
    }

    /// - Parameter views: `[5, width, height, width]`: the quadrants, then the whole picture; as is the result.
    func callAsFunction(_ views: Tensor) throws(TorchError) -> Tensor {
        let (rows, columns) = (views.shape[2], views.shape[3])
        let quadrants = try views.narrowed(dim: 0, start: 0, count: 4), whole = try views.narrowed(dim: 0, start: 4, count: 1)
        let sizes = pooledSizes(height: rows, width: columns, ratios: Self.poolRatios)
        let pools = try quadrants.stitched().pooledTokens(sizes)
        var poolPositions: [Tensor] = []
        for size in sizes { poolPositions.append(try SinePositions.table(size, width: width, device: views.device)) }

        var g = try whole.tokens()
        let positions = try SinePositions.table([rows, columns], width: width, device: views.device)
        g = try norm1(g + attention[0](g + positions, keys: pools + .concatenated(poolPositions, dim: 1), values: pools))
        g = try norm2(wholePerceptron(g))

        var l = try quadrants.tokens()
        let parts = try g.picture(height: rows, width: columns).quadrants().tokens()
        l = try norm1(l + attended(l, to: parts, by: Array(attention.dropFirst())))
        l = try norm2(quadrantPerceptron(l))
        return try Tensor.concatenated([l, g], dim: 0).picture(height: rows, width: columns)
    }
}

/// The quadrants, where the whole picture finds something in them, learn from its parts at several scales; the whole picture
/// then takes them in.
///
/// Weights: `attention.0` … `attention.3`, `linear3`, `linear4`, `norm1`, `norm2`, `sal_conv`. Source: BEN2, `MCRM`.
struct MCRM {
    private let attention: [CrossAttention]
    private let perceptron: Perceptron
    private let norm1, norm2: LayerNorm
    private let gate: Convolution2d
    private static let poolRatios = [2, 4, 8]

    init(_ width: Int, at scope: ParameterScope) throws {
        attention = try (0..<4).map { try CrossAttention(width, at: scope("attention")($0)) }
        perceptron = try Perceptron(width, ("linear3", "linear4"), at: scope)
        norm1 = try LayerNorm(width, at: scope("norm1"))
        norm2 = try LayerNorm(width, at: scope("norm2"))
        gate = try Convolution2d(width, 1, kernel: 1, at: scope("sal_conv"))
    }

    /// - Parameter views: `[5, width, height, width]`: the quadrants, then the whole picture; as is the result.
    func callAsFunction(_ views: Tensor) throws(TorchError) -> Tensor {
        let (rows, columns) = (views.shape[2], views.shape[3])
        let whole = try views.narrowed(dim: 0, start: 4, count: 1)
        let gates = try gate(whole).sigmoid().upsampledNearest(scale: 2).quadrants()
        let l = try (views.narrowed(dim: 0, start: 0, count: 4) * gates).tokens()

        let pools = try whole.quadrants().pooledTokens(pooledSizes(height: rows, width: columns, ratios: Self.poolRatios))
        let refined = try norm2(perceptron(norm1(l + attended(l, to: pools, by: attention)))).picture(height: rows, width: columns)
        // Nearest neighbour at half the size: every second row and column.
        let halved = try refined.stitched().sliced(dim: 2, step: 2).sliced(dim: 3, step: 2)
        return try .concatenated([refined, whole + halved], dim: 0)
    }
}

/// Each quadrant's tokens `[4, tokens, width]`, attended to its own others `[4, others, width]` by its own layer.
private func attended(_ queries: Tensor, to others: Tensor, by layers: [CrossAttention]) throws(TorchError) -> Tensor {
    var results: [Tensor] = []
    for (index, layer) in layers.enumerated() {
        let values = try others.narrowed(dim: 0, start: index, count: 1)
        results.append(try layer(queries.narrowed(dim: 0, start: index, count: 1), keys: values, values: values))
    }
    return try .concatenated(results, dim: 0)
}

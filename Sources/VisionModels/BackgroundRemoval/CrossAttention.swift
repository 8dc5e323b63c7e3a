import Checkpoints
import Foundation
import Layers
import Torch

/// PyTorch's multi-head attention with one head: queries from one place, keys and values from another.
///
/// Weights: `in_proj_weight` `[3 · width, width]` (rows of queries, keys, values), `in_proj_bias`, `out_proj`.
struct CrossAttention {
    private let inWeight, inBias: Tensor
    private let out: Linear
    private let width: Int

    init(_ width: Int, at scope: ParameterScope) throws {
        self.width = width
        inWeight = try scope.parameter("in_proj_weight", [3 * width, width])
        inBias = try scope.parameter("in_proj_bias", [3 * width])
        out = try Linear(width, width, at: scope("out_proj"))
    }

    /// - Parameters:
    ///   - queries: `[batch, tokens, width]`, as is the result.
    ///   - keys: `[batch, others, width]`, as `values`.
    func callAsFunction(_ queries: Tensor, keys: Tensor, values: Tensor) throws(TorchError) -> Tensor {
        let q = try projected(queries, 0), k = try projected(keys, 1), v = try projected(values, 2)
        return try out(Tensor.scaledDotProductAttention(q, k, v).squeezed(1))
    }

    /// `[batch, 1, tokens, width]`.
    private func projected(_ x: Tensor, _ part: Int) throws(TorchError) -> Tensor {
        let weight = try inWeight.narrowed(dim: 0, start: part * width, count: width)
        let bias = try inBias.narrowed(dim: 0, start: part * width, count: width)
        return try x.linear(weight: weight, bias: bias).unsqueezed(1)
    }
}

/// Sines and cosines of a token's row, then of its column.
///
/// Source: BEN2, `PositionEmbeddingSine`, normalized; single precision as there.
enum SinePositions {
    /// - Parameter width: of a token, a multiple of 4.
    /// - Returns: `[1, height · width, width]`.
    static func table(_ size: [Int], width: Int, device: Device) throws(TorchError) -> Tensor {
        let half = width / 2
        let frequencies = (0..<half).map { powf(10000, 2 * Float($0 / 2) / Float(half)) }
        func encoded(_ place: Int, of count: Int) -> [Float] {
            let position = (Float(place + 1) - 0.5) / (Float(count) + 1e-6) * Float(2 * Double.pi)
            return frequencies.enumerated().map { index, frequency in
                index % 2 == 0 ? sinf(position / frequency) : cosf(position / frequency)
            }
        }
        let rows = (0..<size[0]).map { encoded($0, of: size[0]) }, columns = (0..<size[1]).map { encoded($0, of: size[1]) }
        let values = rows.flatMap { row in columns.flatMap { row + $0 } }
        return try Tensor(values, shape: [1, size[0] * size[1], width], device: device)
    }
}

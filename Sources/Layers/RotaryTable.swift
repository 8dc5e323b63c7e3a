import Foundation
public import Torch

/// Rotary angles of every token of a sequence: the cosine and sine of each rotated pair.
///
/// FLUX splits a head's dimensions over several axes (index, row, column) and rotates neighbouring pairs
/// (2i, 2i + 1). Source: flux, `math.rope` and `layers.EmbedND`; angles are float64, the table float32.
public struct RotaryTable {
    /// `[tokens, headDim / 2]`, float32.
    public let cos: Tensor
    /// `[tokens, headDim / 2]`, float32.
    public let sin: Tensor

    /// - Parameters:
    ///   - ids: position of each token on each axis, `[tokens, axes]`.
    ///   - axesDim: how many dimensions of the head each axis rotates; even numbers.
    ///   - theta: base of the geometric series of frequencies.
    public init(ids: Tensor, axesDim: [Int], theta: Double) throws(TorchError) {
        let positions = try ids.to(.float64)
        var angles: [Tensor] = []
        for (axis, dim) in axesDim.enumerated() {
            let frequencies = try Tensor((0..<dim / 2).map { 1 / pow(theta, 2 * Double($0) / Double(dim)) }, shape: [1, dim / 2], device: ids.device)
            angles.append(try positions.narrowed(dim: 1, start: axis, count: 1) * frequencies)
        }
        let table = try Tensor.concatenated(angles, dim: 1)
        cos = try table.cos().to(.float32).contiguous()
        sin = try table.sin().to(.float32).contiguous()
    }

    /// A table of the same size that rotates nothing.
    package static func identity(like table: RotaryTable) throws(TorchError) -> RotaryTable {
        try RotaryTable(
            cos: .ones(table.cos.shape, device: table.cos.device), sin: .zeros(table.sin.shape, device: table.sin.device))
    }

    private init(cos: Tensor, sin: Tensor) {
        self.cos = cos
        self.sin = sin
    }
}

extension AttentionHeads {
    /// Normalizes the heads of the streams and rotates them by the table; see `init(_:cos:sin:heads:eps:)`.
    public init(_ streams: [AttentionStream], pe: RotaryTable, heads: Int) throws(TorchError) {
        try self.init(streams, cos: pe.cos, sin: pe.sin, heads: heads, eps: 1e-6)
    }
}

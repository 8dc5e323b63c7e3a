import Checkpoints
package import Layers
package import Torch

/// One joint stream; attention and MLP run side by side between two linear layers.
///
/// Weights: `single_blocks.N.{modulation,linear1,linear2,norm}`. Source: flux, modules/layers, `SingleStreamBlock`.
package struct SingleStreamBlock {
    let modulation: Modulation
    let linear1, linear2: Linear
    let norm: QueryKeyNorm
    let headCount: Int
    let hiddenSize, mlpHiddenSize: Int

    init(_ configuration: FluxConfiguration, at scope: ParameterScope) throws {
        hiddenSize = configuration.hiddenSize
        headCount = configuration.headCount
        mlpHiddenSize = configuration.mlpHiddenSize
        linear1 = try Linear(hiddenSize, 3 * hiddenSize + mlpHiddenSize, at: scope("linear1"))
        linear2 = try Linear(hiddenSize + mlpHiddenSize, hiddenSize, at: scope("linear2"))
        norm = try QueryKeyNorm(configuration, at: scope("norm"))
        modulation = try Modulation(configuration, count: 1, at: scope("modulation"))
    }

    /// - Parameters:
    ///   - x: style, text, target and reference tokens, `[batch, tokens, hidden]`; the result has the same shape.
    ///   - modulation: the values of one step.
    ///   - pe: rotations of all tokens.
    package func callAsFunction(_ x: Tensor, modulation: ModulationParameters, pe: RotaryTable) throws(TorchError) -> Tensor {
        let normalized = try modulation.normalized(x)
        if recordsGradients {
            // Gradients cannot follow writes into parts of a tensor.
            let attended = try heads(normalized, pe: pe).attention()
            let joined = try Tensor.concatenated([attended, linear1(normalized, rows: mlpRows, activation: .gelu)], dim: -1)
            return try linear2(joined, addedTo: x, gate: modulation.gate)
        }
        // Attention and MLP write side by side into what linear2 takes.
        let joined = try Tensor.empty([x.shape[0], x.shape[1], hiddenSize + mlpHiddenSize], dtype: x.dtype, device: x.device)
        let parts = try joined.split([hiddenSize, mlpHiddenSize], dim: -1)
        try linear1(normalized, rows: mlpRows, activation: .gelu, into: parts[1])
        try heads(normalized, pe: pe).attention(into: parts[0])
        return try linear2(joined, addedTo: x, gate: modulation.gate)
    }

    /// The rows of `linear1` that begin the MLP; those before make queries, keys and values.
    private var mlpRows: Range<Int> { 3 * hiddenSize..<3 * hiddenSize + mlpHiddenSize }

    /// Normalized and rotated queries and keys, and values, of modulated tokens `[batch, tokens, hidden]`.
    package func heads(_ normalized: Tensor, pe: RotaryTable) throws(TorchError) -> AttentionHeads {
        try AttentionHeads([norm.stream(linear1(normalized, rows: 0..<3 * hiddenSize))], pe: pe, heads: headCount)
    }
}

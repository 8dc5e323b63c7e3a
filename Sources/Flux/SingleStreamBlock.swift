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
    let hiddenSize: Int

    init(_ configuration: FluxConfiguration, at scope: ParameterScope) throws {
        hiddenSize = configuration.hiddenSize
        headCount = configuration.headCount
        let mlp = configuration.mlpHiddenSize
        linear1 = try Linear(hiddenSize, 3 * hiddenSize + mlp, at: scope("linear1"))
        linear2 = try Linear(hiddenSize + mlp, hiddenSize, at: scope("linear2"))
        norm = try QueryKeyNorm(configuration, at: scope("norm"))
        modulation = try Modulation(configuration, count: 1, at: scope("modulation"))
    }

    /// - Parameters:
    ///   - x: text, target and reference tokens, `[batch, tokens, hidden]`; the result has the same shape.
    ///   - modulation: the values of one step.
    ///   - pe: rotations of all tokens.
    package func callAsFunction(_ x: Tensor, modulation: ModulationParameters, pe: RotaryTable) throws(TorchError) -> Tensor {
        let (q, k, v, mlp) = try queryKeyValue(x, modulation: modulation, pe: pe)
        let joined = try Tensor.attentionAndGELU(q: q, k: k, v: v, mlp: mlp)
        return try x.gatedResidual(gate: modulation.gate, linear2(joined))
    }

    /// Normalized and rotated queries and keys, values `[batch, heads, tokens, headDim]`, and the MLP's hidden layer before GELU.
    package func queryKeyValue(
        _ x: Tensor, modulation: ModulationParameters, pe: RotaryTable
    ) throws(TorchError) -> (q: Tensor, k: Tensor, v: Tensor, mlp: Tensor) {
        let hidden = try linear1(modulation.normalized(x))
        let qkv = try hidden.narrowed(dim: -1, start: 0, count: 3 * hiddenSize)
        let mlp = try hidden.narrowed(dim: -1, start: 3 * hiddenSize, count: hidden.shape[2] - 3 * hiddenSize)
        let (q, k, v) = try Tensor.queryKeyNormRotary([norm.stream(qkv)], cos: pe.cos, sin: pe.sin, heads: headCount)
        return (q, k, v, mlp)
    }
}

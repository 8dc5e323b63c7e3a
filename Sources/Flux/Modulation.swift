import Checkpoints
import Layers
package import Torch

/// Shift, scale and gate from the conditioning vector (adaLN).
///
/// Weights: `lin`. Source: flux, modules/layers, `Modulation`.
struct Modulation {
    let lin: Linear
    /// 2 in double-stream blocks (attention, MLP), 1 in single-stream blocks.
    let count: Int

    init(_ configuration: FluxConfiguration, count: Int, at scope: ParameterScope) throws {
        lin = try Linear(configuration.hiddenSize, 3 * count * configuration.hiddenSize, at: scope("lin"))
        self.count = count
    }

    /// - Parameter vec: SiLU of the conditioning vector at every step, `[steps, batch, hidden]`.
    /// - Returns: the values of every step, `count` sets.
    func callAsFunction(_ vec: Tensor) throws(TorchError) -> [ModulationParameters] {
        let parts = try lin(vec).unsqueezed(2).chunked(3 * count, dim: -1)
        return (0..<count).map { ModulationParameters(shift: parts[3 * $0], scale: parts[3 * $0 + 1], gate: parts[3 * $0 + 2]) }
    }
}

/// One set of modulation values, for all steps `[steps, batch, 1, hidden]` or for one `[batch, 1, hidden]`.
package struct ModulationParameters {
    let shift, scale, gate: Tensor

    /// The values of one step.
    package func at(step: Int) throws(TorchError) -> ModulationParameters {
        try ModulationParameters(
            shift: shift.select(dim: 0, index: step), scale: scale.select(dim: 0, index: step),
            gate: gate.select(dim: 0, index: step))
    }

    /// Layer norm without learned parameters, then `(1 + scale) · x + shift`.
    /// - Parameter x: `[batch, tokens, hidden]`; the result has the same shape.
    package func normalized(_ x: Tensor) throws(TorchError) -> Tensor {
        try x.modulatedLayerNorm(shift: shift, scale: scale, eps: 1e-6)
    }
}

import Checkpoints
import Layers
import Torch

/// The last modulation and projection to packed latents.
///
/// Weights: `final_layer.{adaLN_modulation.1,linear}`. Source: flux, modules/layers, `LastLayer`.
struct FinalLayer {
    let modulation, linear: Linear

    init(_ configuration: FluxConfiguration, at scope: ParameterScope) throws {
        linear = try Linear(configuration.hiddenSize, configuration.inChannels, at: scope("linear"))
        modulation = try Linear(configuration.hiddenSize, 2 * configuration.hiddenSize, at: scope("adaLN_modulation")(1))
    }

    /// Shift and scale of all steps from `vec`, SiLU of the conditioning vector, `[steps, batch, hidden]`.
    func modulation(_ vec: Tensor) throws(TorchError) -> (shift: Tensor, scale: Tensor) {
        let parts = try modulation(vec).unsqueezed(2).chunked(2, dim: -1)
        return (parts[0], parts[1])
    }

    /// `[batch, tokens, hidden]` to `[batch, tokens, inChannels]`.
    func callAsFunction(_ x: Tensor, shift: Tensor, scale: Tensor) throws(TorchError) -> Tensor {
        try linear(x.modulatedLayerNorm(shift: shift, scale: scale, eps: 1e-6))
    }
}

import Checkpoints
import Foundation
import Layers
package import Torch

/// Two linear layers with SiLU between them. Weights: `in_layer`, `out_layer`. Source: flux, modules/layers, `MLPEmbedder`.
package struct MLPEmbedder {
    let inLayer, outLayer: Linear

    init(_ inputs: Int, _ configuration: FluxConfiguration, at scope: ParameterScope) throws {
        inLayer = try Linear(inputs, configuration.hiddenSize, at: scope("in_layer"))
        outLayer = try Linear(configuration.hiddenSize, configuration.hiddenSize, at: scope("out_layer"))
    }

    /// `[..., inputs]` to `[..., hidden]`.
    package func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        try outLayer(inLayer(x).silu())
    }
}

/// Sinusoidal embedding of a scalar: cosines, then sines, of `timeFactor · t` at geometric frequencies.
///
/// `timeFactor · t` is rounded to the dtype of `t` before the float32 angles; in bfloat16 this moves the
/// result by tens of per cent and is part of the model. Source: flux, modules/layers, `timestep_embedding`.
/// - Parameter t: `[...]`, floating point.
/// - Returns: `[..., dim]` in the dtype of `t`; an odd `dim` ends in one zero column.
package func timestepEmbedding(
    _ t: Tensor, dim: Int = 256, maxPeriod: Double = 10_000, timeFactor: Double = 1000
) throws(TorchError) -> Tensor {
    let half = dim / 2
    // The reference computes -ln(maxPeriod) · i / half in float32.
    let indices = try Tensor.arange(half, dtype: .float32).to(t.device)
    let frequencies = try ((-log(maxPeriod) * indices) / Double(half)).exp()
    let scaled = try (timeFactor * t).unsqueezed(-1).to(.float32)
    let angles = try scaled * frequencies
    var parts = try [angles.cos(), angles.sin()]
    if dim % 2 == 1 {
        parts.append(try Tensor.zeros(t.shape + [1], device: t.device))
    }
    return try Tensor.concatenated(parts, dim: -1).to(t.dtype)
}

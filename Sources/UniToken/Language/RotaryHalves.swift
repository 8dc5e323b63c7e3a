package import Torch

/// Rotary positions as Llama has them: element `i` of a head turns with element `i + headDim / 2`.
///
/// Source: transformers, `ChameleonRotaryEmbedding` and `apply_rotary_pos_emb`: angles in float32, cosines and sines in the type of the
/// activations.
package struct RotaryHalves {
    /// `[tokens, 1, headDim]`; the sines of the first half are negated, as they meet the second half negated.
    package let cos, signedSin: Tensor

    /// - Parameter positions: one for each token.
    package init(positions: [Int], headDim: Int, theta: Double, dtype: DType, device: Device) throws(TorchError) {
        let exponents = try Tensor.arange(from: 0, to: Double(headDim), step: 2) / Double(headDim)
        let frequencies = try 1 / Tensor.pow(theta, exponents)
        let angles = try Tensor(positions.map(Float.init), shape: [positions.count, 1]) * frequencies.unsqueezed(0)
        let sin = try angles.sin(), cosine = try angles.cos()
        cos = try Tensor.concatenated([cosine, cosine], dim: -1).unsqueezed(1).to(dtype).to(device)
        signedSin = try Tensor.concatenated([-sin, sin], dim: -1).unsqueezed(1).to(dtype).to(device)
    }

    /// - Parameter x: `[tokens, heads, headDim]`; the result has the same shape.
    package func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        let halves = try x.chunked(2, dim: -1)
        return try x * cos + Tensor.concatenated([halves[1], halves[0]], dim: -1) * signedSin
    }
}

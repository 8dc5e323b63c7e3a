import Checkpoints
import Layers
import Torch

/// A layer: attention among all tokens, then two linear layers, both on normalized states.
///
/// Weights: `layer_norm1`, `self_attn`, `layer_norm2`, `mlp`.
struct SigLIPLayer {
    let norm1, norm2: LayerNorm
    let q, k, v, out: Linear
    let mlp: SigLIPMLP
    let headCount: Int

    init(_ configuration: SigLIPConfiguration, at scope: ParameterScope) throws {
        let width = configuration.width
        norm1 = try LayerNorm(width, epsilon: configuration.epsilon, at: scope("layer_norm1"))
        norm2 = try LayerNorm(width, epsilon: configuration.epsilon, at: scope("layer_norm2"))
        let attention = scope("self_attn")
        q = try Linear(width, width, at: attention("q_proj"))
        k = try Linear(width, width, at: attention("k_proj"))
        v = try Linear(width, width, at: attention("v_proj"))
        out = try Linear(width, width, at: attention("out_proj"))
        mlp = try SigLIPMLP(configuration, at: scope("mlp"))
        headCount = configuration.headCount
    }

    /// - Parameter x: `[batch, tokens, width]`; the result has the same shape.
    func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        let h = try norm1(x)
        let attended = try Tensor.scaledDotProductAttention(q(h).heads(headCount), k(h).heads(headCount), v(h).heads(headCount))
        let x = try x + out(attended.joinedHeads())
        return try x + mlp(norm2(x))
    }
}

/// Two linear layers with GELU between them. Weights: `fc1`, `fc2`.
struct SigLIPMLP {
    let up, down: Linear
    let activation: SigLIPConfiguration.Activation

    init(_ configuration: SigLIPConfiguration, at scope: ParameterScope) throws {
        up = try Linear(configuration.width, configuration.feedForwardWidth, at: scope("fc1"))
        down = try Linear(configuration.feedForwardWidth, configuration.width, at: scope("fc2"))
        activation = configuration.activation
    }

    /// - Parameter x: `[..., width]`; the result has the same shape.
    func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        try down(up(x).gelu(approximate: activation == .tanhGELU))
    }
}

/// One state for a whole picture: a learned query looks at all tokens.
///
/// Weights: `probe`, `attention` (as PyTorch packs them: `in_proj_weight` holds q, k and v), `layernorm`, `mlp`.
struct SigLIPHead {
    let probe, weight, bias: Tensor
    let out: Linear
    let norm: LayerNorm
    let mlp: SigLIPMLP
    let headCount: Int

    init(_ configuration: SigLIPConfiguration, at scope: ParameterScope) throws {
        let width = configuration.width
        probe = try scope.parameter("probe", [1, 1, width])
        weight = try scope("attention").parameter("in_proj_weight", [3 * width, width])
        bias = try scope("attention").parameter("in_proj_bias", [3 * width])
        out = try Linear(width, width, at: scope("attention")("out_proj"))
        norm = try LayerNorm(width, epsilon: configuration.epsilon, at: scope("layernorm"))
        mlp = try SigLIPMLP(configuration, at: scope("mlp"))
        headCount = configuration.headCount
    }

    /// - Parameter hidden: `[batch, tokens, width]`, normalized.
    /// - Returns: `[batch, width]`.
    func callAsFunction(_ hidden: Tensor) throws(TorchError) -> Tensor {
        let weights = try weight.chunked(3, dim: 0), biases = try bias.chunked(3, dim: 0)
        let query = try probe.linear(weight: weights[0], bias: biases[0]).expanded([hidden.shape[0], 1, hidden.shape[2]])
        let attended = try Tensor.scaledDotProductAttention(
            query.heads(headCount), hidden.linear(weight: weights[1], bias: biases[1]).heads(headCount),
            hidden.linear(weight: weights[2], bias: biases[2]).heads(headCount))
        let x = try out(attended.joinedHeads())
        return try (x + mlp(norm(x))).select(dim: 1, index: 0)
    }
}

extension Tensor {
    /// `[batch, tokens, width]` to `[batch, heads, tokens, width / heads]`.
    fileprivate func heads(_ count: Int) throws(TorchError) -> Tensor {
        try reshaped([shape[0], shape[1], count, -1]).transposed(1, 2)
    }

    /// The reverse of `heads`.
    fileprivate func joinedHeads() throws(TorchError) -> Tensor {
        try transposed(1, 2).flattened(from: 2, to: 3)
    }
}

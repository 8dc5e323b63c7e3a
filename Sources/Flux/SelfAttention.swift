import Checkpoints
import Layers
import Torch

/// Query and key normalization over a head. Weights: `query_norm.scale`, `key_norm.scale`. Source: flux, modules/layers, `QKNorm`.
struct QueryKeyNorm {
    let query, key: RMSNorm

    init(_ configuration: FluxConfiguration, at scope: ParameterScope) throws {
        query = try RMSNorm(configuration.headDim, name: "scale", at: scope("query_norm"))
        key = try RMSNorm(configuration.headDim, name: "scale", at: scope("key_norm"))
    }

    /// Packs `qkv` `[batch, tokens, 3 · hidden]` with its norms for the joint attention.
    func stream(_ qkv: Tensor) -> AttentionStream {
        AttentionStream(qkv: qkv, qScale: query.weight, kScale: key.weight)
    }
}

/// The projections around an attention. Weights: `qkv`, `norm`, `proj`. Source: flux, modules/layers, `SelfAttention`.
struct SelfAttention {
    let qkv, proj: Linear
    let norm: QueryKeyNorm

    init(_ configuration: FluxConfiguration, at scope: ParameterScope) throws {
        let hidden = configuration.hiddenSize
        qkv = try Linear(hidden, 3 * hidden, bias: configuration.usesQKVBias, at: scope("qkv"))
        norm = try QueryKeyNorm(configuration, at: scope("norm"))
        proj = try Linear(hidden, hidden, at: scope("proj"))
    }
}

/// Linear, GELU (tanh), linear. Weights: `0`, `2`.
struct MLP {
    let up, down: Linear

    init(_ configuration: FluxConfiguration, at scope: ParameterScope) throws {
        up = try Linear(configuration.hiddenSize, configuration.mlpHiddenSize, at: scope(0))
        down = try Linear(configuration.mlpHiddenSize, configuration.hiddenSize, at: scope(2))
    }

    /// `residual + gate · mlp(x)`, all `[batch, tokens, hidden]`.
    func callAsFunction(_ x: Tensor, addedTo residual: Tensor, gate: Tensor) throws(TorchError) -> Tensor {
        try down(up(x, rows: nil, activation: .gelu), addedTo: residual, gate: gate)
    }
}

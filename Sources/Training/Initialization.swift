import Checkpoints
import Foundation
import Torch

/// Starting values of networks that are trained from nothing, by the names of their weights.
struct Initialization {
    private let generator: RandomGenerator

    init(seed: Int) throws(TorchError) { generator = try RandomGenerator(seed: UInt64(seed)) }

    /// Writes starting values into all tensors of `parameters`, in their order.
    func callAsFunction(_ component: ModelComponent, _ parameters: ParameterSet) throws {
        try withoutGradients {
            for (path, tensor) in parameters.parameters {
                let values = switch component {
                case .flux: try transformer(path, tensor.shape)
                case .autoencoder: try autoEncoder(path, tensor.shape)
                case .t5: try t5(path, tensor.shape)
                case .clip: try clip(path, tensor.shape)
                }
                try tensor.copyInPlace(from: values)
            }
        }
    }

    /// Starting values of a reader: as deep networks with half of their values cut off need them.
    /// Source: arXiv 1502.01852, section 2.2.
    func reader(_ parameters: ParameterSet) throws {
        try withoutGradients {
            for (path, tensor) in parameters.parameters {
                let inputs = Double(tensor.shape.dropFirst().reduce(1, *))
                let values: Tensor = if tensor.shape.count == 1 {
                    try path.hasSuffix("norm.weight") ? .ones(tensor.shape) : .zeros(tensor.shape)
                } else {
                    try normal(tensor.shape, ((tensor.shape.count == 4 ? 2 : 1) / inputs).squareRoot())
                }
                try tensor.copyInPlace(from: values)
            }
        }
    }

    /// Modulations and the last layer start at zero, so that every block starts as the identity (adaLN-zero).
    /// Source: arXiv 2212.09748, section 3.2.
    private func transformer(_ path: String, _ shape: [Int]) throws -> Tensor {
        if path.hasSuffix("scale") { return try .ones(shape) }
        let startsAtZero = path.contains("mod.lin.") || path.contains("modulation.lin.") || path.hasPrefix("final_layer.")
        if startsAtZero || shape.count == 1 { return try .zeros(shape) }
        return try xavier(shape)
    }

    /// PyTorch's defaults, except that residual branches start near zero and the latents start without noise.
    private func autoEncoder(_ path: String, _ shape: [Int]) throws -> Tensor {
        if path.contains("norm") { return try path.hasSuffix("weight") ? .ones(shape) : .zeros(shape) }
        if path.hasSuffix("conv2.weight") || path.hasSuffix("proj_out.weight") { return try normal(shape, 1e-3) }
        if shape.count == 1 {
            let values = try Tensor.zeros(shape)
            if path == "encoder.conv_out.bias" {
                // The second half is the log-variance.
                try values.narrowed(dim: 0, start: shape[0] / 2, count: shape[0] / 2).copyInPlace(from: .full([1], -4))
            }
            return values
        }
        let bound = 1 / Double(shape.dropFirst().reduce(1, *)).squareRoot()
        let values = try bound * (2 * Tensor.uniform(shape, using: generator) - 1)
        if path == "encoder.conv_out.weight" {
            let variance = try values.narrowed(dim: 0, start: shape[0] / 2, count: shape[0] / 2)
            try variance.copyInPlace(from: 0.1 * variance)
        }
        return values
    }

    /// Source: transformers, `T5PreTrainedModel._init_weights`.
    private func t5(_ path: String, _ shape: [Int]) throws -> Tensor {
        if shape.count == 1 { return try .ones(shape) }
        if path.hasPrefix("shared") { return try normal(shape, 1) }
        let inputs = Double(shape[1]).squareRoot()
        // T5 does not scale its scores; its queries start smaller by the root of a head's width, 64.
        if path.contains("SelfAttention.q.") { return try normal(shape, 1 / (8 * inputs)) }
        if path.contains("relative_attention_bias") { return try normal(shape, 0.1) }
        return try normal(shape, 1 / inputs)
    }

    /// Source: transformers, `CLIPPreTrainedModel._init_weights`, in magnitude.
    private func clip(_ path: String, _ shape: [Int]) throws -> Tensor {
        if path.contains("norm") { return try path.hasSuffix("weight") ? .ones(shape) : .zeros(shape) }
        if shape.count == 1 { return try .zeros(shape) }
        if path.contains("embedding") { return try normal(shape, path.contains("position") ? 0.01 : 0.02) }
        return try xavier(shape)
    }

    private func normal(_ shape: [Int], _ deviation: Double) throws(TorchError) -> Tensor {
        try deviation * Tensor.normal(shape, using: generator)
    }

    private func xavier(_ shape: [Int]) throws(TorchError) -> Tensor {
        let bound = (6 / Double(shape[0] + shape[1])).squareRoot()
        return try bound * (2 * Tensor.uniform(shape, using: generator) - 1)
    }
}

/// The dimensions of a FLUX.1 transformer, under the names of the reference's `FluxParams`.
public struct FluxConfiguration: Codable, Sendable, Equatable {
    /// Channels of a packed latent token (latent channels × 2 × 2).
    public var inChannels = 64
    /// Width of the pooled text vector.
    public var vecInDim = 768
    /// Width of the text tokens.
    public var contextInDim = 4096
    public var hiddenSize = 3072
    public var mlpRatio = 4.0
    public var headCount = 24
    /// Number of double-stream blocks.
    public var depth = 19
    /// Number of single-stream blocks.
    public var singleDepth = 38
    /// Dimensions of a head rotated by each position axis (index, row, column); their sum is the head's width.
    public var axesDim = [16, 56, 56]
    public var theta = 10_000.0
    public var usesQKVBias = true
    /// Whether the model takes a guidance strength (dev) or not (schnell).
    public var usesGuidance = true

    /// FLUX.1-dev, 12 billion parameters.
    public static let dev = FluxConfiguration()
    /// FLUX.1-schnell: dev without the guidance embedding.
    public static let schnell = dev.with { $0.usesGuidance = false }

    /// Width of one attention head.
    public var headDim: Int { hiddenSize / headCount }
    /// Width of the hidden layer of a block's MLP.
    public var mlpHiddenSize: Int { Int(Double(hiddenSize) * mlpRatio) }

    /// A copy with some values changed.
    public func with(_ change: (inout Self) -> Void) -> Self {
        var copy = self
        change(&copy)
        return copy
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case inChannels = "in_channels"
        case vecInDim = "vec_in_dim"
        case contextInDim = "context_in_dim"
        case hiddenSize = "hidden_size"
        case mlpRatio = "mlp_ratio"
        case headCount = "num_heads"
        case depth
        case singleDepth = "depth_single_blocks"
        case axesDim = "axes_dim"
        case theta
        case usesQKVBias = "qkv_bias"
        case usesGuidance = "guidance_embed"
    }

    public init() {}

    /// - Throws: `FluxError.invalidConfiguration` when the numbers do not fit together.
    public func validated() throws(FluxError) -> Self {
        let positive = [
            ("in_channels", inChannels), ("vec_in_dim", vecInDim), ("context_in_dim", contextInDim), ("hidden_size", hiddenSize),
            ("num_heads", headCount), ("depth", depth), ("depth_single_blocks", singleDepth),
        ]
        for (name, value) in positive where value < 1 || value > 1 << 20 {
            throw .invalidConfiguration("flux.\(name) is \(value)", expected: "a number from 1 to \(1 << 20)")
        }
        guard hiddenSize % headCount == 0 else {
            throw .invalidConfiguration("flux.hidden_size \(hiddenSize) is not divisible by num_heads \(headCount)", expected: "a multiple of num_heads")
        }
        guard axesDim.count == 3, axesDim.allSatisfy({ $0 > 0 && $0.isMultiple(of: 2) }), axesDim.reduce(0, +) == headDim else {
            throw .invalidConfiguration("flux.axes_dim is \(axesDim)", expected: "three even numbers that add up to hidden_size / num_heads = \(headDim)")
        }
        guard mlpRatio > 0, mlpRatio <= 64, theta > 1, inChannels.isMultiple(of: 4) else {
            throw .invalidConfiguration("flux.mlp_ratio is \(mlpRatio), theta \(theta), in_channels \(inChannels)", expected: "a ratio in 0...64, theta above 1, in_channels divisible by 4")
        }
        return self
    }
}

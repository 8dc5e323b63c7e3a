import Checkpoints
import Torch

/// A residual network without its classifier: a stem, then four stages of blocks.
///
/// Weights: `conv1`, `bn1`, `layerN.M`. Source: arXiv 1512.03385; torchvision, `ResNet` (version 1.5: a bottleneck's 3 × 3
/// convolution carries the stride); face-parsing.PyTorch, `Resnet18`.
struct ResidualNetwork {
    /// Sizes of a residual network.
    struct Configuration: Sendable, Equatable {
        /// Channels of the stem; each stage has twice those of the one before.
        var planes: Int
        /// Blocks of each stage.
        var depths: [Int]
        /// Whether blocks narrow to a quarter of their channels (three convolutions) or not (two).
        var isBottleneck: Bool

        /// Channels of a stage's result.
        func outputs(ofStage stage: Int) -> Int { planes << stage * (isBottleneck ? 4 : 1) }
    }

    private let stem: NormalizedConvolution
    private let stages: [[ResidualBlock]]

    init(_ configuration: Configuration, at scope: ParameterScope) throws {
        stem = try NormalizedConvolution(3, configuration.planes, kernel: 7, stride: 2, at: scope("conv1"), norm: scope("bn1"))
        var inputs = configuration.planes
        stages = try configuration.depths.enumerated().map { stage, depth in
            try (0..<depth).map { index in
                defer { inputs = configuration.outputs(ofStage: stage) }
                return try ResidualBlock(
                    inputs, planes: configuration.planes << stage, isBottleneck: configuration.isBottleneck,
                    stride: stage > 0 && index == 0 ? 2 : 1, at: scope("layer\(stage + 1)")(index))
            }
        }
    }

    /// - Parameter x: `[batch, 3, height, width]`.
    /// - Returns: the result of each stage; their sizes are those of `x` over 4, 8, 16 and 32, rounded up.
    func callAsFunction(_ x: Tensor) throws(TorchError) -> [Tensor] {
        var x = try stem(x).relu().maxPooled2d(kernel: 3, stride: 2, padding: 1)
        var results: [Tensor] = []
        for blocks in stages {
            for block in blocks { x = try block(x) }
            results.append(x)
        }
        return results
    }
}

extension ResidualNetwork.Configuration {
    /// The sizes that the shapes under `prefix` in a file imply; those given where the file does not say.
    init(of source: any TensorSource, prefix: String, default standard: Self) {
        self = standard
        if let rows = source.info(prefix + "bn1.bias")?.shape.first, rows > 0 { planes = rows }
        for stage in depths.indices {
            var depth = 0
            while source.info("\(prefix)layer\(stage + 1).\(depth).bn1.bias") != nil { depth += 1 }
            if depth > 0 { depths[stage] = depth }
        }
    }
}

/// Two or three convolutions added to their input, and a rectifier. Weights: `conv1`, `bn1`, … `downsample`.
private struct ResidualBlock {
    let convolutions: [NormalizedConvolution]
    /// Brings the input to the result's shape where they differ.
    let shortcut: NormalizedConvolution?

    init(_ inputs: Int, planes: Int, isBottleneck: Bool, stride: Int, at scope: ParameterScope) throws {
        let outputs = isBottleneck ? 4 * planes : planes
        // (channels, kernel, stride) of each convolution.
        let layers = isBottleneck ? [(planes, 1, 1), (planes, 3, stride), (outputs, 1, 1)] : [(planes, 3, stride), (planes, 3, 1)]
        var width = inputs
        convolutions = try layers.enumerated().map { index, layer in
            defer { width = layer.0 }
            return try NormalizedConvolution(
                width, layer.0, kernel: layer.1, stride: layer.2, at: scope("conv\(index + 1)"), norm: scope("bn\(index + 1)"))
        }
        let downsample = scope("downsample")
        shortcut = try stride == 1 && inputs == outputs
            ? nil : NormalizedConvolution(inputs, outputs, kernel: 1, stride: stride, at: downsample(0), norm: downsample(1))
    }

    func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        var result = x
        for (index, convolution) in convolutions.enumerated() {
            result = try convolution(result)
            if index < convolutions.count - 1 { result = try result.relu() }
        }
        let residual = if let shortcut { try shortcut(x) } else { x }
        try result.addInPlace(residual)
        return try result.relu()
    }
}

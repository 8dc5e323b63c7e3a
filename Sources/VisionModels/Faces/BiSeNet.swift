public import Checkpoints
public import Torch

/// The face parser BiSeNet: which part of a face each pixel shows.
///
/// Official file: `parsing_bisenet`. Source: arXiv 1808.00897; facexlib, `BiSeNet`.
public struct BiSeNet {
    /// Sizes of the network.
    public struct Configuration: Sendable, Equatable {
        /// Channels of the backbone's stem, 64 in the published network.
        public var planes: Int
        /// Blocks of the backbone's stages.
        public var depths: [Int]
        /// Parts that are told apart.
        public var classCount: Int

        public init(planes: Int = 64, depths: [Int] = [2, 2, 2, 2], classCount: Int = 19) {
            self.planes = planes
            self.depths = depths
            self.classCount = classCount
        }

        /// The sizes that the shapes in a file imply; the published ones where the file does not say.
        public init(of source: any TensorSource) {
            self.init()
            let backbone = ResidualNetwork.Configuration(
                of: source, prefix: "cp.resnet.", default: .init(planes: planes, depths: depths, isBottleneck: false))
            (planes, depths) = (backbone.planes, backbone.depths)
            if let rows = source.info("conv_out.conv_out.weight")?.shape.first, rows > 0 { classCount = rows }
        }
    }

    private let context: ContextPath
    private let fusion: FeatureFusion
    private let head, head16, head32: SegmentationHead

    public init(_ configuration: Configuration, at scope: ParameterScope) throws {
        let planes = configuration.planes
        context = try ContextPath(configuration, at: scope("cp"))
        fusion = try FeatureFusion(4 * planes, at: scope("ffm"))
        head = try SegmentationHead(4 * planes, 4 * planes, configuration.classCount, at: scope("conv_out"))
        head16 = try SegmentationHead(2 * planes, planes, configuration.classCount, at: scope("conv_out16"))
        head32 = try SegmentationHead(2 * planes, planes, configuration.classCount, at: scope("conv_out32"))
    }

    /// Reads a network whose sizes follow from the file; float32.
    ///
    /// - Throws: `CheckpointError.incomplete` naming every tensor by which the file differs from such a network.
    public static func load(_ source: any TensorSource, device: Device = .cpu) throws -> Loaded<BiSeNet> {
        try ParameterScope.load(source, dtype: .float32, device: device) { try BiSeNet(Configuration(of: source), at: $0) }
    }

    /// - Parameter x: `[1, 3, height, width]`, normalized for ImageNet.
    /// - Returns: how well each part fits each pixel, `[1, classCount, height, width]`.
    package func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        let (fine, merged, _) = try context(x)
        return try head(fusion(fine, merged)).enlarged(like: x)
    }

    /// The same from the coarser maps, which serve training.
    package func auxiliary(_ x: Tensor) throws(TorchError) -> (out16: Tensor, out32: Tensor) {
        let (_, merged, coarse) = try context(x)
        return (try head16(merged).enlarged(like: x), try head32(coarse).enlarged(like: x))
    }
}

/// A 3 × 3 or 1 × 1 convolution, batch norm and a rectifier. Weights: `conv`, `bn`.
private struct RectifiedConvolution {
    let convolution: NormalizedConvolution

    init(_ inputs: Int, _ outputs: Int, kernel: Int, at scope: ParameterScope) throws {
        convolution = try NormalizedConvolution(inputs, outputs, kernel: kernel, at: scope("conv"), norm: scope("bn"))
    }

    func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor { try convolution(x).relu() }
}

/// Weights: `conv`, `conv_out`. Source: `BiSeNetOutput`.
private struct SegmentationHead {
    let convolution: RectifiedConvolution
    let out: Tensor

    init(_ inputs: Int, _ width: Int, _ classes: Int, at scope: ParameterScope) throws {
        convolution = try RectifiedConvolution(inputs, width, kernel: 3, at: scope("conv"))
        out = try scope("conv_out").parameter("weight", [classes, width, 1, 1])
    }

    func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor { try convolution(x).convolution2d(weight: out) }
}

/// A map whose channels are weighed by what it shows as a whole. Source: `AttentionRefinementModule`.
private struct AttentionRefinement {
    let convolution: RectifiedConvolution
    let attention: NormalizedConvolution

    init(_ inputs: Int, _ outputs: Int, at scope: ParameterScope) throws {
        convolution = try RectifiedConvolution(inputs, outputs, kernel: 3, at: scope("conv"))
        attention = try NormalizedConvolution(outputs, outputs, kernel: 1, at: scope("conv_atten"), norm: scope("bn_atten"))
    }

    func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        let x = try convolution(x)
        return try x * attention(x.mean([2, 3], keepDim: true)).sigmoid()
    }
}

/// Source: `ContextPath`.
private struct ContextPath {
    let resnet: ResidualNetwork
    let arm16, arm32: AttentionRefinement
    let head16, head32, average: RectifiedConvolution

    init(_ configuration: BiSeNet.Configuration, at scope: ParameterScope) throws {
        let planes = configuration.planes
        resnet = try ResidualNetwork(.init(planes: planes, depths: configuration.depths, isBottleneck: false), at: scope("resnet"))
        arm16 = try AttentionRefinement(4 * planes, 2 * planes, at: scope("arm16"))
        arm32 = try AttentionRefinement(8 * planes, 2 * planes, at: scope("arm32"))
        head32 = try RectifiedConvolution(2 * planes, 2 * planes, kernel: 3, at: scope("conv_head32"))
        head16 = try RectifiedConvolution(2 * planes, 2 * planes, kernel: 3, at: scope("conv_head16"))
        average = try RectifiedConvolution(8 * planes, 2 * planes, kernel: 1, at: scope("conv_avg"))
    }

    /// The backbone's map at an eighth of the size, and what is known from wider views at an eighth and at a sixteenth.
    func callAsFunction(_ x: Tensor) throws(TorchError) -> (fine: Tensor, merged: Tensor, coarse: Tensor) {
        let maps = try resnet(x)
        let (feat8, feat16, feat32) = (maps[1], maps[2], maps[3])
        // One value per channel broadcasts as nearest-neighbour upsampling would spread it.
        let sum32 = try arm32(feat32) + average(feat32.mean([2, 3], keepDim: true))
        let coarse = try head32(sum32.interpolatedNearest(height: feat16.shape[2], width: feat16.shape[3]))
        let sum16 = try arm16(feat16) + coarse
        let merged = try head16(sum16.interpolatedNearest(height: feat8.shape[2], width: feat8.shape[3]))
        return (feat8, merged, coarse)
    }
}

/// Weights: `convblk`, `conv1`, `conv2`. Source: `FeatureFusionModule`.
private struct FeatureFusion {
    let convolution: RectifiedConvolution
    let squeeze, excite: Tensor

    init(_ width: Int, at scope: ParameterScope) throws {
        convolution = try RectifiedConvolution(width, width, kernel: 1, at: scope("convblk"))
        squeeze = try scope("conv1").parameter("weight", [width / 4, width, 1, 1])
        excite = try scope("conv2").parameter("weight", [width, width / 4, 1, 1])
    }

    func callAsFunction(_ fine: Tensor, _ merged: Tensor) throws(TorchError) -> Tensor {
        let x = try convolution(.concatenated([fine, merged], dim: 1))
        let gate = try x.mean([2, 3], keepDim: true).convolution2d(weight: squeeze).relu().convolution2d(weight: excite).sigmoid()
        return try x * gate + x
    }
}

extension Tensor {
    /// Blended to the size of `other`, the outer pixels' centres staying in place.
    fileprivate func enlarged(like other: Tensor) throws(TorchError) -> Tensor {
        try interpolatedBilinear(height: other.shape[2], width: other.shape[3], alignCorners: true)
    }
}

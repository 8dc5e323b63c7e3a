public import Checkpoints
public import Imaging
import Layers
public import Torch

/// The face detector RetinaFace on a ResNet-50.
///
/// Official file: `detection_Resnet50_Final`, whose keys begin with "module.". Source: arXiv 1905.00641; facexlib,
/// `RetinaFace`.
public struct RetinaFace {
    /// Sizes of the network.
    public struct Configuration: Sendable, Equatable {
        /// Channels of the backbone's stem, 64 in the published network.
        public var planes: Int
        /// Blocks of the backbone's stages.
        public var depths: [Int]
        /// Channels of the feature pyramid, 256 in the published network.
        public var width: Int

        public init(planes: Int = 64, depths: [Int] = [3, 4, 6, 3], width: Int = 256) {
            self.planes = planes
            self.depths = depths
            self.width = width
        }

        /// The sizes that the shapes in a file imply; the published ones where the file does not say.
        public init(of source: any TensorSource) {
            self.init()
            let prefix = RetinaFace.prefix(in: source)
            let backbone = ResidualNetwork.Configuration(
                of: source, prefix: prefix + "body.", default: .init(planes: planes, depths: depths, isBottleneck: true))
            (planes, depths) = (backbone.planes, backbone.depths)
            if let rows = source.info(prefix + "fpn.output1.1.bias")?.shape.first, rows > 0, rows % 4 == 0 { width = rows }
        }
    }

    private let body: ResidualNetwork
    private let pyramid: FeaturePyramid
    private let contexts: [ContextModule]
    private let classHeads, boxHeads, landmarkHeads: [Convolution2d]

    public init(_ configuration: Configuration, at root: ParameterScope) throws {
        let scope = root.contains("body.conv1.weight") ? root : root("module")
        let backbone = ResidualNetwork.Configuration(planes: configuration.planes, depths: configuration.depths, isBottleneck: true)
        let width = configuration.width
        body = try ResidualNetwork(backbone, at: scope("body"))
        pyramid = try FeaturePyramid((1...3).map(backbone.outputs), width: width, at: scope("fpn"))
        contexts = try (1...3).map { try ContextModule(width, at: scope("ssh\($0)")) }
        func heads(_ name: String, _ values: Int) throws -> [Convolution2d] {
            try (0..<3).map { try Convolution2d(width, PriorBox.countPerCell * values, kernel: 1, at: scope(name)($0)("conv1x1")) }
        }
        classHeads = try heads("ClassHead", 2)
        boxHeads = try heads("BboxHead", 4)
        landmarkHeads = try heads("LandmarkHead", 10)
    }

    /// Reads a network whose sizes follow from the file; float32.
    ///
    /// - Throws: `CheckpointError.incomplete` naming every tensor by which the file differs from such a network.
    public static func load(_ source: any TensorSource, device: Device = .cpu) throws -> Loaded<RetinaFace> {
        try ParameterScope.load(source, dtype: .float32, device: device) { try RetinaFace(Configuration(of: source), at: $0) }
    }

    private static func prefix(in source: any TensorSource) -> String { source.info("body.conv1.weight") == nil ? "module." : "" }

    /// What the network says of every prior box, in the order of `PriorBox.all`.
    package struct Output {
        /// Where the boxes are, relative to their prior: `[1, boxes, 4]`.
        package let locations: Tensor
        /// How likely they are background and face: `[1, boxes, 2]`, together 1.
        package let scores: Tensor
        /// Where eyes, nose and corners of the mouth are: `[1, boxes, 10]`.
        package let landmarks: Tensor

        package init(locations: Tensor, scores: Tensor, landmarks: Tensor) {
            (self.locations, self.scores, self.landmarks) = (locations, scores, landmarks)
        }
    }

    /// - Parameter x: `[1, 3, height, width]`: blue, green, red, 0...255 less their means.
    package func callAsFunction(_ x: Tensor) throws(TorchError) -> Output {
        let levels = try pyramid(Array(body(x).dropFirst()))
        var features: [Tensor] = []
        for (context, level) in zip(contexts, levels) { features.append(try context(level)) }
        func answers(_ heads: [Convolution2d], _ values: Int) throws(TorchError) -> Tensor {
            var parts: [Tensor] = []
            for (head, feature) in zip(heads, features) { parts.append(try head(feature).permuted([0, 2, 3, 1]).reshaped([1, -1, values])) }
            return try .concatenated(parts, dim: 1)
        }
        return try Output(locations: answers(boxHeads, 4), scores: answers(classHeads, 2).softmax(dim: -1), landmarks: answers(landmarkHeads, 10))
    }

    /// The picture as the network takes it, at its own size.
    package static func input(of picture: PixelImage) throws(TorchError) -> Tensor {
        try Tensor.colours(of: picture).flipped([1]) - Tensor([104, 117, 123] as [Float], shape: [1, 3, 1, 1])
    }

    /// The faces of a picture, the surest first.
    ///
    /// - Parameters:
    ///   - device: where the network's weights are.
    ///   - threshold: a face's least score, exclusive.
    public func faces(in picture: PixelImage, device: Device = .cpu, threshold: Float = 0.97) throws(TorchError) -> [DetectedFace] {
        try self(Self.input(of: picture).channelsLast().to(device)).faces(size: picture.size, threshold: threshold)
    }
}

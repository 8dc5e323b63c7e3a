public import Checkpoints
import Layers
public import Torch

/// The background eraser BEN2: how much of each pixel belongs to the foreground.
///
/// The picture is seen five times, as four quadrants and whole, by a Swin transformer; a decoder lets the views exchange what they found
/// and refines it up to full size. Official file: `BEN2_Base`. Source: arXiv 2501.06230; BEN2, `BEN_Base`.
public struct BEN2 {
    /// The network's sizes.
    public let configuration: BEN2Configuration
    private let backbone: SwinTransformer
    /// What each map of the backbone becomes, finest first.
    private let lateral: [Convolution2d]
    private let exchange: MCLM
    /// From coarse to fine.
    private let refinements: [(block: MCRM, convolution: Convolution2d)]
    private let maskHead: MaskHead

    /// The parts of a file that only training uses.
    package static let unusedParts = (1...5).map { "sideout\($0)." }

    public init(_ configuration: BEN2Configuration, at scope: ParameterScope) throws {
        self.configuration = configuration
        let width = configuration.width
        backbone = try SwinTransformer(configuration, at: scope("backbone"))
        let inputs = [configuration.embedDim] + configuration.depths.indices.map { configuration.embedDim << $0 }
        lateral = try inputs.enumerated().map { try Convolution2d($1, width, kernel: 3, padding: 1, at: scope("output\($0 + 1)")(0)) }
        exchange = try MCLM(width, at: scope("multifieldcrossatt"))
        refinements = try (1...4).reversed().map { level in
            (try MCRM(width, at: scope("dec_blk\(level)")), try Convolution2d(width, width, kernel: 3, padding: 1, at: scope("conv\(level)")(0)))
        }
        maskHead = try MaskHead(configuration, at: scope)
    }

    /// Reads a network whose sizes follow from the file; float32.
    ///
    /// - Throws: `CheckpointError.incomplete` naming every tensor by which the file differs from such a network.
    public static func load(_ source: any TensorSource, device: Device = .cpu) throws -> Loaded<BEN2> {
        try ParameterScope.load(source, dtype: .float32, device: device, ignoring: unusedParts) {
            try BEN2(BEN2Configuration(of: source), at: $0)
        }
    }

    /// - Parameter picture: `[1, 3, height, width]`, normalized for ImageNet; sides are multiples of 128, at least 384.
    /// - Returns: the share of foreground, `[1, 1, height, width]`, 0...1.
    /// - Throws: `VisionError.unsuitableSize`, `TorchError`.
    public func callAsFunction(_ picture: Tensor) throws -> Tensor { try callAsFunction(picture, observe: { _, _ in }) }

    /// - Parameter observe: sees intermediate results under the names of the official attributes.
    package func callAsFunction(_ picture: Tensor, observe: (String, Tensor) throws -> Void) throws -> Tensor {
        let shape = picture.shape
        guard shape.count == 4, shape[0] == 1, shape[1] == 3, shape[2...].allSatisfy({ $0 >= 384 && $0 % 128 == 0 }) else {
            throw VisionError.unsuitableSize(
                network: "BEN2", width: shape.last ?? 0, height: shape.dropLast().last ?? 0, expected: "multiples of 128 from 384 on")
        }
        let maps = try look(at: picture)
        for (index, map) in maps.enumerated() { try observe("feature\(index)", map) }
        var levels: [Tensor] = []
        for (map, convolution) in zip(maps, lateral) { levels.append(try convolution.refined(map)) }
        var x = try exchange(levels.removeLast())
        try observe("multifieldcrossatt", x)
        for (index, refinement) in refinements.enumerated() {
            let e = levels.removeLast()
            x = try refinement.block(e + x.resized(like: e))
            try observe("dec_blk\(4 - index)", x)
            x = try refinement.convolution.refined(x)
        }
        let quadrants = try x.narrowed(dim: 0, start: 0, count: 4).stitched()
        x = try quadrants + x.narrowed(dim: 0, start: 4, count: 1).resized(like: quadrants)
        return try maskHead(x, picture: picture)
    }

    /// The backbone's maps of the quadrants and of the whole picture, `[5, channels, height, width]` each.
    private func look(at picture: Tensor) throws(TorchError) -> [Tensor] {
        let half = try picture.interpolatedBilinear(height: picture.shape[2] / 2, width: picture.shape[3] / 2)
        let views = try Tensor.concatenated([picture.quadrants(), half], dim: 0)
        // One view after another: a fifth of the memory, and no slower on a processor.
        var seen: [[Tensor]] = []
        for index in 0..<5 { seen.append(try backbone(views.narrowed(dim: 0, start: index, count: 1))) }
        var maps: [Tensor] = []
        for level in 0..<seen[0].count { maps.append(try .concatenated(seen.map { $0[level] }, dim: 0)) }
        return maps
    }
}

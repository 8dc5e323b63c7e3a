public import Checkpoints

/// Sizes of a BEN2 network.
public struct BEN2Configuration: Sendable, Equatable {
    /// Channels of the backbone's first stage; they double from stage to stage.
    public var embedDim: Int
    /// Blocks of each stage.
    public var depths: [Int]
    /// Attention heads of each stage.
    public var headCounts: [Int]
    /// Side in tokens of the windows within which the backbone attends.
    public var windowSize: Int
    /// Channels of the decoder.
    public var width: Int
    /// Channels within the head that merges the views.
    public var maskWidth: Int

    public init(embedDim: Int, depths: [Int], headCounts: [Int], windowSize: Int, width: Int, maskWidth: Int) {
        self.embedDim = embedDim
        self.depths = depths
        self.headCounts = headCounts
        self.windowSize = windowSize
        self.width = width
        self.maskWidth = maskWidth
    }

    /// The published network, `BEN2_Base`.
    public static let base = BEN2Configuration(
        embedDim: 128, depths: [2, 2, 18, 2], headCounts: [4, 8, 16, 32], windowSize: 12, width: 128, maskWidth: 384)

    /// The sizes that the shapes in a file imply; those of `base` where the file does not say or makes no sense, so that
    /// loading then names what differs.
    public init(of source: any TensorSource) {
        self = .base
        func rows(_ key: String) -> Int? { source.info(key)?.shape.first.flatMap { $0 > 0 ? $0 : nil } }
        embedDim = rows("backbone.patch_embed.proj.bias") ?? embedDim
        width = rows("output5.0.bias") ?? width
        maskWidth = rows("insmask_head.0.bias") ?? maskWidth
        for stage in depths.indices {
            let path = "backbone.layers.\(stage).blocks"
            var depth = 0
            while source.info("\(path).\(depth).norm1.weight") != nil { depth += 1 }
            guard depth > 0 else { continue }
            depths[stage] = depth
            guard let table = source.info("\(path).0.attn.relative_position_bias_table")?.shape, table.count == 2 else { continue }
            if table[1] > 0, (embedDim << stage) % table[1] == 0 { headCounts[stage] = table[1] }
            let reach = Int(Double(table[0]).squareRoot().rounded())
            if reach > 2, reach % 2 == 1, reach * reach == table[0] { windowSize = (reach + 1) / 2 }
        }
    }
}

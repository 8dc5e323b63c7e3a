package import Checkpoints
import Layers
package import Torch

/// The Swin transformer that BEN2 looks with: attention within windows of tokens, every second block with shifted windows.
///
/// Weights: `patch_embed`, `layers.N.blocks.M`, `layers.N.downsample`, `normN`. Source: arXiv 2103.14030; BEN2,
/// `SwinTransformer`.
package struct SwinTransformer {
    private let configuration: BEN2Configuration
    private let patches: Convolution2d
    private let patchNorm: LayerNorm
    private let stages: [Stage]

    private struct Stage {
        let blocks: [SwinBlock]
        let norm: LayerNorm
        let downsample: PatchMerging?
    }

    package init(_ configuration: BEN2Configuration, at scope: ParameterScope) throws {
        self.configuration = configuration
        patches = try Convolution2d(3, configuration.embedDim, kernel: 4, stride: 4, at: scope("patch_embed")("proj"))
        patchNorm = try LayerNorm(configuration.embedDim, at: scope("patch_embed")("norm"))
        let depths = configuration.depths
        stages = try depths.indices.map { index in
            let layer = scope("layers")(index), width = configuration.embedDim << index
            return Stage(
                blocks: try (0..<depths[index]).map { block in
                    try SwinBlock(
                        width, heads: configuration.headCounts[index], window: configuration.windowSize,
                        shift: block % 2 == 0 ? 0 : configuration.windowSize / 2, at: layer("blocks")(block))
                },
                norm: try LayerNorm(width, at: scope("norm\(index)")),
                downsample: index < depths.count - 1 ? try PatchMerging(width, at: layer("downsample")) : nil)
        }
    }

    /// - Parameter x: `[batch, 3, height, width]`, both sides multiples of 32.
    /// - Returns: the embedded patches, `[batch, embedDim, height / 4, width / 4]`, then what each stage makes of them,
    ///   normalized: `[batch, embedDim · 2ⁱ, height / (4 · 2ⁱ), width / (4 · 2ⁱ)]`.
    package func callAsFunction(_ x: Tensor) throws(TorchError) -> [Tensor] {
        // Tokens stay where they are in the picture: `[batch, rows, columns, channels]`.
        var x = try patchNorm(patches(x).permuted([0, 2, 3, 1]))
        var maps = [try x.permuted([0, 3, 1, 2]).contiguous()]
        for stage in stages {
            let windows = TokenWindows(rows: x.shape[1], columns: x.shape[2], window: configuration.windowSize)
            let mask = try stage.blocks.contains { $0.shift > 0 } ? windows.shiftMask(device: x.device) : nil
            for block in stage.blocks { x = try block(x, windows, mask: mask) }
            maps.append(try stage.norm(x).permuted([0, 3, 1, 2]).contiguous())
            if let downsample = stage.downsample { x = try downsample(x) }
        }
        return maps
    }
}

/// Two by two tokens become one of twice the width. Weights: `norm`, `reduction`. Source: BEN2, `PatchMerging`.
private struct PatchMerging {
    let norm: LayerNorm
    let reduction: Linear

    init(_ width: Int, at scope: ParameterScope) throws {
        norm = try LayerNorm(4 * width, at: scope("norm"))
        reduction = try Linear(4 * width, 2 * width, bias: false, at: scope("reduction"))
    }

    /// - Parameter x: `[batch, rows, columns, width]`, rows and columns even.
    func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
        var parts: [Tensor] = []
        for (row, column) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            parts.append(try x.sliced(dim: 1, from: row, step: 2).sliced(dim: 2, from: column, step: 2))
        }
        return try reduction(norm(.concatenated(parts, dim: -1)))
    }
}

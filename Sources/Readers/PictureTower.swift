import Checkpoints
import Layers
import Torch

/// Convolutions from a picture to a flat vector: one level at the picture's own size, each further one at half the size before.
struct PictureTower {
    private let stem: Convolution2d
    private let stemNorm: GroupNorm
    private let levels: [Level]
    /// Values a picture becomes.
    let outputs: Int

    private struct Level {
        let down, same: Convolution2d
        let downNorm, sameNorm: GroupNorm
    }

    /// - Parameters:
    ///   - widths: channels of each level; four of them for pictures of 48 pixels.
    ///   - side: of the pictures, in pixels.
    init(_ widths: [Int], side: Int, at scope: ParameterScope) throws {
        stem = try Convolution2d(3, widths[0], kernel: 3, padding: 1, at: scope("stem"))
        stemNorm = try GroupNorm(widths[0], groups: 4, at: scope("stem_norm"))
        levels = try zip(widths, widths.dropFirst()).enumerated().map { index, channels in
            let (inputs, outputs) = channels, scope = scope("levels")(index)
            return Level(
                down: try Convolution2d(inputs, outputs, kernel: 3, stride: 2, padding: 1, at: scope("down")),
                same: try Convolution2d(outputs, outputs, kernel: 3, padding: 1, at: scope("same")),
                downNorm: try GroupNorm(outputs, groups: 4, at: scope("down_norm")),
                sameNorm: try GroupNorm(outputs, groups: 4, at: scope("same_norm")))
        }
        let last = side >> levels.count
        outputs = (widths.last ?? 0) * (last / 2) * (last / 2)
    }

    /// - Parameter pictures: `[count, 3, side, side]`, -1...1.
    /// - Returns: `[count, outputs]`.
    func callAsFunction(_ pictures: Tensor) throws(TorchError) -> Tensor {
        var x = try stemNorm.swished(stem(pictures))
        for level in levels {
            x = try level.downNorm.swished(level.down(x))
            x = try x + level.sameNorm.swished(level.same(x))
        }
        return try x.averagePooled2d(kernel: 2).flattened(from: 1)
    }
}

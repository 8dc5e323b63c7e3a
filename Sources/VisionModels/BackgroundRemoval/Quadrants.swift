import Torch

// A picture `[1, channels, 2h, 2w]` and its quadrants `[4, channels, h, w]`: top left, top right, bottom left, bottom right.

extension Tensor {
    /// Four quadrants of one picture.
    func quadrants() throws(TorchError) -> Tensor {
        let (channels, height, width) = (shape[1], shape[2] / 2, shape[3] / 2)
        return try reshaped([channels, 2, height, 2, width]).permuted([1, 3, 0, 2, 4]).reshaped([4, channels, height, width])
    }

    /// One picture of four quadrants.
    func stitched() throws(TorchError) -> Tensor {
        let (channels, height, width) = (shape[1], shape[2], shape[3])
        return try reshaped([2, 2, channels, height, width]).permuted([2, 0, 3, 1, 4]).reshaped([1, channels, 2 * height, 2 * width])
    }

    /// A picture's pixels as tokens: `[batch, height · width, channels]`.
    func tokens() throws(TorchError) -> Tensor { try flattened(from: 2).transposed(1, 2) }

    /// Tokens `[batch, height · width, channels]` as a picture.
    func picture(height: Int, width: Int) throws(TorchError) -> Tensor {
        try transposed(1, 2).reshaped([shape[0], shape[2], height, width])
    }

    /// Pixels blended linearly to the size of another picture.
    func resized(like other: Tensor) throws(TorchError) -> Tensor {
        let (height, width) = (other.shape[2], other.shape[3])
        return shape[2] == height && shape[3] == width ? self : try interpolatedBilinear(height: height, width: width)
    }

    /// Tokens of the picture at several scales, one after another: `[batch, tokens, channels]`.
    ///
    /// The target of each ratio is `size / ratio`, rounded half to even, as Python rounds; each new pixel is the mean of the old ones it
    /// touches. Source: PyTorch, `adaptive_avg_pool2d`.
    ///
    /// - Parameters:
    ///   - sizes: `[height, width]` of each scale.
    func pooledTokens(_ sizes: [[Int]]) throws(TorchError) -> Tensor {
        var parts: [Tensor] = []
        for size in sizes {
            let rows = try Self.means(from: shape[2], to: size[0], device: device)
            let columns = try Self.means(from: shape[3], to: size[1], device: device)
            parts.append(try rows.matmul(matmul(columns.transposed(0, 1))).tokens())
        }
        return try .concatenated(parts, dim: 1)
    }

    /// The weights with which `length` pixels are averaged to `count`: `[count, length]`.
    private static func means(from length: Int, to count: Int, device: Device) throws(TorchError) -> Tensor {
        var weights = [Float](repeating: 0, count: count * length)
        for place in 0..<count {
            let range = place * length / count..<((place + 1) * length + count - 1) / count
            for source in range { weights[place * length + source] = 1 / Float(range.count) }
        }
        return try Tensor(weights, shape: [count, length], device: device)
    }
}

/// The sizes to which a picture is pooled, `[height, width]` for each ratio.
func pooledSizes(height: Int, width: Int, ratios: [Int]) -> [[Int]] {
    ratios.map { ratio in [height, width].map { Int((Double($0) / Double(ratio)).rounded(.toNearestOrEven)) } }
}

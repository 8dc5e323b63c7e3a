public import Torch

/// Evaluates convolutions of a large picture in horizontal bands, with the same result as at once.
///
/// A band is read with the neighbouring rows that its convolution needs, and group normalization uses the statistics of the
/// whole picture, so there are no seams: only the temporary memory shrinks, from several copies of
/// the picture to a few bands.
public struct RowBands: Sendable, Equatable {
    /// Rows of output per band.
    public let height: Int

    public init(height: Int) {
        precondition(height > 0, "a band needs at least one row")
        self.height = height
    }

    /// A 3 × 3 convolution with stride 1 and padding 1: `[batch, outputs, height, width]`.
    ///
    /// - Parameters:
    ///   - x: `[batch, inputs, height, width]`.
    ///   - prepare: what happens to each pixel before the convolution (normalization, activation).
    public func convolve(
        _ x: Tensor, _ convolution: Convolution2d, prepare: ((Tensor) throws(TorchError) -> Tensor)? = nil
    ) throws(TorchError) -> Tensor {
        let output = try picture(x.shape[2], x.shape[3], of: convolution, like: x)
        try forEach(x.shape[2]) { rows throws(TorchError) in
            try output.rows(rows).copyInPlace(from: convolved(x, rows, convolution, prepare))
        }
        return output
    }

    /// Adds a 3 × 3 convolution of `x`, with stride 1 and padding 1, to `output` in place.
    ///
    /// - Parameters:
    ///   - output: `[batch, outputs, height, width]`; shares no memory with `x`, `[batch, inputs, height, width]`.
    ///   - prepare: as in `convolve`.
    public func add(
        to output: Tensor, _ x: Tensor, _ convolution: Convolution2d, prepare: @escaping (Tensor) throws(TorchError) -> Tensor
    ) throws(TorchError) {
        try forEach(x.shape[2]) { rows throws(TorchError) in
            try output.rows(rows).addInPlace(convolved(x, rows, convolution, prepare))
        }
    }

    /// A 1 × 1 convolution of `x`, `[batch, inputs, height, width]`, in the memory of `x` where it has room.
    ///
    /// - Returns: `[batch, outputs, height, width]`; the first channels of `x`, overwritten, unless there are more outputs than inputs.
    public func replaceChannels(of x: Tensor, _ convolution: Convolution2d) throws(TorchError) -> Tensor {
        let outputs = convolution.weight.shape[0]
        let output = try outputs <= x.shape[1]
            ? x.narrowed(dim: 1, start: 0, count: outputs) : picture(x.shape[2], x.shape[3], of: convolution, like: x)
        try forEach(x.shape[2]) { rows throws(TorchError) in
            try output.rows(rows).copyInPlace(from: convolution(x.rows(rows)))
        }
        return output
    }

    /// A 3 × 3 convolution with padding 1 of the picture doubled by nearest neighbour: `[batch, outputs, 2 · height, 2 · width]`.
    public func convolveDoubled(_ x: Tensor, _ convolution: Convolution2d) throws(TorchError) -> Tensor {
        let height = 2 * x.shape[2], width = 2 * x.shape[3]
        let output = try picture(height, width, of: convolution, like: x)
        try forEach(height) { rows throws(TorchError) in
            let needed = (rows.lowerBound - 1..<rows.upperBound + 1).clamped(to: 0..<height)
            let source = needed.lowerBound / 2..<(needed.upperBound + 1) / 2
            let first = needed.lowerBound - 2 * source.lowerBound
            let doubled = try x.rows(source).upsampledNearest(scale: 2).rows(first..<first + needed.count)
            let edges = [1, 1, needed.lowerBound - rows.lowerBound + 1, rows.upperBound + 1 - needed.upperBound]
            try output.rows(rows).copyInPlace(from: convolution.withoutPadding(doubled.padded(edges)))
        }
        return output
    }

    /// A 3 × 3 convolution with stride 2 and zeros on the right and at the bottom only: `[batch, outputs, height / 2, width / 2]`.
    public func convolveHalved(_ x: Tensor, _ convolution: Convolution2d) throws(TorchError) -> Tensor {
        let output = try picture(x.shape[2] / 2, x.shape[3] / 2, of: convolution, like: x)
        try forEach(x.shape[2] / 2) { rows throws(TorchError) in
            let needed = (2 * rows.lowerBound..<2 * rows.upperBound + 1).clamped(to: 0..<x.shape[2])
            let band = try x.rows(needed).padded([0, 1, 0, 2 * rows.upperBound + 1 - needed.upperBound])
            try output.rows(rows).copyInPlace(from: convolution(band))
        }
        return output
    }

    /// The band `rows` of a 3 × 3 convolution.
    private func convolved(
        _ x: Tensor, _ rows: Range<Int>, _ convolution: Convolution2d, _ prepare: ((Tensor) throws(TorchError) -> Tensor)?
    ) throws(TorchError) -> Tensor {
        let needed = (rows.lowerBound - 1..<rows.upperBound + 1).clamped(to: 0..<x.shape[2])
        var band = try x.rows(needed)
        if let prepare { band = try prepare(band) }
        // Zeros around the picture come after `prepare`, as padding inside the convolution would.
        let edges = [1, 1, needed.lowerBound - rows.lowerBound + 1, rows.upperBound + 1 - needed.upperBound]
        return try convolution.withoutPadding(band.padded(edges))
    }

    private func picture(_ height: Int, _ width: Int, of convolution: Convolution2d, like x: Tensor) throws(TorchError) -> Tensor {
        try Tensor.empty([x.shape[0], convolution.weight.shape[0], height, width], dtype: x.dtype, device: x.device)
    }

    private func forEach(_ rowCount: Int, _ body: (Range<Int>) throws(TorchError) -> Void) throws(TorchError) {
        for start in stride(from: 0, to: rowCount, by: height) {
            try body(start..<min(start + height, rowCount))
        }
    }
}

extension Tensor {
    /// A view of some rows of `[batch, channels, height, width]`.
    fileprivate func rows(_ range: Range<Int>) throws(TorchError) -> Tensor {
        try narrowed(dim: 2, start: range.lowerBound, count: range.count)
    }
}

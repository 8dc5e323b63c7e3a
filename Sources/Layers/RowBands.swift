public import Torch

/// Evaluates convolutions of a large picture in horizontal bands, with the same result as at once.
///
/// A band is read with the neighbouring rows that its convolution needs, and group normalization uses the statistics of the
/// whole picture, so there are no seams: only the temporary memory shrinks, from several copies of
/// the picture to a few bands.
public struct RowBands: Sendable {
    /// Rows of output per band.
    public let height: Int

    public init(height: Int) {
        precondition(height > 0, "a band needs at least one row")
        self.height = height
    }

    /// A 3 × 3 convolution with stride 1 and padding 1.
    ///
    /// - Parameters:
    ///   - x: `[batch, inputs, height, width]`.
    ///   - prepare: what happens to each band before the convolution, row by row (normalization, activation).
    ///   - output: receives `[batch, outputs, height, width]`; made when nil. Results are added to it when given.
    public func convolve(
        _ x: Tensor, _ convolution: Convolution2d, adding output: Tensor? = nil,
        prepare: ((Tensor) throws(TorchError) -> Tensor)? = nil
    ) throws(TorchError) -> Tensor {
        let rows = x.shape[2]
        let shape = [x.shape[0], convolution.weight.shape[0], rows, x.shape[3]]
        let result: Tensor
        if let output {
            result = output
        } else {
            result = try Tensor.empty(shape, dtype: x.dtype, device: x.device)
        }
        for start in stride(from: 0, to: rows, by: height) {
            let end = min(start + height, rows)
            let first = max(start - 1, 0), last = min(end + 1, rows)
            // Zeros around the picture come after `prepare`, as padding inside the convolution would.
            var band = try x.narrowed(dim: 2, start: first, count: last - first)
            if let prepare { band = try prepare(band) }
            // Zeros around the picture come after `prepare`, as padding inside the convolution would.
            band = try band.padded([1, 1, start == 0 ? 1 : 0, end == rows ? 1 : 0])
            let target = try result.narrowed(dim: 2, start: start, count: end - start)
            let value = try convolution.withoutPadding(band)
            if output == nil {
                try target.copyInPlace(from: value)
            } else {
                try target.addInPlace(value)
            }
        }
        return result
    }
}

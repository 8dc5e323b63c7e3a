public import Torch

/// A matrix in 8 bits: a whole number from -127 to 127 per element, and a scale per row.
///
/// Each row is scaled by its largest magnitude, so an element is off by at most half a step, 1/254 of that magnitude.
public struct EightBitMatrix: CodedMatrix {
    /// `[rows, columns]`, int8.
    public let codes: Tensor
    /// `[rows, 1]`, float32.
    public let scale: Tensor

    /// - Parameter matrix: `[rows, columns]`, floating point.
    public init(_ matrix: Tensor) throws(TorchError) {
        let wide = try matrix.to(.float32)
        let largest = try wide.abs().amax([1], keepDim: true)
        let scale = try (largest / 127).clamped(min: 1e-30)
        self.init(codes: try (wide / scale).rounded().to(.int8), scale: scale)
    }

    /// A matrix from its parts, as a file holds them.
    public init(codes: Tensor, scale: Tensor) {
        self.codes = codes
        self.scale = scale
    }

    public var shape: [Int] { codes.shape }
    public var byteCount: Int { shape.reduce(1, *) + 4 * shape[0] }
    public var device: Device { codes.device }

    public func values(_ rows: Range<Int>, as dtype: DType) throws(TorchError) -> Tensor {
        let part = try codes.narrowed(dim: 0, start: rows.lowerBound, count: rows.count)
        return try (part.to(.float32) * scale.narrowed(dim: 0, start: rows.lowerBound, count: rows.count)).to(dtype)
    }

    public func rows(_ range: Range<Int>) throws(TorchError) -> EightBitMatrix {
        try EightBitMatrix(
            codes: codes.narrowed(dim: 0, start: range.lowerBound, count: range.count),
            scale: scale.narrowed(dim: 0, start: range.lowerBound, count: range.count))
    }

    public func moved(to device: Device) throws(TorchError) -> EightBitMatrix {
        try EightBitMatrix(codes: codes.to(device), scale: scale.to(device))
    }
}

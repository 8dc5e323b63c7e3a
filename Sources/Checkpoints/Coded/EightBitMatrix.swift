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
        let (codes, scale) = try matrix.contiguous().eightBitCodes()
        self.init(codes: codes, scale: scale)
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
        let scale = try scale.narrowed(dim: 0, start: rows.lowerBound, count: rows.count)
        return try codes.narrowed(dim: 0, start: rows.lowerBound, count: rows.count).eightBitValues(rowScale: scale, as: dtype)
    }

    public func moved(to device: Device) throws(TorchError) -> EightBitMatrix {
        try EightBitMatrix(codes: codes.to(device), scale: scale.to(device))
    }
}

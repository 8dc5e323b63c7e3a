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
        let shape = matrix.shape, device = matrix.device
        let codes = try Tensor.empty(shape, dtype: .int8, device: device), scale = try Tensor.empty([shape[0], 1], device: device)
        for band in RowRanges.bands(0..<shape[0], columns: shape[1], device: device) {
            let wide = try matrix.rows(band).to(.float32)
            let step = try (wide.abs().amax([1], keepDim: true) / 127).clamped(min: 1e-30)
            try codes.rows(band).copyInPlace(from: (wide / step).rounded())
            try scale.rows(band).copyInPlace(from: step)
        }
        self.init(codes: codes, scale: scale)
    }

    /// A matrix from its parts, as a file holds them.
    public init(codes: Tensor, scale: Tensor) {
        self.codes = codes
        self.scale = scale
    }

    public var shape: [Int] { codes.shape }
    public var byteCount: Int { codes.byteCount + scale.byteCount }
    public var device: Device { codes.device }

    public func values(_ rows: Range<Int>, as dtype: DType) throws(TorchError) -> Tensor {
        try RowRanges.numbers(rows, columns: shape[1], as: dtype, device: device) { band throws(TorchError) in
            try codes.rows(band).to(.float32) * scale.rows(band)
        }
    }

    public func rows(_ range: Range<Int>) throws(TorchError) -> EightBitMatrix {
        try EightBitMatrix(codes: codes.rows(range), scale: scale.rows(range))
    }

    public func moved(to device: Device) throws(TorchError) -> EightBitMatrix {
        try EightBitMatrix(codes: codes.to(device), scale: scale.to(device))
    }
}

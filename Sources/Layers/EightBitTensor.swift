public import Torch

/// A matrix in 8 bits: a whole number from -127 to 127 per element, and a scale per row.
///
/// Each row is scaled by its largest magnitude, so an element is off by at most half a step, 1/254 of that magnitude.
public struct EightBitTensor {
    /// `[rows, columns]`, int8.
    public let codes: Tensor
    /// `[rows, 1]`, float32.
    public let scale: Tensor
    /// The type of the matrix that was stored, and of `values`.
    public let dtype: DType

    /// - Parameter matrix: `[rows, columns]`, floating point.
    public init(_ matrix: Tensor) throws(TorchError) {
        let wide = try matrix.to(.float32)
        let largest = try wide.abs().amax([1], keepDim: true)
        scale = try (largest / 127).clamped(min: 1e-30)
        codes = try (wide / scale).rounded().to(.int8)
        dtype = matrix.dtype
    }

    /// The matrix `[rows, columns]`, in the type it had.
    public func values() throws(TorchError) -> Tensor { try codes.to(dtype) * scale.to(dtype) }
}

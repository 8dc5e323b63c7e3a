public import Torch

/// A matrix of numbers in a narrower type than the one computed in, bfloat16 for float32: no number changes.
public struct NarrowMatrix: CodedMatrix {
    /// `[rows, columns]`, floating point.
    public let numbers: Tensor

    public init(_ numbers: Tensor) { self.numbers = numbers }

    public var shape: [Int] { numbers.shape }
    public var byteCount: Int { numbers.byteCount }
    public var device: Device { numbers.device }

    public func values(_ rows: Range<Int>, as dtype: DType) throws(TorchError) -> Tensor {
        try numbers.narrowed(dim: 0, start: rows.lowerBound, count: rows.count).to(dtype)
    }

    /// Some rows, in the same memory.
    public func rows(_ range: Range<Int>) throws(TorchError) -> NarrowMatrix {
        NarrowMatrix(try numbers.narrowed(dim: 0, start: range.lowerBound, count: range.count))
    }

    public func moved(to device: Device) throws(TorchError) -> NarrowMatrix { NarrowMatrix(try numbers.to(device)) }
}

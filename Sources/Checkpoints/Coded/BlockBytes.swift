import Torch

/// Blocks as rows of bytes, and the numbers in them as float32.
///
/// Bit fields are cut out with divisions by powers of two and `floor`, which are exact for bytes in float32, so that no integer
/// operations are needed that a device may lack.
struct BlockBytes {
    /// `[blocks, bytes]`, uint8; the rows of a contiguous tensor.
    let bytes: Tensor

    init(_ bytes: Tensor) { self.bytes = bytes }

    /// Half-precision numbers at an even offset, `[blocks, 1]`.
    func half(at offset: Int) throws(TorchError) -> Tensor {
        try bytes.narrowed(dim: 1, start: offset, count: 2).viewed(as: .float16).to(.float32)
    }

    /// Bytes as whole numbers 0...255, in rows of the given shape: `[blocks] + shape`.
    func unsigned(at offset: Int, _ shape: [Int]) throws(TorchError) -> Tensor {
        try field(offset, shape, .uint8)
    }

    /// Bytes as whole numbers -128...127.
    func signed(at offset: Int, _ shape: [Int]) throws(TorchError) -> Tensor {
        try field(offset, shape, .int8)
    }

    private func field(_ offset: Int, _ shape: [Int], _ dtype: DType) throws(TorchError) -> Tensor {
        let part = try bytes.narrowed(dim: 1, start: offset, count: shape.reduce(1, *))
        return try part.viewed(as: dtype).to(.float32).reshaped([bytes.shape[0]] + shape)
    }
}

extension Tensor {
    /// `width` bits of each whole number 0...255, from bit `first` on, as a number.
    func bits(_ first: Int, _ width: Int) throws(TorchError) -> Tensor {
        let high = first == 0 ? self : try (self * (1 / Double(1 << first))).floor()
        if first + width == 8 { return high }
        let above = try (high * (1 / Double(1 << width))).floor()
        return try high - above * Double(1 << width)
    }

    /// All fields of `width` bits of each whole number 0...255, the lowest first, along a new dimension `dim`.
    func fields(_ width: Int, dim: Int) throws(TorchError) -> Tensor {
        let size = Double(1 << width)
        var rest = self, parts: [Tensor] = []
        for _ in 1..<8 / width {
            let higher = try (rest * (1 / size)).floor()
            parts.append(try rest - higher * size)
            rest = higher
        }
        return try .stacked(parts + [rest], dim: dim)
    }
}

public import Torch

/// A matrix as the blocks of a GGUF file: the bytes as they are, of which numbers are made with ordinary operations on any device.
public struct BlockMatrix: CodedMatrix {
    /// How a block stands for numbers.
    public let code: BlockCode
    /// `[rows, columns / code.count, code.byteCount]`, uint8.
    public let blocks: Tensor

    /// - Parameter blocks: `[rows, columns / code.count, code.byteCount]`, uint8, contiguous.
    public init(_ code: BlockCode, blocks: Tensor) {
        precondition(blocks.rank == 3 && blocks.shape[2] == code.byteCount, "\(blocks.shape) are not blocks of \(code.rawValue)")
        self.code = code
        self.blocks = blocks
    }

    public var shape: [Int] { [blocks.shape[0], blocks.shape[1] * code.count] }
    public var byteCount: Int { blocks.byteCount }
    public var device: Device { blocks.device }

    /// Bit for bit what ggml's scalar formulas give in float32, rounded to `dtype`.
    public func values(_ rows: Range<Int>, as dtype: DType) throws(TorchError) -> Tensor {
        let columns = shape[1], band = max(1, bandCount / max(columns, 1))
        if rows.count <= band { return try numbers(rows).to(dtype) }
        let result = try Tensor.empty([rows.count, columns], dtype: dtype, device: device)
        for start in stride(from: 0, to: rows.count, by: band) {
            let count = min(band, rows.count - start), first = rows.lowerBound + start
            try result.narrowed(dim: 0, start: start, count: count).copyInPlace(from: numbers(first..<first + count))
        }
        return result
    }

    public func rows(_ range: Range<Int>) throws(TorchError) -> BlockMatrix {
        try BlockMatrix(code, blocks: blocks.narrowed(dim: 0, start: range.lowerBound, count: range.count))
    }

    public func moved(to device: Device) throws(TorchError) -> BlockMatrix { try BlockMatrix(code, blocks: blocks.to(device)) }

    /// Numbers that are made at once: what a processor's cache holds with all that lies between, and enough to occupy a GPU.
    private var bandCount: Int { device == .cpu ? 1 << 17 : 1 << 23 }

    private func numbers(_ rows: Range<Int>) throws(TorchError) -> Tensor {
        let part = try blocks.narrowed(dim: 0, start: rows.lowerBound, count: rows.count)
        guard part.count > 0 else { return try .zeros([rows.count, shape[1]], device: device) }
        return try code.numbers(BlockBytes(part.flattened(from: 0, to: 1))).reshaped([rows.count, shape[1]])
    }
}

// MARK: Coding

extension BlockMatrix {
    /// Codes a matrix as Q8_0, with the numbers that ggml's `quantize_row_q8_0_ref` gives.
    ///
    /// - Parameter matrix: `[rows, columns]`, floating point and finite; columns are a multiple of 32.
    public static func q8_0(_ matrix: Tensor) throws(TorchError) -> BlockMatrix {
        let code = BlockCode.q8_0
        let rows = matrix.shape[0], perRow = matrix.shape[1] / code.count
        precondition(matrix.shape[1] == perRow * code.count, "columns \(matrix.shape[1]) are not whole blocks")
        let blocks = try Tensor.empty([rows, perRow, code.byteCount], dtype: .uint8, device: matrix.device)
        let band = max(1, (1 << 17) / max(matrix.shape[1], 1))
        for start in stride(from: 0, to: rows, by: band) {
            let count = min(band, rows - start)
            let part = try matrix.narrowed(dim: 0, start: start, count: count).to(.float32).reshaped([count, perRow, code.count])
            try blocks.narrowed(dim: 0, start: start, count: count).copyInPlace(from: q8_0Blocks(part))
        }
        return BlockMatrix(code, blocks: blocks)
    }

    /// `d` is a 127th of the largest magnitude, rounded to half precision only after `x / d` was rounded, halves away from zero.
    private static func q8_0Blocks(_ x: Tensor) throws(TorchError) -> Tensor {
        let d = try x.abs().amax([2], keepDim: true) / 127
        let inverse = try 1 / d
        // Blocks of zeros, or of numbers too small for a half.
        let scaled = try x * Tensor.where(inverse.isFinite(), inverse, Tensor.zeros([], device: x.device))
        let magnitude = try scaled.abs()
        let down = try magnitude.floor()
        let rounded = try down + (magnitude - down).greaterOrEqual(0.5).to(.float32)
        let codes = try Tensor.where(scaled.less(0), -rounded, rounded).to(.int8)
        return try .concatenated([d.to(.float16).viewed(as: .uint8), codes.viewed(as: .uint8)], dim: 2)
    }
}

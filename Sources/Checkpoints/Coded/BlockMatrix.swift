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
        try RowRanges.numbers(rows, columns: shape[1], as: dtype, device: device) { band throws(TorchError) in
            let part = try blocks.rows(band)
            guard part.count > 0 else { return try .zeros([band.count, shape[1]], device: device) }
            return try code.numbers(BlockBytes(part.flattened(from: 0, to: 1))).reshaped([band.count, shape[1]])
        }
    }

    public func rows(_ range: Range<Int>) throws(TorchError) -> BlockMatrix { try BlockMatrix(code, blocks: blocks.rows(range)) }

    public func moved(to device: Device) throws(TorchError) -> BlockMatrix { try BlockMatrix(code, blocks: blocks.to(device)) }
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
        for band in RowRanges.bands(0..<rows, columns: matrix.shape[1], device: matrix.device) {
            let part = try matrix.rows(band).to(.float32).reshaped([band.count, perRow, code.count])
            try blocks.rows(band).copyInPlace(from: q8_0Blocks(part))
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

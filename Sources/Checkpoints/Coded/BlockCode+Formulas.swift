import Torch

/// What the bytes of a block mean. `d`, `m` and `dmin` are half-precision numbers; a nibble is the low or high four bits of a byte.
/// Every product of a scale and a code is exact in float32, so that at most one subtraction or addition rounds.
extension BlockCode {
    /// The numbers of blocks, `[blocks, count]`, float32.
    func numbers(_ block: BlockBytes) throws(TorchError) -> Tensor {
        let numbers = switch self {
        case .q4_0: try Self.q4_0(block)
        case .q4_1: try Self.q4_1(block)
        case .q5_0: try Self.q5_0(block)
        case .q5_1: try Self.q5_1(block)
        case .q8_0: try Self.q8_0(block)
        case .q2_K: try Self.q2_K(block)
        case .q3_K: try Self.q3_K(block)
        case .q4_K: try Self.q4_K(block)
        case .q5_K: try Self.q5_K(block)
        case .q6_K: try Self.q6_K(block)
        }
        return try numbers.reshaped([block.bytes.shape[0], count])
    }

    // MARK: Blocks of 32

    /// `d` (2 bytes), 16 bytes of codes: the low nibbles are numbers 0...15, the high ones 16...31. `x = (q - 8) · d`.
    private static func q4_0(_ block: BlockBytes) throws(TorchError) -> Tensor {
        try (nibbles(block, at: 2) - 8) * block.half(at: 0)
    }

    /// `d`, `m` (2 bytes each), 16 bytes of codes as in Q4_0. `x = q · d + m`.
    private static func q4_1(_ block: BlockBytes) throws(TorchError) -> Tensor {
        try nibbles(block, at: 4) * block.half(at: 0) + block.half(at: 2)
    }

    /// `d` (2 bytes), 4 bytes with the fifth bit of every code, number 0's the lowest of the first byte, 16 bytes of codes as in
    /// Q4_0. `x = (q - 16) · d`.
    private static func q5_0(_ block: BlockBytes) throws(TorchError) -> Tensor {
        try (nibbles(block, at: 6) + fifthBits(block, at: 2) * 16 - 16) * block.half(at: 0)
    }

    /// `d`, `m` (2 bytes each), then as Q5_0. `x = q · d + m`.
    private static func q5_1(_ block: BlockBytes) throws(TorchError) -> Tensor {
        try (nibbles(block, at: 8) + fifthBits(block, at: 4) * 16) * block.half(at: 0) + block.half(at: 2)
    }

    /// `d` (2 bytes), 32 signed bytes. `x = q · d`.
    private static func q8_0(_ block: BlockBytes) throws(TorchError) -> Tensor {
        try block.signed(at: 2, [32]) * block.half(at: 0)
    }

    private static func nibbles(_ block: BlockBytes, at offset: Int) throws(TorchError) -> Tensor {
        try block.unsigned(at: offset, [16]).fields(4, dim: 1).flattened(from: 1)
    }

    private static func fifthBits(_ block: BlockBytes, at offset: Int) throws(TorchError) -> Tensor {
        try block.unsigned(at: offset, [4]).fields(1, dim: 2).flattened(from: 1)
    }

    // MARK: Blocks of 256

    /// 16 bytes with a scale (low nibble) and a minimum (high nibble) for every 16 numbers, 64 bytes of codes, `d`, `dmin`.
    ///
    /// Each half of the block has 32 bytes: their lowest two bits are its first 32 numbers, the next two bits the next 32, and so on.
    /// `x = (d · scale) · q - dmin · minimum`.
    private static func q2_K(_ block: BlockBytes) throws(TorchError) -> Tensor {
        let scales = try block.unsigned(at: 0, [16, 1])
        let codes = try block.unsigned(at: 16, [2, 32]).fields(2, dim: 2).reshaped([-1, 16, 16])
        let d = try block.half(at: 80).unsqueezed(2), dmin = try block.half(at: 82).unsqueezed(2)
        return try d * scales.bits(0, 4) * codes - dmin * scales.bits(4, 4)
    }

    /// 32 bytes with the third bit of every code, 64 bytes of codes as in Q2_K, 12 bytes of scales, `d`.
    ///
    /// Bit `i` of the first 32 bytes belongs to the numbers from `32 · i` on. The 16 scales have six bits: their low four are the low
    /// nibbles of the first eight bytes, then the high ones; their high two are the last four bytes' lowest two bits, and so on.
    /// `x = (d · (scale - 32)) · (q - 4)`.
    private static func q3_K(_ block: BlockBytes) throws(TorchError) -> Tensor {
        let low = try block.unsigned(at: 96, [8]).fields(4, dim: 1).flattened(from: 1)
        let high = try block.unsigned(at: 104, [4]).fields(2, dim: 1).flattened(from: 1)
        let scales = try (low + high * 16 - 32).unsqueezed(2)
        let third = try block.unsigned(at: 0, [32]).fields(1, dim: 1)
        let codes = try block.unsigned(at: 32, [2, 32]).fields(2, dim: 2).reshaped([-1, 8, 32]) + third * 4 - 4
        return try block.half(at: 108).unsqueezed(2) * scales * codes.reshaped([-1, 16, 16])
    }

    /// `d`, `dmin`, 12 bytes of scales, 128 bytes of codes.
    ///
    /// Every 32 bytes of codes stand for 64 numbers: the low nibbles for the first 32, the high ones for the others. Each 32 numbers
    /// have a scale and a minimum. `x = (d · scale) · q - dmin · minimum`.
    private static func q4_K(_ block: BlockBytes) throws(TorchError) -> Tensor {
        let (scale, minimum) = try scalesAndMinima(block)
        let codes = try block.unsigned(at: 16, [4, 32]).fields(4, dim: 2).reshaped([-1, 8, 32])
        return try scale * codes - minimum
    }

    /// `d`, `dmin`, 12 bytes of scales, 32 bytes with the fifth bit of every code, 128 bytes of codes as in Q4_K.
    ///
    /// Bit `i` of the 32 bytes belongs to the numbers from `32 · i` on. `x = (d · scale) · q - dmin · minimum`.
    private static func q5_K(_ block: BlockBytes) throws(TorchError) -> Tensor {
        let (scale, minimum) = try scalesAndMinima(block)
        let fifth = try block.unsigned(at: 16, [32]).fields(1, dim: 1)
        let codes = try block.unsigned(at: 48, [4, 32]).fields(4, dim: 2).reshaped([-1, 8, 32])
        return try scale * (codes + fifth * 16) - minimum
    }

    /// 128 bytes with the low four bits of the codes, 64 bytes with their high two, 16 signed bytes of scales, one for 16 numbers, `d`.
    ///
    /// Each half of the block has 64 bytes of low bits: their low nibbles are its first 64 numbers, their high ones the other 64. Of
    /// its 32 bytes of high bits the lowest two belong to its first 32 numbers, and so on. `x = (d · scale) · (q - 32)`.
    private static func q6_K(_ block: BlockBytes) throws(TorchError) -> Tensor {
        let low = try block.unsigned(at: 0, [2, 64]).fields(4, dim: 2).reshaped([-1, 2, 4, 32])
        let high = try block.unsigned(at: 128, [2, 32]).fields(2, dim: 2)
        let scales = try block.signed(at: 192, [16, 1])
        return try block.half(at: 208).unsqueezed(2) * scales * (low + high * 16 - 32).reshaped([-1, 16, 16])
    }

    /// `d · scale` and `dmin · minimum` of a block of Q4_K or Q5_K, `[blocks, 8, 1]` each.
    ///
    /// Of the 12 bytes `a` (4), `b` (4) and `c` (4), the first four scales are the low six bits of `a`, the first four minima those of
    /// `b`. The others have their low four bits in `c`, scales in the low nibbles, and their high two in those of `a` and `b`.
    private static func scalesAndMinima(_ block: BlockBytes) throws(TorchError) -> (scale: Tensor, minimum: Tensor) {
        let a = try block.unsigned(at: 4, [4]), b = try block.unsigned(at: 8, [4]), c = try block.unsigned(at: 12, [4])
        let scales = try Tensor.concatenated([a.bits(0, 6), c.bits(0, 4) + a.bits(6, 2) * 16], dim: 1)
        let minima = try Tensor.concatenated([b.bits(0, 6), c.bits(4, 4) + b.bits(6, 2) * 16], dim: 1)
        return try ((block.half(at: 0) * scales).unsqueezed(2), (block.half(at: 2) * minima).unsqueezed(2))
    }
}

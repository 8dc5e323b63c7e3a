import Checkpoints
import Testing
import Torch

@Suite struct BlockMatrixTests {
    typealias Generator = HeaderMutationTests.Generator

    /// Where half-precision scales stand in a block.
    static func scales(_ code: BlockCode) -> [Int] {
        switch code {
        case .q4_0, .q5_0, .q8_0: [0]
        case .q4_1, .q5_1, .q4_K, .q5_K: [0, 2]
        case .q2_K: [80, 82]
        case .q3_K: [108]
        case .q6_K: [208]
        }
    }

    /// Zeros of both signs, the least and greatest subnormal, the least normal, the greatest number, 1, infinity, NaN.
    static let extremes: [UInt16] = [0x0000, 0x8000, 0x0001, 0x8001, 0x03FF, 0x0400, 0x7BFF, 0xFBFF, 0x3C00, 0x7C00, 0x7E00]

    /// Random bytes; every third block has extreme scales.
    static func random(_ code: BlockCode, rows: Int, blocksPerRow: Int, seed: UInt64) -> [UInt8] {
        var generator = Generator(state: seed)
        var bytes = (0..<rows * blocksPerRow * code.byteCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
        for block in 0..<rows * blocksPerRow {
            for at in scales(code) {
                let value: UInt16 =
                    block % 3 == 0 ? extremes[(block / 3) % extremes.count] : Float16.random(in: -2...2, using: &generator).bitPattern
                bytes[block * code.byteCount + at] = UInt8(value & 255)
                bytes[block * code.byteCount + at + 1] = UInt8(value >> 8)
            }
        }
        return bytes
    }

    static func matrix(_ code: BlockCode, _ bytes: [UInt8], rows: Int) throws -> BlockMatrix {
        BlockMatrix(code, blocks: try Tensor(bytes, shape: [rows, bytes.count / rows / code.byteCount, code.byteCount]))
    }

    static func expected(_ code: BlockCode, _ bytes: [UInt8]) -> [Float] {
        stride(from: 0, to: bytes.count, by: code.byteCount).flatMap { ScalarBlocks.numbers(code, bytes[$0..<$0 + code.byteCount]) }
    }

    /// Equal bits; NaN equals NaN.
    static func difference(_ found: [Float], _ expected: [Float]) -> String? {
        guard found.count == expected.count else { return "\(found.count) numbers, expected \(expected.count)" }
        let place = zip(found, expected).enumerated().first { $1.0.bitPattern != $1.1.bitPattern && !($1.0.isNaN && $1.1.isNaN) }
        return place.map { "number \($0) is \($1.0), expected \($1.1)" }
    }

    @Test(arguments: BlockCode.allCases) func numbersEqualTheScalarFormulasBitForBit(_ code: BlockCode) throws {
        let bytes = Self.random(code, rows: 37, blocksPerRow: 3, seed: 7)
        let matrix = try Self.matrix(code, bytes, rows: 37)
        #expect(matrix.shape == [37, 3 * code.count])
        let found = try matrix.values(as: .float32)
        #expect(found.shape == matrix.shape)
        #expect(Self.difference(try found.values(as: Float.self), Self.expected(code, bytes)) == nil)
    }

    /// Every byte value at every place where codes and scales stand.
    @Test(arguments: BlockCode.allCases) func everyByteCounts(_ code: BlockCode) throws {
        var bytes: [UInt8] = []
        for value in UInt8.min...UInt8.max {
            var block = (0..<code.byteCount).map { value &+ UInt8(truncatingIfNeeded: $0 &* 31) }
            for at in Self.scales(code) { block.replaceSubrange(at..<at + 2, with: [0x33, 0x2F]) }
            bytes += block
        }
        let found = try Self.matrix(code, bytes, rows: 4).values(as: .float32).values(as: Float.self)
        #expect(Self.difference(found, Self.expected(code, bytes)) == nil)
    }

    @Test(arguments: BlockCode.allCases) func bandsOfRowsAreThoseOfTheWhole(_ code: BlockCode) throws {
        // More numbers than are made at once.
        let rows = 300, columns = 1024 / code.count
        let bytes = Self.random(code, rows: rows, blocksPerRow: columns, seed: 3).enumerated().map { $0 % 7 == 0 ? $1 & 0x3F : $1 }
        let matrix = try Self.matrix(code, bytes, rows: rows)
        let whole = Self.expected(code, bytes)
        for range in [0..<rows, 0..<1, 299..<300, 17..<230, 5..<5] {
            let part = try matrix.values(range, as: .float32)
            #expect(part.shape == [range.count, 1024])
            let expected = Array(whole[range.lowerBound * 1024..<range.upperBound * 1024])
            #expect(Self.difference(try part.values(as: Float.self), expected) == nil, "\(range)")
            let own = try matrix.rows(range)
            #expect(own.shape == [range.count, 1024] && own.byteCount == range.count * columns * code.byteCount)
            if !range.isEmpty { #expect(Self.difference(try own.values(as: .float32).values(as: Float.self), expected) == nil, "\(range)") }
        }
        let rounded = try matrix.values(as: .bfloat16)
        let reference = try Tensor(whole, shape: [rows, 1024]).to(.bfloat16)
        #expect(rounded.dtype == .bfloat16)
        #expect(Self.difference(try rounded.values(as: Float.self), try reference.values(as: Float.self)) == nil)
    }

    @Test func codingGivesTheReferenceQuantizersBytes() throws {
        var generator = Generator(state: 11)
        var values = (0..<64 * 256).map { _ in Float.random(in: -1...1, using: &generator) }
        // Halves between two codes, blocks of zeros, numbers too small for a half, subnormal ones and large ones.
        values.replaceSubrange(0..<32, with: (0..<32).map { $0 == 0 ? 127 : Float($0) - 15.5 })
        values.replaceSubrange(32..<64, with: [Float](repeating: -0.0, count: 32))
        values.replaceSubrange(64..<96, with: (0..<32).map { Float($0) * 1e-9 })
        values.replaceSubrange(96..<128, with: (0..<32).map { Float($0) * .leastNonzeroMagnitude * 70000 })
        values.replaceSubrange(128..<160, with: (0..<32).map { Float($0) * -1e5 })
        let matrix = try BlockMatrix.q8_0(Tensor(values, shape: [64, 256]))
        #expect(matrix.shape == [64, 256])
        let expected = stride(from: 0, to: values.count, by: 32).flatMap { ScalarBlocks.q8_0(values[$0..<$0 + 32]) }
        let found = try matrix.blocks.values(as: UInt8.self)
        #expect(found.count == expected.count)
        if let place = zip(found, expected).enumerated().first(where: { $1.0 != $1.1 })?.offset {
            Issue.record("byte \(place % 34) of block \(place / 34) is \(found[place]), expected \(expected[place])")
        }
        let wide = try Tensor(values, shape: [64, 256])
        let error = try (matrix.values(as: .float32) - wide).abs()
        // Half a step, and the rounding of the scale to a half.
        let bound = try wide.reshaped([64, 8, 32]).abs().amax([2], keepDim: true) * (0.5 / 127 + 1.0 / 2048) + 4e-6
        let isWithin = try error.reshaped([64, 8, 32]).lessOrEqual(bound).allTrue()
        #expect(isWithin)
    }

    @Test func joinedMatricesGiveTheRowsOfTheirParts() throws {
        let codes: [BlockCode] = [.q4_K, .q6_K, .q8_0]
        let parts = try codes.map { code in
            try Self.matrix(code, Self.random(code, rows: 5, blocksPerRow: 512 / code.count, seed: 2).map { $0 & 0x3F }, rows: 5)
        }
        let joined = JoinedMatrix(parts)
        let whole = try parts.flatMap { try $0.values(as: .float32).values(as: Float.self) }
        #expect(joined.shape == [15, 512] && joined.byteCount == parts.reduce(0) { $0 + $1.byteCount })
        for range in [0..<15, 3..<7, 4..<11, 10..<15, 6..<6] {
            let expected = Array(whole[range.lowerBound * 512..<range.upperBound * 512])
            let found = try joined.values(range, as: .float32)
            #expect(found.shape == [range.count, 512])
            #expect(try found.values(as: Float.self) == expected)
            #expect(try joined.rows(range).values(as: .float32).values(as: Float.self) == expected)
        }
        #expect(try joined.moved(to: .cpu).values(as: .float32).values(as: Float.self) == whole)
    }
}

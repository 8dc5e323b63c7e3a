import Checkpoints

/// The numbers of a block, one after another with shifts and masks: what `BlockMatrix` computes with tensors, written down a second time.
enum ScalarBlocks {
    static func numbers(_ code: BlockCode, _ b: ArraySlice<UInt8>) -> [Float] {
        let b = Array(b)
        return switch code {
        case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0: small(code, b)
        case .q2_K: q2K(b)
        case .q3_K: q3K(b)
        case .q4_K, .q5_K: q45K(code, b)
        case .q6_K: q6K(b)
        }
    }

    private static func half(_ b: [UInt8], _ at: Int) -> Float { Float(Float16(bitPattern: UInt16(b[at]) | UInt16(b[at + 1]) << 8)) }

    private static func small(_ code: BlockCode, _ b: [UInt8]) -> [Float] {
        let d = half(b, 0)
        if code == .q8_0 { return (0..<32).map { Float(Int8(bitPattern: b[2 + $0])) * d } }
        let hasMinimum = code == .q4_1 || code == .q5_1, hasFifth = code == .q5_0 || code == .q5_1
        let m = hasMinimum ? half(b, 2) : 0
        var at = hasMinimum ? 4 : 2
        var fifth: UInt32 = 0
        if hasFifth {
            for i in (0..<4).reversed() { fifth = fifth << 8 | UInt32(b[at + i]) }
            at += 4
        }
        return (0..<32).map { i in
            let byte = b[at + i % 16]
            let q = Int(i < 16 ? byte & 15 : byte >> 4) | Int(fifth >> UInt32(i) & 1) << 4
            if hasMinimum { return Float(q) * d + m }
            return Float(q - (hasFifth ? 16 : 8)) * d
        }
    }

    private static func q2K(_ b: [UInt8]) -> [Float] {
        let d = half(b, 80), dmin = half(b, 82)
        return (0..<256).map { i in
            let scale = b[i / 16]
            let q = b[16 + i / 128 * 32 + i % 32] >> UInt8(i % 128 / 32 * 2) & 3
            let dl = d * Float(scale & 15), ml = dmin * Float(scale >> 4)
            return dl * Float(q) - ml
        }
    }

    private static func q3K(_ b: [UInt8]) -> [Float] {
        let d = half(b, 108)
        return (0..<256).map { i in
            let s = i / 16
            let low = s < 8 ? b[96 + s] & 15 : b[96 + s - 8] >> 4
            let high = b[104 + s % 4] >> UInt8(s / 4 * 2) & 3
            let dl = d * Float(Int(low | high << 4) - 32)
            let q = Int(b[32 + i / 128 * 32 + i % 32] >> UInt8(i % 128 / 32 * 2) & 3)
            let isSet = b[i % 32] >> UInt8(i / 32) & 1 == 1
            return dl * Float(q - (isSet ? 0 : 4))
        }
    }

    private static func q45K(_ code: BlockCode, _ b: [UInt8]) -> [Float] {
        let d = half(b, 0), dmin = half(b, 2), s = Array(b[4..<16])
        let codes = code == .q5_K ? 48 : 16
        return (0..<256).map { i in
            let j = i / 32
            let scale = j < 4 ? s[j] & 63 : (s[j + 4] & 15) | (s[j - 4] >> 6) << 4
            let minimum = j < 4 ? s[j + 4] & 63 : (s[j + 4] >> 4) | (s[j] >> 6) << 4
            let byte = b[codes + i / 64 * 32 + i % 32]
            var q = i % 64 < 32 ? byte & 15 : byte >> 4
            if code == .q5_K { q |= (b[16 + i % 32] >> UInt8(j) & 1) << 4 }
            let d1 = d * Float(scale), m1 = dmin * Float(minimum)
            return d1 * Float(q) - m1
        }
    }

    private static func q6K(_ b: [UInt8]) -> [Float] {
        let d = half(b, 208)
        return (0..<256).map { i in
            let n = i / 128, quarter = i % 128 / 32, l = i % 32
            let low = b[64 * n + l + (quarter % 2) * 32]
            let high = b[128 + 32 * n + l] >> UInt8(2 * quarter) & 3
            let q = Int(quarter < 2 ? low & 15 : low >> 4) | Int(high) << 4
            return d * Float(Int8(bitPattern: b[192 + i / 16])) * Float(q - 32)
        }
    }

    /// A block of 32 as ggml's reference quantizer writes it; zeros where the scale is too small to have an inverse.
    static func q8_0(_ x: ArraySlice<Float>) -> [UInt8] {
        let d = (x.map(abs).max() ?? 0) / 127, inverse: Float = (1 / d).isFinite ? 1 / d : 0
        let bits = Float16(d).bitPattern
        return [UInt8(bits & 255), UInt8(bits >> 8)] + x.map { UInt8(bitPattern: Int8(($0 * inverse).rounded(.toNearestOrAwayFromZero))) }
    }
}

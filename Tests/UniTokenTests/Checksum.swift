import Foundation
import Imaging

extension PixelImage {
    /// SHA-256 of the pixels, in hexadecimal digits, as `hashlib.sha256(image.tobytes())` gives it.
    var sha256: String { SHA256.hex(pixels) }
}

/// A plain SHA-256 for checksums of golden pictures (FIPS 180-4).
enum SHA256 {
    private static let constants: [UInt32] = primes(64).map { fraction(pow(Double($0), 1.0 / 3.0)) }
    private static let start: [UInt32] = primes(8).map { fraction(Double($0).squareRoot()) }

    private static func primes(_ count: Int) -> [Int] {
        var found: [Int] = [], next = 2
        while found.count < count {
            if !found.contains(where: { next % $0 == 0 }) { found.append(next) }
            next += 1
        }
        return found
    }

    /// The first 32 bits behind the point of a root; a double has enough of them.
    private static func fraction(_ root: Double) -> UInt32 { UInt32((root - root.rounded(.down)) * 4_294_967_296) }

    static func hex(_ bytes: [UInt8]) -> String {
        var message = bytes + [0x80]
        message += [UInt8](repeating: 0, count: (120 - message.count % 64) % 64)
        message += (0..<8).reversed().map { UInt8(truncatingIfNeeded: (bytes.count * 8) >> ($0 * 8)) }
        var h = start, w = [UInt32](repeating: 0, count: 64)
        func turned(_ x: UInt32, _ by: UInt32) -> UInt32 { x >> by | x << (32 - by) }
        for block in stride(from: 0, to: message.count, by: 64) {
            for i in 0..<16 { w[i] = (0..<4).reduce(0) { $0 << 8 | UInt32(message[block + 4 * i + $1]) } }
            for i in 16..<64 {
                let a = w[i - 15], b = w[i - 2]
                w[i] = w[i - 16] &+ (turned(a, 7) ^ turned(a, 18) ^ a >> 3) &+ w[i - 7] &+ (turned(b, 17) ^ turned(b, 19) ^ b >> 10)
            }
            var v = h
            for i in 0..<64 {
                let s1 = turned(v[4], 6) ^ turned(v[4], 11) ^ turned(v[4], 25), choice = v[4] & v[5] ^ ~v[4] & v[6]
                let t1 = v[7] &+ s1 &+ choice &+ constants[i] &+ w[i]
                let s0 = turned(v[0], 2) ^ turned(v[0], 13) ^ turned(v[0], 22), majority = v[0] & v[1] ^ v[0] & v[2] ^ v[1] & v[2]
                v = [t1 &+ s0 &+ majority, v[0], v[1], v[2], v[3] &+ t1, v[4], v[5], v[6]]
            }
            for i in 0..<8 { h[i] &+= v[i] }
        }
        return h.flatMap { word in (0..<4).reversed().map { String(format: "%02x", word >> (8 * $0) & 0xFF) } }.joined()
    }
}

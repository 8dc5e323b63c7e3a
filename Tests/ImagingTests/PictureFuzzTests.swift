import Foundation
import Imaging
import Testing

/// A short, repeatable form of the fuzzing that `Fuzz/README.md` describes.
struct PictureFuzzTests {
    @Test(arguments: [PictureFormat.png, .jpeg, .webp, .gif])
    func mutatedPicturesEndInAPictureOrAnError(_ format: PictureFormat) throws {
        var random = SeededRandom(state: 2026)
        let seed = try format == .gif
            ? Self.gif : PictureFile.encoded(.pattern(.rgba, 24, 18), as: format, metadata: ["parameters": "p", "atelier": "ü"])
        #expect(throws: Never.self) { try PictureFile.read(bytes: seed) }
        let reading = PictureReading(appliesOrientation: true, pixelLimit: 1 << 20)
        var (pictures, errors) = (0, 0)
        for _ in 0..<250 {
            let bytes = mutated(seed, &random)
            _ = try? PictureFile.information(bytes: bytes, reading)
            _ = try? PictureFile.metadata(bytes: bytes)
            do {
                let image = try PictureFile.read(bytes: bytes, reading)
                #expect(image.pixels.count == image.size.area * image.channelCount)
                pictures += 1
            } catch {
                #expect(!error.description.contains("\n"))
                errors += 1
            }
        }
        #expect(pictures > 0 && errors > 0, "The mutations reach both ends.")
    }

    private func mutated(_ seed: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        var bytes = seed
        for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<8, using: &random) {
            case 0...2: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 3: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
            case 4: bytes[place] = .random(in: 0...255, using: &random)
            case 5: bytes.removeSubrange(place..<min(place + Int.random(in: 1...8, using: &random), bytes.count))
            case 6: bytes.insert(contentsOf: bytes[place..<min(place + 8, bytes.count)], at: place)
            default: if Int.random(in: 0..<4, using: &random) == 0 { bytes.removeSubrange(place...) }
            }
        }
        return bytes
    }

    /// 3 x 2 pixels of the indices 0, 1, 2, 3, 3, 0 in four colours, the last of them transparent.
    static let gif: [UInt8] = [
        71, 73, 70, 56, 57, 97, 3, 0, 2, 0, 129, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7, 33, 249, 4, 1, 0, 0, 3, 0, 44, 0, 0, 0, 0,
        3, 0, 2, 0, 0, 8, 9, 0, 1, 4, 16, 48, 96, 0, 128, 128, 0, 59,
    ]
}

/// SplitMix64.
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

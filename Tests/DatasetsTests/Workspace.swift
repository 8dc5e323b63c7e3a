import Datasets
import Foundation
import Imaging

/// A folder that goes away with the test that made it.
final class Workspace {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "datasets-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    @discardableResult
    func write(_ bytes: some Sequence<UInt8>, to name: String) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
        return file(name)
    }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String { try write(text.utf8, to: name) }

    func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: file(name)))) }

    var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }

    /// A list of examples with `counts[i]` references each, and its pictures.
    func pairedList(_ counts: [Int], name: String = "train.json", format: PictureFormat = .png) throws -> String {
        var entries: [String] = []
        for (number, count) in counts.enumerated() {
            try write(try PictureFile.encoded(.pattern(24, 20, number), as: format), to: "\(number)_target")
            for reference in 0..<count {
                try write(try PictureFile.encoded(.pattern(16, 18, 100 * number + reference + 1), as: format), to: "\(number)_ref\(reference)")
            }
            let references = (0..<count).map { "\"\(number)_ref\($0)\"" }.joined(separator: ",")
            entries.append(#"{"prompt": "prompt \#(number)", "image_tgt_path": "\#(number)_target", "image_paths": [\#(references)]}"#)
        }
        return try write("[\(entries.joined(separator: ",\n"))]", to: name)
    }
}

extension PixelImage {
    /// An RGB picture without symmetry, different for every number.
    static func pattern(_ width: Int, _ height: Int, _ number: Int = 0) -> PixelImage {
        var pixels: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                for channel in 0..<3 { pixels.append(UInt8(truncatingIfNeeded: x * 37 + y * 91 + channel * 53 + x * y * 7 + number * 29)) }
            }
        }
        return PixelImage(width: width, height: height, layout: .rgb, pixels: pixels)
    }
}

/// The text of the error that `body` throws, or what went wrong instead.
func errorText(_ body: () throws -> Void) -> String {
    do {
        try body()
        return "no error"
    } catch {
        return String(describing: error)
    }
}

/// SplitMix64, so that a failure can be repeated.
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

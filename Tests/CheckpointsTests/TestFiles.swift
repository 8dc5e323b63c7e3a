import Checkpoints
import Foundation
import Testing
import Torch

/// A directory that is removed with this object.
final class TemporaryDirectory {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "atelier-checkpoints-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    @discardableResult
    func write(_ bytes: [UInt8], to name: String) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
        return file(name)
    }
}

/// A safetensors file's bytes, sound or not: any header text, any stored length, `dataCount` bytes of data.
func safetensors(_ header: String, dataCount: Int = 0, storedLength: UInt64? = nil) -> [UInt8] {
    let text = Array(header.utf8)
    let length = (storedLength ?? UInt64(text.count)).littleEndian
    return withUnsafeBytes(of: length, Array.init) + text + (0..<dataCount).map { UInt8(truncatingIfNeeded: $0) }
}

/// Parses a header without a file.
func header(_ bytes: [UInt8]) throws -> SafetensorsHeader {
    try bytes.withUnsafeBytes { try SafetensorsHeader(file: $0) }
}

/// The description of the `CheckpointError` that `body` throws, and nothing where it throws none.
func checkpointError(_ body: () throws -> Void) -> String {
    do { try body() } catch let error as CheckpointError { return error.description } catch { return "another error: \(error)" }
    return "no error"
}

/// The project's golden data: `../shared` beside the package, or `$ATELIER_SHARED`.
enum SharedData {
    static let path: String? = {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let configured = ProcessInfo.processInfo.environment["ATELIER_SHARED"]
        let candidate = configured ?? package.deletingLastPathComponent().appendingPathComponent("shared").path
        return FileManager.default.fileExists(atPath: candidate + "/golden") ? candidate : nil
    }()
    static let absence: Comment = "no golden data: put it in ../shared or name its directory in ATELIER_SHARED"

    static func golden(_ name: String) throws -> String { try #require(path) + "/golden/" + name }
}

/// The elements' bytes, contiguous.
func bytes(of tensor: Tensor) throws -> [UInt8] { try tensor.withUnsafeBytes(Array.init) }

/// Bytes of a mapped file that count as this process's memory, whatever other tests do meanwhile.
func residentBytes(of path: String) throws -> Int {
    // A handle reads to the end; other ways trust the length of 0 that the system tells.
    let text = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/self/smaps")).readToEnd() ?? Data()
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
    let file = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    return lines.indices.filter { lines[$0].hasSuffix(file) }.reduce(0) { sum, index in
        let line = lines[index...].first { $0.hasPrefix("Rss:") }
        return sum + (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
    }
}

import Datasets
import Foundation
import Torch

/// Latents and text embeddings on disk, so that frozen networks see every picture and prompt once.
///
/// Keys hold what decides a value: the network's file, and the pixels or the prompt themselves. A cache may be shared by
/// runs and processes, and never gives a stale value.
final class FeatureCache {
    private let store: BlobStore
    private var hasWarned = false
    private let warn: (String) -> Void

    /// - Parameter warn: told once when nothing more can be stored, as on a full disk; training goes on.
    init(folder: String, warn: @escaping (String) -> Void) throws {
        store = try BlobStore(folder: folder)
        self.warn = warn
    }

    /// The tensors under `key`, of the given shapes and type, in main memory; computed and stored where they are absent.
    func tensors(_ key: String, _ shapes: [[Int]], _ dtype: DType = .float32, _ compute: () throws -> [Tensor]) throws -> [Tensor] {
        if let stored = try read(key, shapes, dtype) { return stored }
        let tensors = try compute().map { try $0.to(dtype).to(.cpu).contiguous() }
        let bytes = try tensors.flatMap { try $0.reshaped([-1]).viewed(as: .uint8).values(as: UInt8.self) }
        if store.store(bytes, forKey: key) == .stopped, !hasWarned {
            hasWarned = true
            warn(store.status.warning.map { "\($0)" } ?? "the cache stores nothing more")
        }
        return tensors
    }

    /// Whether the tensors under `key` would be read.
    func contains(_ key: String) -> Bool { store.contains(key) }

    private func read(_ key: String, _ shapes: [[Int]], _ dtype: DType) throws -> [Tensor]? {
        guard let bytes = store.value(forKey: key) else { return nil }
        let lengths = shapes.map { $0.reduce(dtype.byteCount, *) }
        guard bytes.count == lengths.reduce(0, +) else { return nil }
        var start = 0
        return try zip(shapes, lengths).map { shape, length in
            defer { start += length }
            return try Tensor(Array(bytes[start..<start + length])).viewed(as: dtype).reshaped(shape)
        }
    }

    /// What tells a file from another and from itself after a change: path, size and time of change.
    static func identity(of path: String) -> String {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let time = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
        return "\(URL(fileURLWithPath: path).standardizedFileURL.path)|\(attributes?[.size] as? Int ?? 0)|\(time)"
    }

    /// Two independent 64-bit sums over a picture's values, as text.
    static func digest(_ values: ArraySlice<Float>) -> String {
        var first: UInt64 = 0xCBF2_9CE4_8422_2325, second: UInt64 = 0x9E37_79B9_7F4A_7C15
        for value in values {
            let bits = UInt64(value.bitPattern)
            first = (first ^ bits) &* 0x0000_0100_0000_01B3
            second = (second &+ bits) &* 0xD6E8_FEB8_6659_FD93
            second ^= second >> 32
        }
        return String(first, radix: 36) + "-" + String(second, radix: 36)
    }
}

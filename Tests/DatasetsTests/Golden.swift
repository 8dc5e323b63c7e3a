import Foundation
import Testing

/// The golden sets, beside the package or where `ATELIER_SHARED` says.
enum Golden {
    static let folder: URL = {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let shared = ProcessInfo.processInfo.environment["ATELIER_SHARED"].map { URL(fileURLWithPath: $0) }
        return (shared ?? package.deletingLastPathComponent().appending(path: "shared")).appending(path: "golden")
    }()

    static func has(_ set: String) -> Bool { FileManager.default.fileExists(atPath: path("\(set)/README.md")) }

    static func path(_ name: String) -> String { folder.appending(path: name).path }
}

/// A float tensor of a golden file.
struct GoldenTensor {
    let shape: [Int]
    let values: [Float]
}

/// A plain reader of trusted safetensors files, so that these tests need no libtorch.
struct GoldenTensors {
    private struct Entry: Decodable {
        let dtype: String
        let shape: [Int]
        let data_offsets: [Int]
    }

    private struct Row: Decodable {
        let entry: Entry?
        init(from decoder: any Decoder) throws { entry = try? Entry(from: decoder) }
    }

    private let entries: [String: Entry]
    private let data: Data

    init(_ name: String) throws {
        let file = try Data(contentsOf: URL(fileURLWithPath: Golden.path(name)))
        let length = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        entries = try JSONDecoder().decode([String: Row].self, from: file.dropFirst(8).prefix(length)).compactMapValues(\.entry)
        data = file.dropFirst(8 + length)
    }

    var keys: [String] { entries.keys.sorted() }

    /// The float32 tensor of that name.
    subscript(_ key: String) -> GoldenTensor {
        get throws {
            let entry = try #require(entries[key], "no tensor '\(key)'")
            try #require(entry.dtype == "F32")
            return GoldenTensor(shape: entry.shape, values: bytes(entry).withUnsafeBytes { bytes in
                stride(from: 0, to: bytes.count, by: 4).map { bytes.loadUnaligned(fromByteOffset: $0, as: Float.self) }
            })
        }
    }

    /// The whole numbers of that name.
    func integers(_ key: String) throws -> [Int] {
        let entry = try #require(entries[key], "no tensor '\(key)'")
        try #require(entry.dtype == "I64")
        return bytes(entry).withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: 8).map { bytes.loadUnaligned(fromByteOffset: $0, as: Int.self) }
        }
    }

    private func bytes(_ entry: Entry) -> [UInt8] {
        Array(data[data.startIndex + entry.data_offsets[0]..<data.startIndex + entry.data_offsets[1]])
    }
}

/// Says where and by how much two lists of floats differ most.
func expectClose(
    _ found: [Float], _ expected: [Float], within tolerance: Float, _ name: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
    guard found.count == expected.count else {
        Issue.record("\(name): \(found.count) values, expected \(expected.count)", sourceLocation: sourceLocation)
        return
    }
    let differences = zip(found, expected).map { abs($0 - $1) }
    let worst = differences.indices.max { differences[$0] < differences[$1] } ?? 0
    #expect(
        differences.allSatisfy { $0 <= tolerance },
        "\(name): value \(worst) is \(found[worst]), expected \(expected[worst]); allowed difference \(tolerance)",
        sourceLocation: sourceLocation)
}

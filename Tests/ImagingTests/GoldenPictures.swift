import Foundation
import Imaging
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

/// The photographs of `sampling` and what UNO makes of them.
struct SamplingCases: Decodable {
    struct Photo: Decodable {
        let photo: String
        let input_wh: [Int]
        let long_size: Int
        let output_wh: [Int]
        let channel_sums: [Int]
        let decoded: String?
        let stored_crop_xywh: [Int]?
        let expected: String
    }

    struct Size: Decodable {
        let input_wh: [Int]
        let long_size: Int
        let output_wh: [Int]?
    }

    let preprocess_ref: [Photo]
    let preprocess_ref_sizes: [Size]

    static func load() throws -> SamplingCases {
        try JSONDecoder().decode(SamplingCases.self, from: Data(contentsOf: URL(fileURLWithPath: Golden.path("sampling/cases.json"))))
    }
}

/// Says how many values differ and by how much, instead of printing two pictures.
func expectEqual(_ found: PixelImage, _ expected: PixelImage, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) {
    guard found.size == expected.size && found.layout == expected.layout else {
        Issue.record(
            "\(name): \(found.size) \(found.layout.rawValue), expected \(expected.size) \(expected.layout.rawValue)",
            sourceLocation: sourceLocation)
        return
    }
    let differences = zip(found.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }
    let count = differences.count { $0 > 0 }
    #expect(
        count == 0, "\(name): \(count) of \(differences.count) values differ, by at most \(differences.max() ?? 0)",
        sourceLocation: sourceLocation)
}

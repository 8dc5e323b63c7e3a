import Crypto
import Foundation
import NIOHTTP1

/// A repository's files, and the answers of a sound hub for them.
struct TestRepository: Sendable {
    let name: String
    var files: [File]

    struct File: Sendable {
        let path: String
        var bytes: [UInt8]
        var isLarge = false

        var sha256: String { hexadecimal(SHA256.hash(data: bytes)) }

        var entry: [String: Any] {
            let blob = Array("blob \(bytes.count)\0".utf8) + bytes
            var entry: [String: Any] = ["type": "file", "path": path, "size": bytes.count, "oid": hexadecimal(Insecure.SHA1.hash(data: blob))]
            if isLarge {
                entry["oid"] = String(repeating: "0", count: 40)
                entry["lfs"] = ["oid": sha256, "size": bytes.count, "pointerSize": 134]
            }
            return entry
        }

        private func hexadecimal(_ digest: some Sequence<UInt8>) -> String { digest.map { String(format: "%02x", $0) }.joined() }
    }

    init(_ name: String, _ files: [File]) {
        self.name = name
        self.files = files
    }

    init(_ files: [File]) { self.init("owner/model", files) }

    var listingPath: String { "/api/models/\(name)/tree/main" }
    func path(_ file: String) -> String { "/\(name)/resolve/main/\(file)" }

    var listing: TestHub.Reply { Self.listing(files.map(\.entry)) }

    static func listing(_ entries: [[String: Any]]) -> TestHub.Reply {
        TestHub.Reply(body: Array((try? JSONSerialization.data(withJSONObject: entries)) ?? Data()))
    }

    /// What a sound hub answers: the listing, or a file's bytes, honouring a range.
    func reply(to request: TestHub.Request) -> TestHub.Reply {
        if request.path == listingPath { return listing }
        guard let file = files.first(where: { path($0.path) == request.path }) else { return .status(404) }
        return Self.content(file.bytes, request)
    }

    static func content(_ bytes: [UInt8], _ request: TestHub.Request) -> TestHub.Reply {
        guard let start = request.start else { return TestHub.Reply(body: bytes) }
        guard start < bytes.count else { return .status(416) }
        return TestHub.Reply(
            status: 206, headers: [("Content-Range", "bytes \(start)-\(bytes.count - 1)/\(bytes.count)")], body: Array(bytes[start...]))
    }
}

extension TestHub.Request {
    /// The first byte asked for, where the request asks for a part.
    var start: Int? { headers.first(name: "Range").flatMap { Int($0.dropFirst("bytes=".count).dropLast()) } }
}

/// Bytes that differ everywhere, so that misplaced ones are noticed.
func content(_ count: Int, seed: Int = 0) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 31 &+ seed) ^ ($0 >> 8)) } }

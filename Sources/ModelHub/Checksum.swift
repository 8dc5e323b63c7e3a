import Crypto
import Foundation

/// The checksum a hub announces for a file, as lowercase hexadecimal digits.
enum Checksum: Sendable, Equatable, Codable, CustomStringConvertible {
    /// SHA-256 of the bytes; for files in large file storage.
    case sha256(String)
    /// SHA-1 of `blob SIZE`, a zero byte and the bytes, which is how git names a file's content.
    case gitBlob(String)

    var hexadecimal: String {
        switch self {
        case .sha256(let text), .gitBlob(let text): text
        }
    }

    var description: String {
        switch self {
        case .sha256(let text): "SHA-256 \(text)"
        case .gitBlob(let text): "git checksum \(text)"
        }
    }

    /// What a server's tag says against this checksum; nil where it agrees, or is a tag of another kind.
    func contradiction(to tag: String?) -> String? {
        guard let tag = tag?.lowercased(), tag != hexadecimal, Self.isHexadecimal(tag, count: hexadecimal.utf8.count) else { return nil }
        return "the tag \(tag)"
    }

    /// The same kind of checksum, of the file at `path`. Reads piece by piece; memory does not grow with the file.
    ///
    /// - Throws: `ModelHubError.file` where the file cannot be read, `CancellationError` between pieces.
    func computed(path: String) async throws -> Checksum {
        switch self {
        case .sha256:
            return .sha256(try await Self.digest(SHA256(), path: path))
        case .gitBlob:
            var hash = Insecure.SHA1()
            hash.update(data: Array("blob \(try FileStatus(path: path).size)\0".utf8))
            return .gitBlob(try await Self.digest(hash, path: path))
        }
    }

    private static func digest<Hash: HashFunction>(_ start: Hash, path: String) async throws -> String {
        var hash = start
        let file = try FileHandle.reading(path)
        defer { try? file.close() }
        while let piece = try file.piece(1 << 22, of: path) {
            hash.update(data: piece)
            try Task.checkCancellation()
            await Task.yield()
        }
        return hash.finalize().map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    /// True for `count` lowercase hexadecimal digits.
    static func isHexadecimal(_ text: String, count: Int) -> Bool {
        text.utf8.count == count
            && text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0 }
    }
}

import Foundation

/// Reads tokenizer files whole.
enum TokenizerFile {
    /// Far above any real tokenizer file; keeps a wrong path (a checkpoint, a device) from filling the memory.
    private static let largestSize = 256 << 20

    /// The bytes of the regular file at `path`.
    static func bytes(_ path: String) throws(TokenizerError) -> Data {
        do {
            let attributes = try FileManager.default.attributesOfItem(atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
            guard attributes[.type] as? FileAttributeType == .typeRegular else {
                throw TokenizerError.unreadable(file: path, reason: "it is not a regular file")
            }
            let size = (attributes[.size] as? NSNumber)?.intValue ?? 0
            guard size <= largestSize else {
                throw TokenizerError.malformed(file: path, reason: "\(size) bytes are too many for a tokenizer file")
            }
            return try Data(contentsOf: URL(fileURLWithPath: path))
        } catch let error as TokenizerError {
            throw error
        } catch {
            throw .unreadable(file: path, reason: (error as? CocoaError)?.reason ?? "\(error)")
        }
    }

    /// The text of the UTF-8 file at `path`.
    static func text(_ path: String) throws(TokenizerError) -> String {
        guard let text = String(data: try bytes(path), encoding: .utf8) else {
            throw .malformed(file: path, reason: "it is not UTF-8 text")
        }
        return text
    }
}

extension CocoaError {
    /// The two everyday reasons in words, without the framework's dump of the error.
    fileprivate var reason: String? {
        switch code {
        case .fileNoSuchFile, .fileReadNoSuchFile: "there is no such file"
        case .fileReadNoPermission: "permission denied"
        default: nil
        }
    }
}

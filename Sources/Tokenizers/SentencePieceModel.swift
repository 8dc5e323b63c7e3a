import CSentencePiece
import Foundation

/// A loaded sentencepiece model.
///
/// `@unchecked Sendable`: the handle never changes after `init`, and sentencepiece encodes from many threads at once on
/// a model that nobody changes.
final class SentencePieceModel: @unchecked Sendable {
    private let handle: csp_model
    private let path: String

    init(path: String) throws(TokenizerError) {
        let bytes = try [UInt8](TokenizerFile.bytes(path))
        var handle: csp_model?
        // An empty message is a valid serialized model without pieces, which sentencepiece does not refuse.
        guard !bytes.isEmpty else { throw .malformed(file: path, reason: "it is empty") }
        guard csp_load(bytes, bytes.count, &handle) == 0, let handle else {
            throw .malformed(file: path, reason: "sentencepiece says: \(String(cString: csp_last_error()))")
        }
        self.handle = handle
        self.path = path
    }

    deinit { csp_free(handle) }

    /// Number of pieces in the model.
    var pieceCount: Int { Int(csp_piece_count(handle)) }

    /// The id that stands for text outside the vocabulary.
    var unknownID: Int { Int(csp_unknown_id(handle)) }

    /// The id of the control piece `name`.
    func controlID(_ name: String) throws(TokenizerError) -> Int {
        let id = csp_control_id(handle, name)
        guard id >= 0 else { throw .missingToken(name, file: path) }
        return Int(id)
    }

    /// Ids of `text` without special tokens.
    func ids(_ text: String) throws(TokenizerError) -> [Int] {
        let bytes = Array(text.utf8)
        // Normalization can lengthen text, so one piece per byte is only the likely bound.
        var ids = [Int32](repeating: 0, count: bytes.count + 8)
        var count = try encode(bytes, into: &ids)
        if count > ids.count {
            ids = [Int32](repeating: 0, count: count)
            count = try encode(bytes, into: &ids)
        }
        return ids.prefix(count).map(Int.init)
    }

    /// What stands for a space in the vocabulary.
    static let wordMark = "\u{2581}"

    /// The id of a mark without a word.
    func wordMarkID() throws(TokenizerError) -> Int {
        let id = csp_piece_id(handle, Self.wordMark)
        guard id >= 0 else { throw .missingToken(Self.wordMark, file: path) }
        return Int(id)
    }

    /// The text as it is looked up in the vocabulary: normalized, with a mark in front and one for each space.
    func normalized(_ text: String) throws(TokenizerError) -> String {
        let bytes = Array(text.utf8)
        var result = [UInt8](repeating: 0, count: 3 * bytes.count + 8)
        var count = try normalize(bytes, into: &result)
        if count > result.count {
            result = [UInt8](repeating: 0, count: count)
            count = try normalize(bytes, into: &result)
        }
        return String(decoding: result.prefix(count), as: UTF8.self)
    }

    private func normalize(_ bytes: [UInt8], into result: inout [UInt8]) throws(TokenizerError) -> Int {
        var count = 0
        guard csp_normalize(handle, bytes, bytes.count, &result, result.count, &count) == 0 else {
            throw .encoding(reason: String(cString: csp_last_error()))
        }
        return count
    }

    private func encode(_ bytes: [UInt8], into ids: inout [Int32]) throws(TokenizerError) -> Int {
        var count = 0
        guard csp_encode(handle, bytes, bytes.count, &ids, ids.count, &count) == 0 else {
            throw .encoding(reason: String(cString: csp_last_error()))
        }
        return count
    }
}

import Checkpoints
import Torch

/// Tokens that a method adds to a tokenizer's own, and where their rows of the encoder's embedding table lie.
public struct AddedTokens: Sendable, Equatable {
    /// The tokens' texts, in the order of their ids.
    public let texts: [String]
    /// A checkpoint.
    public let file: String
    /// Its tensor `[rows, width]`, whose last rows are the tokens', in the order of `texts`.
    public let key: String

    public init(texts: [String], file: String, key: String) {
        self.texts = texts
        self.file = file
        self.key = key
    }

    /// The tokens with the id of the first one: the embedding table is cut there, and their rows follow.
    public struct Rows: Sendable, Equatable {
        let tokens: AddedTokens
        let firstID: Int

        init(_ tokens: AddedTokens, firstID: Int) {
            self.tokens = tokens
            self.firstID = firstID
        }
    }
}

/// A checkpoint with added tokens in its embedding table. Source: DreamO, pipeline, `_prepare_t5`.
final class ExtendedTable: TensorSource {
    private let source: any TensorSource
    private let key: String
    private let firstID: Int
    /// `[tokens, width]`.
    private let rows: Tensor

    /// - Throws: `TextEncoderError.addedTokens`, `CheckpointError`.
    init(_ source: any TensorSource, key: String, rows added: AddedTokens.Rows) throws {
        self.source = source
        self.key = key
        firstID = added.firstID
        let tokens = added.tokens
        let stored = try Checkpoint.open(tokens.file).tensor(tokens.key)
        guard let table = source.info(key), table.shape.count == 2, stored.shape.count == 2, stored.shape[0] >= tokens.texts.count,
            stored.shape[1] == table.shape[1], table.shape[0] >= firstID
        else {
            throw TextEncoderError.addedTokens(
                file: tokens.file,
                problem: "\(tokens.key) has shape \(stored.shape), expected [\(tokens.texts.count) or more, the encoder's width], for a table "
                    + "\(source.info(key)?.shape ?? []) of at least \(firstID) rows")
        }
        rows = try stored.narrowed(dim: 0, start: stored.shape[0] - tokens.texts.count, count: tokens.texts.count)
    }

    var location: String { source.location }
    var keys: [String] { source.keys }
    var metadata: [String: String] { source.metadata }
    var holdsValues: Bool { source.holdsValues }

    func coded(_ key: String) throws -> (any CodedMatrix)? { key == self.key ? nil : try source.coded(key) }

    func info(_ key: String) -> TensorInfo? {
        guard key == self.key, let info = source.info(key) else { return source.info(key) }
        return TensorInfo(dtype: info.dtype, shape: [firstID + rows.shape[0], rows.shape[1]])
    }

    func tensor(_ key: String) throws -> Tensor {
        let tensor = try source.tensor(key)
        guard key == self.key else { return tensor }
        return try .concatenated([tensor.narrowed(dim: 0, start: 0, count: firstID), rows.to(tensor.dtype)], dim: 0)
    }
}

public import Checkpoints
public import Tokenizers
public import Torch

/// The two texts' worth of conditioning that FLUX takes.
public struct TextEmbeddings {
    /// `[batch, t5Length]`, int64.
    public let t5IDs: Tensor
    /// `[batch, clipLength]`, int64.
    public let clipIDs: Tensor
    /// T5's states, `[batch, t5Length, width]`.
    public let txt: Tensor
    /// CLIP's pooled state, `[batch, width]`.
    public let vec: Tensor
}

/// Turns prompts into embeddings with T5 and CLIP.
///
/// The encoders are loaded for a call and dropped after it: T5-XXL takes 9 GB, and a prompt needs it once.
public struct TextConditioner: Sendable {
    /// One encoder: its directory, tokenizer and token count.
    public struct Part: Sendable {
        public let directory: String
        public let tokenizer: any TextTokenizer
        public let length: Int
        /// Tokens that a method adds, with their rows of the embedding table.
        public let added: AddedTokens.Rows?

        /// - Parameters:
        ///   - tokenizerDirectory: where the tokenizer's files lie; nil means where the encoder's layout has them.
        ///   - added: tokens that a method adds to T5's.
        /// - Throws: `TokenizerError`.
        public init(directory: String, tokenizerDirectory: String? = nil, length: Int, added: AddedTokens? = nil) throws(TokenizerError) {
            self.directory = directory
            self.length = length
            let tokenizer = try TokenizerDirectory.load(tokenizerDirectory ?? directory, adding: added?.texts ?? [])
            self.tokenizer = tokenizer
            self.added = added.map { AddedTokens.Rows($0, firstID: tokenizer.vocabularySize - $0.texts.count) }
        }
    }

    public let t5, clip: Part
    public let dtype: DType
    public let device: Device
    /// The form that T5's weights stay in while it is loaded.
    public var storage = WeightStorage.numbers

    /// A conditioner of two parts whose tokenizers may lie apart from their encoders, as in the diffusers layout.
    public init(t5: Part, clip: Part, dtype: DType, device: Device) {
        self.t5 = t5
        self.clip = clip
        self.dtype = dtype
        self.device = device
    }

    /// - Parameter added: tokens that a method adds to T5's.
    /// - Throws: `TokenizerError`.
    public init(
        t5Directory: String, t5Length: Int, clipDirectory: String, clipLength: Int, added: AddedTokens? = nil, dtype: DType, device: Device
    ) throws(TokenizerError) {
        t5 = try Part(directory: t5Directory, length: t5Length, added: added)
        clip = try Part(directory: clipDirectory, length: clipLength)
        self.dtype = dtype
        self.device = device
    }

    /// Embeds prompts, one row each, padded to the model's lengths; padding is not masked.
    ///
    /// Source: UNO, modules/conditioner, `HFEmbedder`.
    public func callAsFunction(_ prompts: [String]) throws -> TextEmbeddings {
        let t5IDs = try ids(prompts, t5), clipIDs = try ids(prompts, clip)
        return try TextEmbeddings(t5IDs: t5IDs, clipIDs: clipIDs, txt: states(t5IDs), vec: pooled(clipIDs))
    }

    private func states(_ ids: Tensor) throws -> Tensor {
        let encoder = try EncoderDirectory.t5(t5.directory, dtype: dtype, device: device, storage: storage, added: t5.added).model
        try check(ids, against: encoder.configuration.vocabularySize, t5)
        return try encoder(ids)
    }

    private func pooled(_ ids: Tensor) throws -> Tensor {
        let encoder = try EncoderDirectory.clip(clip.directory, dtype: dtype, device: device).model
        guard clip.length <= encoder.configuration.positionCount else {
            throw TextEncoderError.tooLong(directory: clip.directory, length: clip.length, limit: encoder.configuration.positionCount)
        }
        try check(ids, against: encoder.configuration.vocabularySize, clip)
        return try encoder(ids).pooled
    }

    private func ids(_ prompts: [String], _ part: Part) throws -> Tensor {
        let rows = try prompts.map { try part.tokenizer.padded($0, to: part.length) }
        return try Tensor(rows.flatMap { $0 }, shape: [prompts.count, part.length], device: device)
    }

    private func check(_ ids: Tensor, against vocabularySize: Int, _ part: Part) throws {
        if let id = try ids.values(as: Int.self).first(where: { $0 >= vocabularySize }) {
            throw TextEncoderError.tokenOutOfRange(directory: part.directory, id: id, vocabularySize: vocabularySize)
        }
    }
}

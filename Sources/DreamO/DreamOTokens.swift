import Flux
import TextEncoders

/// The tokens that DreamO adds to T5's: names for the references, and for the picture to be drawn.
///
/// Source: DreamO, pipeline, `_prepare_t5`.
enum DreamOTokens {
    /// In the order of their ids, which follow the tokenizer's own.
    static let texts = DreamOSettings.slots.map { "[ref#\($0)]" } + ["[res]"]

    /// The tokens with their rows of the embedding table, which DreamO's main file holds.
    static func added(from file: String) -> AddedTokens {
        AddedTokens(texts: texts, file: file, key: "dreamo_t5_embedding.weight")
    }
}

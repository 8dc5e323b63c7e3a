package import Generation
package import Torch

/// Continues a prompt token by token: a branch that sees the conversation and, within pictures, one that sees the picture alone.
///
/// Both branches go through the model in one pass, so that weights are read once for the two. Tokens that the grammar lays down are not
/// waited for: they join the pass of the token before them.
/// Source: UniToken, inference_solver_anyres; the official program runs two passes for each token of a picture.
package final class TokenLoop {
    /// Scores of one step, for inspection; those of the forced tokens come after the fact and have no choice.
    package struct Step {
        package let number: Int
        /// Raw logits, `[vocabulary]` float32.
        package let conditional: Tensor
        package let unconditional: Tensor?
        /// What the token was chosen by.
        package let scores: Tensor?
    }

    /// Told each token as it is chosen, and those of the cue, the grammar standing behind it.
    package typealias Listener = (Int, PictureGrammar) throws -> Void

    private let model: UniTokenModel
    private let choice: TokenChoice
    private let generator: RandomGenerator?
    private let maxTokens: Int
    private let observe: ((Step) -> Void)?
    private let listen: Listener
    private var grammar: PictureGrammar
    private let conversation: KeyValueCache
    private var pictureAlone: KeyValueCache?
    /// Tokens chosen so far.
    package private(set) var tokens: [Int] = []

    /// What the next token is chosen by.
    private struct Logits {
        let conditional: Tensor
        let unconditional: Tensor?
    }

    /// - Parameters:
    ///   - generator: draws tokens; nil takes the likeliest.
    ///   - capacity: tokens that come before the first chosen one, those of the cue included.
    package init(
        _ model: UniTokenModel, _ choice: TokenChoice, grids: PictureGrids, generator: RandomGenerator?, maxTokens: Int, capacity: Int,
        observe: ((Step) -> Void)? = nil, listen: @escaping Listener
    ) throws(TorchError) {
        (self.model, self.choice, self.generator, self.maxTokens) = (model, choice, generator, maxTokens)
        (self.observe, self.listen) = (observe, listen)
        grammar = PictureGrammar(model.tokens, grids: grids)
        conversation = try KeyValueCache(
            model.language.configuration, capacity: capacity + maxTokens, dtype: model.language.dtype, device: model.language.device)
    }

    /// - Parameters:
    ///   - prompt: vectors of the conversation, `[tokens, hidden]`.
    ///   - cue: tokens that begin the answer without having been chosen.
    ///   - stopsAfterPicture: whether the answer ends with its first picture.
    ///   - didRead: called once the prompt is read.
    package func run(_ prompt: Tensor, cue: [Int] = [], stopsAfterPicture: Bool = false, didRead: () -> Void = {}) throws -> AnswerResult.Ending {
        for id in cue {
            grammar.append(id)
            try listen(id, grammar)
        }
        var logits = try read(cue + forced(), after: prompt)
        didRead()
        while tokens.count < maxTokens {
            try Task.checkCancellation()
            let scores = try choice.scores(
                logits.conditional, unconditional: logits.unconditional, grammar.expectation, allowed: model.pictureMask)
            let id = try choice.token(scores, using: generator)
            observe?(Step(number: tokens.count, conditional: logits.conditional, unconditional: logits.unconditional, scores: scores))
            try accept(id)
            if id == model.tokens.special.endOfTurn { return .endOfTurn }
            let following = try forced(), isDrawn = stopsAfterPicture && following.last == model.tokens.special.endOfPicture
            // Whoever looks on sees the logits of the last tokens too, where no further one needs them.
            if isDrawn || tokens.count == maxTokens, observe == nil || following.isEmpty { return isDrawn ? .pictureDrawn : .maxTokens }
            logits = try read([id] + following)
            if isDrawn { return .pictureDrawn }
        }
        return .maxTokens
    }

    private func accept(_ id: Int) throws {
        tokens.append(id)
        grammar.append(id)
        try listen(id, grammar)
    }

    /// Takes the tokens that the grammar lays down next. Each takes its numbers from the generator all the same.
    private func forced() throws -> [Int] {
        var ids: [Int] = []
        while tokens.count < maxTokens, case .forced(let id) = grammar.expectation {
            if let generator { _ = try Tensor.ones([model.language.configuration.vocabularySize]).multinomial(1, using: generator) }
            try accept(id)
            ids.append(id)
        }
        return ids
    }

    /// Passes tokens through the model, and what came before all of them.
    private func read(_ ids: [Int], after prompt: Tensor? = nil) throws -> Logits {
        let alone = try picturePart(of: ids)
        let vectors = try [prompt].compactMap(\.self) + [model.language.embeddings(ids + alone)]
        let x = vectors.count == 1 ? vectors[0] : try Tensor.concatenated(vectors, dim: 0)
        let count = x.shape[0] - alone.count
        var spans = [TokenSpan(conversation, count: count)]
        if let pictureAlone, !alone.isEmpty { spans.append(TokenSpan(pictureAlone, count: alone.count)) }
        let states = try model.language(x, spans)

        // Logits are wanted for the last token; whoever looks on wants those of the forced ones as well.
        let watched = observe == nil ? 0 : watchedCount(ids, hasPrompt: prompt != nil)
        let conditional = try model.language.logits(states.narrowed(dim: 0, start: count - 1 - watched, count: 1 + watched))
        var unconditional: Tensor?
        if !alone.isEmpty { unconditional = try model.language.logits(states.narrowed(dim: 0, start: x.shape[0] - 1, count: 1)).select(dim: 0, index: 0) }
        for place in 0..<watched {
            observe?(Step(
                number: tokens.count - watched + place, conditional: try conditional.select(dim: 0, index: place), unconditional: nil, scores: nil))
        }
        return Logits(conditional: try conditional.select(dim: 0, index: watched), unconditional: unconditional)
    }

    /// How many of the tokens, from the last back, were forced.
    private func watchedCount(_ ids: [Int], hasPrompt: Bool) -> Int { hasPrompt ? tokens.count : ids.count - 1 }

    /// What the branch of the picture alone is to read; it begins with the picture, in a cache and at places of its own, and ends with it.
    private func picturePart(of ids: [Int]) throws(TorchError) -> [Int] {
        guard choice.cfg != 1, grammar.isInPicture else {
            pictureAlone = nil
            return []
        }
        guard let start = ids.lastIndex(of: model.tokens.special.startOfPicture) else { return pictureAlone == nil ? [] : ids }
        pictureAlone = try KeyValueCache(
            model.language.configuration, capacity: model.tokens.count(grammar.grids), dtype: model.language.dtype, device: model.language.device)
        return Array(ids[start...])
    }
}

import Checkpoints
public import Generation
import Imaging
package import Torch

/// UniToken: answers about pictures, and draws them, in one sequence of tokens.
///
/// Confined to the thread that made it, as tensors are.
/// Source: arXiv 2504.04423; UniToken, inference_solver_anyres and inference_solver_base.
public struct UniTokenPipeline {
    public let model: UniTokenModel
    /// Side of the square that a picture's discrete tokens come from. Source: UniToken, `target_size`.
    private static let cropSide = 512

    public init(_ model: UniTokenModel) { self.model = model }

    /// A conversation made ready for the model.
    package struct Reading {
        /// Tokens, pictures as discrete ones alone.
        package let discreteIDs: [Int]
        /// Continuous tokens of each picture, `[tokens, hidden]`.
        package let continuous: [Tensor]
        /// All vectors, `[tokens, hidden]`.
        package let vectors: Tensor
    }

    // MARK: questions

    /// - Parameters:
    ///   - dump: file that receives tokens and logits; nil records nothing.
    ///   - emit: told each event but the last.
    /// - Throws: `RequestError`, `UniTokenError`, `CancellationError`, errors of libtorch.
    public func answer(_ request: AnswerRequest, dump: DumpFile? = nil, emit: @escaping (AnswerEvent) -> Void) throws -> AnswerResult {
        try answer(request, dump: dump, observe: nil, emit: emit)
    }

    package func answer(
        _ request: AnswerRequest, dump: DumpFile?, observe: ((TokenLoop.Step) -> Void)?, emit: @escaping (AnswerEvent) -> Void
    ) throws -> AnswerResult {
        try request.validate()
        let clock = ContinuousClock(), start = clock.now
        let defaults = model.directory.description.defaults
        let options = request.drawing.completed(by: defaults.options)
        let prompt = try Prompt(request.turns, model.tokenizer, model.tokens.special)
        try check(prompt)
        if !prompt.pictures.isEmpty { emit(.began(.lookingAtPictures)) }
        let reading = try read(prompt)

        emit(.began(.reading))
        let recorder = dump.map { _ in AnswerRecorder(reading) }
        let generator = request.temperature == 0 ? nil : try RandomGenerator(seed: request.seed)
        let writer = AnswerWriter(model, limit: request.maxTokens, previewInterval: request.previewInterval, emit: emit)
        let loop = try TokenLoop(
            model, TokenChoice(options, defaults, temperature: request.temperature), grids: options.grids ?? defaults.grids,
            generator: generator, maxTokens: request.maxTokens, capacity: reading.vectors.shape[0],
            observe: AnswerRecorder.observer(recorder, observe), listen: writer.write)
        var read = start
        let ending = try loop.run(reading.vectors) {
            read = clock.now
            emit(.read(tokens: reading.vectors.shape[0]))
            emit(.began(.answering))
        }
        if let recorder, let dump { try recorder.write(loop.tokens, to: dump) }
        return AnswerResult(
            text: writer.text, pictures: writer.pictures, tokens: loop.tokens, promptTokenCount: reading.vectors.shape[0], ending: ending,
            readingSeconds: (read - start) / .seconds(1), answeringSeconds: (clock.now - read) / .seconds(1))
    }

    /// Pictures may lead beyond the length the model was trained with, as in the official program; text may not.
    private func check(_ prompt: Prompt) throws(UniTokenError) {
        let limit = model.language.configuration.contextLength
        guard prompt.textTokenCount <= limit else { throw .questionTooLong(tokens: prompt.textTokenCount, limit: limit) }
    }

    /// Discrete and continuous tokens of all pictures, in their places: `<soi> discrete <sep> continuous <eoi>`.
    ///
    /// Source: UniToken (arXiv 2504.04423) section 3.1.
    package func read(_ prompt: Prompt) throws -> Reading {
        let special = model.tokens.special, language = model.language
        let separator = try language.embeddings([special.separator])
        let endOfRow = try prompt.pictures.isEmpty ? separator : language.embeddings([special.newLine])
        var crop = PictureCrop(side: Self.cropSide)
        var ids: [Int] = [], continuous: [Tensor] = [], vectors: [Tensor] = [], waiting: [Int] = []
        for piece in prompt.pieces {
            switch piece {
            case .tokens(let run):
                ids += run
                waiting += run
            case .picture(let index):
                let image = prompt.pictures[index].image.rgb()
                let discrete = try discreteIDs(crop(image))
                let tokens = try model.continuous(image, endOfRow: endOfRow)
                vectors += [try language.embeddings(waiting + discrete.dropLast()), separator, tokens]
                waiting = [special.endOfPicture]
                ids += discrete
                continuous.append(tokens)
            }
        }
        if !waiting.isEmpty { vectors.append(try language.embeddings(waiting)) }
        return Reading(discreteIDs: ids, continuous: continuous, vectors: try Tensor.concatenated(vectors, dim: 0))
    }

    /// All tokens of a picture, those around it included.
    private func discreteIDs(_ picture: PixelImage) throws -> [Int] {
        let side = model.tokens.pixelsPerCode
        return model.tokens.ids(try model.vqgan.codes(of: picture), rows: picture.height / side, columns: picture.width / side)
    }
}

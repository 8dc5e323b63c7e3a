public import Generation
import Imaging
import Torch

extension UniTokenPipeline {
    /// Refuses a request that cannot be served, before a large model is loaded.
    ///
    /// - Throws: `RequestError`.
    static func check(_ request: GenerationRequest, _ directory: UniTokenDirectory) throws(RequestError) {
        _ = try DrawingSettings(request, directory.description.defaults)
    }

    /// Draws a picture; its rows are reported as steps.
    ///
    /// - Parameters:
    ///   - dump: file that receives tokens, logits and the picture; nil records nothing.
    ///   - emit: told each event but the last.
    /// - Throws: `RequestError`, `UniTokenError`, `CancellationError`, errors of libtorch.
    public func draw(
        _ request: GenerationRequest, dump: DumpFile? = nil, emit: @escaping (GenerationEvent) -> Void
    ) throws -> GenerationResult {
        let clock = ContinuousClock(), start = clock.now
        let settings = try DrawingSettings(request, model.directory.description.defaults)
        settings.notes.forEach { emit(.note($0)) }
        var last = start
        let answer = try draw(settings, dump: dump) { event in
            switch event {
            case .began(.reading): emit(.began(.encodingText))
            case .began(.answering): emit(.began(.denoising))
            case .row(_, let row, let count, _): emit(.denoised(step: row, of: count, seconds: (clock.now - last) / .seconds(1)))
            default: return
            }
            last = clock.now
        }
        guard let image = answer.pictures.first else {
            throw UniTokenError.malformedPicture(tokens: answer.tokens.count, problem: "they end before the picture does")
        }
        return GenerationResult(
            image: image, request: settings.request, execution: Self.execution(of: model), seconds: (clock.now - start) / .seconds(1))
    }

    /// Draws as the official program does, which writes on after the picture unless told not to.
    ///
    /// Source: UniToken, inference_solver_anyres, `generate_img`.
    /// - Parameters:
    ///   - maxTokens: nil allows what the picture takes.
    ///   - stopsAfterPicture: ends the answer with the picture.
    package func draw(
        _ settings: DrawingSettings, maxTokens: Int? = nil, stopsAfterPicture: Bool = true, dump: DumpFile? = nil,
        observe: ((TokenLoop.Step) -> Void)? = nil, emit: @escaping (AnswerEvent) -> Void
    ) throws -> AnswerResult {
        let clock = ContinuousClock(), start = clock.now, special = model.tokens.special
        guard !model.language.configuration.masksPictures else {
            throw UniTokenError.drawingMasked(file: model.directory.file(model.directory.description.files.languageModel))
        }
        emit(.began(.reading))
        let prompt = try Prompt([.init(settings.question)], model.tokenizer, special)
        let cue = [DrawingSettings.cue, special.startOfPicture]
        let needed = model.tokens.count(settings.grids) - 1
        try check(prompt, cueCount: cue.count, needed: needed, settings.grids)
        let reading = try read(prompt)
        let recorder = dump.map { _ in AnswerRecorder(reading, cue: cue) }
        let writer = AnswerWriter(model, limit: cue.count + (maxTokens ?? needed), previewInterval: nil, emit: emit)
        let generator = settings.choice.temperature == 0 ? nil : try RandomGenerator(seed: settings.request.seed)
        let loop = try TokenLoop(
            model, settings.choice, grids: settings.grids, generator: generator, maxTokens: maxTokens ?? needed,
            capacity: reading.vectors.shape[0] + cue.count, observe: AnswerRecorder.observer(recorder, observe), listen: writer.write)
        var read = start
        let ending = try loop.run(reading.vectors, cue: cue, stopsAfterPicture: stopsAfterPicture) {
            read = clock.now
            emit(.began(.answering))
        }
        if let recorder, let dump { try recorder.write(loop, model, to: dump) }
        return AnswerResult(
            text: writer.text, pictures: writer.pictures, tokens: loop.tokens, promptTokenCount: reading.vectors.shape[0], ending: ending,
            readingSeconds: (read - start) / .seconds(1), answeringSeconds: (clock.now - read) / .seconds(1))
    }

    private func check(_ prompt: Prompt, cueCount: Int, needed: Int, _ grids: PictureGrids) throws {
        let limit = model.language.configuration.contextLength
        guard prompt.textTokenCount <= limit else { throw UniTokenError.questionTooLong(tokens: prompt.textTokenCount, limit: limit) }
        guard prompt.textTokenCount + cueCount + needed <= limit else {
            throw RequestError.invalid(
                name: "grids", value: "\(grids), which takes \(needed) tokens behind \(prompt.textTokenCount) of the prompt",
                expected: "a picture that fits into the model's context of \(limit)")
        }
    }

    private static func execution(of model: UniTokenModel) -> ExecutionOptions {
        var execution = ExecutionOptions()
        execution.device = if case .cuda(let index) = model.language.device { .cuda(index) } else { .cpu }
        execution.type = model.language.dtype == .float32 ? .float32 : .bfloat16
        execution.weights = model.weights
        return execution
    }
}

extension AnswerRecorder {
    /// Writes what was recorded, with the picture as it is before it is rounded, if one was drawn.
    fileprivate func write(_ loop: TokenLoop, _ model: UniTokenModel, to file: DumpFile) throws {
        let special = model.tokens.special
        // The picture begins in the cue.
        if let end = loop.tokens.firstIndex(of: special.endOfPicture), let codes = try? model.tokens.codes(loop.tokens[..<end]) {
            record("image", try model.vqgan.decode(codes.codes, rows: codes.rows, columns: codes.columns).select(dim: 0, index: 0))
        }
        try write(loop.tokens, to: file)
    }
}

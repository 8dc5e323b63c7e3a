public import Flux
public import Generation
public import Imaging
import TextEncoders
import Torch

/// DreamO as a generator of pictures.
public typealias DreamOGenerator = PipelineGenerator<DreamOPipeline>

/// From a request to a picture, in the order of the official pipeline.
///
/// Source: arXiv 2504.16915; DreamO, `dreamo_pipeline.DreamOPipeline`.
public struct DreamOPipeline: PicturePipeline {
    /// Makes of a reference picture what the model is shown, RGB with sides that are multiples of a token's.
    ///
    /// - Parameters:
    ///   - size: side in pixels of the square whose area subjects and styles are fitted to.
    ///   - note: told what the person should know.
    public typealias Preparation = (_ reference: Reference, _ size: Int, _ note: (String) -> Void) throws -> PixelImage

    public static let name = "dreamo"
    let model: FluxModel
    let embeddings: DreamOEmbeddings
    let prepare: Preparation?

    /// - Parameters:
    ///   - adapters: adapter files besides those of the model's description.
    ///   - merges: whether adapters are merged into the weights, or kept beside them.
    ///   - prepare: nil where pictures can only be taken as they are.
    /// - Throws: `DreamOError`, errors of the files.
    public init(
        _ directory: ModelDirectory, adapters: [AdapterFile] = [], merges: Bool = true, placement: Placement, prepare: Preparation?
    ) throws {
        guard let file = directory.description.files.dreamo.map(directory.file) else { throw DreamOError.noMainFile(directory: directory.path) }
        model = try FluxModel(
            directory, adapters: adapters, merges: merges, addedTokens: DreamOTokens.added(from: file), dtype: placement.dtype,
            device: placement.device)
        embeddings = try DreamOEmbeddings(file: file, hiddenSize: model.transformer.configuration.hiddenSize)
        self.prepare = prepare
    }

    public init(_ directory: ModelDirectory, adapters: [AdapterFile], merges: Bool, placement: Placement) throws {
        try self.init(directory, adapters: adapters, merges: merges, placement: placement, prepare: nil)
    }

    public static func check(_ request: GenerationRequest, _ description: ModelDescription) throws {
        _ = try DreamOSettings(request, description)
    }

    public func callAsFunction(
        _ request: GenerationRequest, dump: DumpFile? = nil, emit: (GenerationEvent) -> Void
    ) throws -> GenerationResult {
        let clock = ContinuousClock(), start = clock.now
        let settings = try DreamOSettings(request, model.directory.description)
        let placement = Placement(device: model.device, dtype: model.dtype)
        // The official program draws the noise on the processor wherever it computes.
        let noiseDevice = request.noiseDevice == .auto ? Device.cpu : try placement.device(for: request.noiseDevice)
        settings.notes.forEach { emit(.note($0)) }
        let recorder = dump.map { _ in DumpRecorder() }

        emit(.began(.encodingText))
        let text = try model.text([request.prompt])
        let negativeText = try settings.negative.map { try model.text([$0.prompt]) }
        try Task.checkCancellation()

        let noise = try model.noise(settings.request, settings.grid, on: noiseDevice)
        let references = try encodedReferences(settings, emit)
        let sigmas = DreamOSchedule.sigmas(
            stepCount: settings.stepCount, tokenCount: settings.grid.count, model.directory.scheduler)
        let inputs = try DreamOInputs(model: model, settings: settings, sigmas: sigmas)
        let positive = try inputs.positive(text, references, embeddings)
        recorder?.record(text, negativeText, noise: noise)
        try recorder.map { try inputs.record(references, embeddings, in: $0) }

        emit(.began(.denoising))
        let negative = try settings.negative.flatMap { negative in
            try negativeText.map {
                Denoiser.Negative(try model.transformer.conditioning(inputs.negative($0, negative)), scale: negative.scale, steps: negative.steps)
            }
        }
        let latents = try model.denoise(
            noise.packedLatents(), model.transformer.conditioning(positive), negative: negative,
            TimestepSchedule(timesteps: sigmas.map(Double.init)), recorder, emit)

        emit(.began(.decoding))
        let decoded = try model.decode(latents, settings.grid)
        if let recorder, let dump {
            recorder.record("image", try decoded.select(dim: 0, index: 0))
            try recorder.write(to: dump)
        }
        var drawn = settings.request
        drawn.noiseDevice = noiseDevice == .cpu ? .cpu : .cuda
        return GenerationResult(
            image: try decoded.roundedPixelImage(), request: drawn, execution: placement.execution, seconds: (clock.now - start) / .seconds(1))
    }

    private func encodedReferences(_ settings: DreamOSettings, _ emit: (GenerationEvent) -> Void) throws -> [DreamOReferences.Encoded] {
        let references = settings.request.references
        guard !references.isEmpty else { return [] }
        emit(.began(.encodingReferences))
        let pictures = try references.enumerated().map { index, reference in
            try Task.checkCancellation()
            let picture = try prepared(reference, settings) { emit(.note($0)) }
            emit(.prepared(index, picture))
            return picture
        }
        let drawType: DType = settings.request.noiseType == .bfloat16 ? .bfloat16 : .float32
        return try DreamOReferences(model: model, drawType: drawType)(pictures, posteriorSeed: settings.posteriorSeed)
    }

    private func prepared(_ reference: Reference, _ settings: DreamOSettings, _ note: (String) -> Void) throws -> PixelImage {
        if settings.request.preparation == .auto {
            guard let prepare else {
                throw RequestError.unsupported(
                    "\(reference.name) cannot be prepared: this model has no networks for it", remedy: "Give prepared pictures, and --prepare none.")
            }
            return try prepare(reference, settings.referenceSize, note)
        }
        let picture = reference.image.rgb(), side = model.autoEncoder.configuration.pixelsPerToken
        let limit = RequestLimits.referenceSize
        guard picture.width.isMultiple(of: side), picture.height.isMultiple(of: side), max(picture.width, picture.height) <= limit.upperBound else {
            throw RequestError.reference(
                name: reference.name,
                problem: "it has \(picture.width)x\(picture.height) pixels; pictures that are not prepared need sides that are multiples of \(side) "
                    + "and at most \(limit.upperBound). Resize it, or leave out --prepare none.")
        }
        return picture
    }
}

extension DumpRecorder {
    fileprivate func record(_ text: TextEmbeddings, _ negative: TextEmbeddings?, noise: Tensor) {
        record("noise", noise)
        record("t5_ids", text.t5IDs)
        record("clip_ids", text.clipIDs)
        record("txt", text.txt)
        record("vec", text.vec)
        if let negative {
            record("negative_txt", negative.txt)
            record("negative_vec", negative.vec)
        }
    }
}

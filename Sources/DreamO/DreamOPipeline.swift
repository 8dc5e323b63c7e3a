public import Flux
public import Generation
public import Imaging
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
        let settings = try DreamOSettings(request, model.directory.description)
        return try model.draw(settings.picture, negativePrompt: settings.negative?.prompt, dump: dump, emit: emit) {
            try $0.roundedPixelImage()
        } plan: { texts, recorder in
            let references = try encodedReferences(settings.picture, emit)
            let inputs = try DreamOInputs(model: model, settings: settings, embeddings: embeddings)
            try recorder.map { try inputs.record(references, in: $0) }
            return try inputs.plan(texts, references)
        }
    }

    /// Limits of the logarithm of the variance. Source: diffusers, `DiagonalGaussianDistribution`.
    private static let logVariance = -30.0...20.0

    private func encodedReferences(_ settings: PictureSettings, _ emit: (GenerationEvent) -> Void) throws -> [ReferenceEncoder.Encoded] {
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
        return try ReferenceEncoder(model, drawType: drawType, logVariance: Self.logVariance)(pictures, posteriorSeed: settings.posteriorSeed)
    }

    private func prepared(_ reference: Reference, _ settings: PictureSettings, _ note: (String) -> Void) throws -> PixelImage {
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

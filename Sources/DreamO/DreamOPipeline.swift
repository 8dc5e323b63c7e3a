public import Flux
public import Generation
import Imaging
import Torch

/// DreamO as a generator of pictures.
public typealias DreamOGenerator = PipelineGenerator<DreamOPipeline>

/// From a request to a picture, in the order of the official pipeline.
///
/// Source: arXiv 2504.16915; DreamO, `dreamo_pipeline.DreamOPipeline`.
public struct DreamOPipeline: PicturePipeline {
    /// Loads the networks that prepare references of some tasks.
    package typealias Preparation = (Set<ReferenceTask>) throws -> ReferencePreparation

    public static let name = "dreamo"
    public let model: FluxModel
    let embeddings: DreamOEmbeddings
    private let preparation: Preparation

    /// - Throws: `DreamOError`, errors of the files.
    package init(
        _ directory: ModelDirectory, adapters: [AdapterFile] = [], merges: Bool = true, placement: Placement,
        preparation: @escaping Preparation
    ) throws {
        guard let file = directory.description.files.dreamo.map(directory.file) else { throw DreamOError.noMainFile(directory: directory.path) }
        model = try FluxModel(
            directory, adapters: adapters, merges: merges, addedTokens: DreamOTokens.added(from: file), placement: placement)
        embeddings = try DreamOEmbeddings(file: file, hiddenSize: model.configuration.hiddenSize)
        self.preparation = preparation
    }

    public init(_ directory: ModelDirectory, adapters: [AdapterFile] = [], merges: Bool = true, placement: Placement) throws {
        let networks = PreparationNetworks(directory, device: placement.device)
        try self.init(directory, adapters: adapters, merges: merges, placement: placement, preparation: networks.preparation)
    }

    public static func check(_ request: GenerationRequest, _ description: ModelDescription) throws {
        _ = try DreamOSettings(request, description)
        if request.preparation == .auto { try PreparationNetworks.check(request.references, description.files) }
    }

    public static func sizes(_ request: GenerationRequest, _ directory: ModelDirectory) throws -> PictureSizes {
        let settings = try DreamOSettings(request, directory.description)
        var sizes = PictureSizes(
            settings.picture, directory.description, encodedReferences: request.references.count, hasNegative: settings.negative != nil)
        if request.preparation == .auto {
            sizes.referenceNetworks = try PreparationNetworks.byteCount(directory, for: Set(request.references.map { ReferenceTask($0.role) }))
        }
        return sizes
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
        guard !settings.request.references.isEmpty else { return [] }
        try model.begin(.encodingReferences, emit)
        let pictures = try pictures(settings, emit)
        let drawType: DType = settings.request.noiseType == .bfloat16 ? .bfloat16 : .float32
        return try ReferenceEncoder(model, drawType: drawType, logVariance: Self.logVariance)(pictures, posteriorSeed: settings.posteriorSeed)
    }

    /// The references as the transformer is shown them. The networks that prepare them are gone when this returns.
    private func pictures(_ settings: PictureSettings, _ emit: (GenerationEvent) -> Void) throws -> [PixelImage] {
        let references = settings.request.references
        let preparation = try settings.request.preparation == .auto ? self.preparation(Set(references.map { ReferenceTask($0.role) })) : nil
        return try references.enumerated().map { index, reference in
            try Task.checkCancellation()
            let prepared = try preparation?(
                reference.image, name: reference.name, task: ReferenceTask(reference.role), size: settings.referenceSize)
            if let note = prepared?.note { emit(.note(note)) }
            let picture = try prepared?.image ?? unprepared(reference)
            emit(.prepared(index, picture))
            return picture
        }
    }

    /// A picture that was prepared elsewhere.
    private func unprepared(_ reference: Reference) throws(RequestError) -> PixelImage {
        let picture = reference.image.rgb(), side = model.autoEncoderConfiguration.pixelsPerToken
        let limit = RequestLimits.referenceSize
        guard picture.width.isMultiple(of: side), picture.height.isMultiple(of: side), max(picture.width, picture.height) <= limit.upperBound else {
            throw .reference(
                name: reference.name,
                problem: "it has \(picture.width)x\(picture.height) pixels; pictures that are not prepared need sides that are multiples of \(side) "
                    + "and at most \(limit.upperBound). Resize it, or leave out --prepare none.")
        }
        return picture
    }
}

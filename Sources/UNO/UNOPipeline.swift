public import Flux
public import Generation

/// UNO as a generator of pictures.
public typealias UNOGenerator = PipelineGenerator<UNOPipeline>

/// From a request to a picture, in the order of the official pipeline.
///
/// Source: UNO, `flux/pipeline.UNOPipeline`.
public struct UNOPipeline: PicturePipeline {
    public static let name = "uno"
    public let model: FluxModel

    public init(_ model: FluxModel) {
        self.model = model
    }

    public init(_ directory: ModelDirectory, adapters: [AdapterFile], merges: Bool, placement: Placement) throws {
        self.init(try FluxModel(directory, adapters: adapters, merges: merges, placement: placement))
    }

    public static func check(_ request: GenerationRequest, _ description: ModelDescription) throws {
        _ = try PictureSettings.uno(request, description)
    }

    public static func sizes(_ request: GenerationRequest, _ directory: ModelDirectory) throws -> PictureSizes {
        let settings = try PictureSettings.uno(request, directory.description)
        return PictureSizes(
            settings, directory.description, encodedReferences: request.references.count, hasNegative: settings.trueCFG != 1)
    }

    public func callAsFunction(
        _ request: GenerationRequest, dump: DumpFile? = nil, emit: (GenerationEvent) -> Void
    ) throws -> GenerationResult {
        let settings = try PictureSettings.uno(request, model.directory.description)
        return try model.draw(settings, dump: dump, emit: emit) {
            let multiple = model.autoEncoderConfiguration.pixelsPerToken
            let pictures = try request.references.map { try $0.prepared(longSide: settings.referenceSize, multiple: multiple) }
            return ReferenceTokens(latents: try ReferenceEncoder(model)(pictures, posteriorSeed: settings.posteriorSeed))
        }
    }
}

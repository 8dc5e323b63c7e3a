public import Flux
public import Generation

/// UNO as a generator of pictures.
public typealias UNOGenerator = PipelineGenerator<UNOPipeline>

/// From a request to a picture, in the order of the official pipeline.
///
/// Source: UNO, `flux/pipeline.UNOPipeline`.
public struct UNOPipeline: PicturePipeline {
    public static let name = "uno"
    let model: FluxModel

    public init(_ model: FluxModel) {
        self.model = model
    }

    public init(_ directory: ModelDirectory, adapters: [AdapterFile], merges: Bool, placement: Placement) throws {
        self.init(try FluxModel(directory, adapters: adapters, merges: merges, dtype: placement.dtype, device: placement.device))
    }

    public static func check(_ request: GenerationRequest, _ description: ModelDescription) throws {
        _ = try PictureSettings.uno(request, description)
    }

    public func callAsFunction(
        _ request: GenerationRequest, dump: DumpFile? = nil, emit: (GenerationEvent) -> Void
    ) throws -> GenerationResult {
        let settings = try PictureSettings.uno(request, model.directory.description)
        return try model.draw(settings, dump: dump, emit: emit) {
            let multiple = model.autoEncoder.configuration.pixelsPerToken
            let pictures = try request.references.map { try $0.prepared(longSide: settings.referenceSize, multiple: multiple) }
            return ReferenceTokens(latents: try ReferenceEncoder(model)(pictures, posteriorSeed: settings.posteriorSeed))
        }
    }
}

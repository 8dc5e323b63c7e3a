public import Flux
public import Generation

/// USO as a generator of pictures.
public typealias USOGenerator = PipelineGenerator<USOPipeline>

/// From a request to a picture: content in latents behind the target, style in tokens before the text.
///
/// Source: USO (arXiv 2508.18966), `flux/pipeline.USOPipeline`.
public struct USOPipeline: PicturePipeline {
    public static let name = "uso"
    public let model: FluxModel
    /// Nil for models without style.
    let style: StyleEncoder?

    /// - Throws: errors of the style projector's and SigLIP's files.
    public init(_ model: FluxModel) throws {
        self.model = model
        style = try StyleEncoder(model.directory, dtype: model.dtype, device: model.device)
    }

    public init(_ directory: ModelDirectory, adapters: [AdapterFile], merges: Bool, placement: Placement) throws {
        try self.init(FluxModel(directory, adapters: adapters, merges: merges, placement: placement))
    }

    public static func check(_ request: GenerationRequest, _ description: ModelDescription) throws {
        _ = try PictureSettings.uso(request, description)
    }

    public static func sizes(_ request: GenerationRequest, _ directory: ModelDirectory) throws -> PictureSizes {
        let description = directory.description, settings = try PictureSettings.uso(request, description)
        var sizes = PictureSizes(
            settings, description, encodedReferences: request.contentReference == nil ? 0 : 1, hasNegative: settings.trueCFG != 1)
        let styles = request.styleReferences.count
        if styles > 0 {
            sizes.styleTokens = styles * 3 * (description.style ?? .official).tokenCount
            sizes.referenceNetworks = try StyleEncoder.byteCount(directory)
        }
        return sizes
    }

    public func callAsFunction(
        _ request: GenerationRequest, dump: DumpFile? = nil, emit: (GenerationEvent) -> Void
    ) throws -> GenerationResult {
        let settings = try PictureSettings.uso(request, model.directory.description)
        return try model.draw(settings, dump: dump, emit: emit) {
            // Pictures first: one that cannot be used is told before any network runs.
            let pictures = try request.contentReference.map { content in
                [try ContentPicture(content, longSide: settings.referenceSize, multiple: model.autoEncoderConfiguration.pixelsPerToken).prepared()]
            }
            let style = try style?(request.styleReferences) ?? []
            return ReferenceTokens(latents: try ReferenceEncoder(model)(pictures ?? [], posteriorSeed: settings.posteriorSeed), style: style)
        }
    }
}

public import Flux
public import Generation
import Imaging
import TextEncoders
import Torch

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
        _ = try UNOSettings(request, description)
    }

    public func callAsFunction(
        _ request: GenerationRequest, dump: DumpFile? = nil, emit: (GenerationEvent) -> Void
    ) throws -> GenerationResult {
        let clock = ContinuousClock(), start = clock.now
        let settings = try UNOSettings(request, model.directory.description)
        let placement = Placement(device: model.device, dtype: model.dtype)
        let noiseDevice = try placement.device(for: request.noiseDevice)
        settings.notes.forEach { emit(.note($0)) }
        let recorder = dump.map { _ in DumpRecorder() }

        emit(.began(.encodingText))
        let text = try model.text([request.prompt])
        let negativeText = settings.trueCFG == 1 ? nil : try model.text([settings.negativePrompt])
        try Task.checkCancellation()

        let references = try encodedReferences(settings, emit)
        let noise = try model.noise(settings.request, settings.grid, on: noiseDevice)
        let schedule = try TimestepSchedule(
            stepCount: settings.stepCount,
            tokenCount: UNOSchedule.shiftTokenCount(settings.grid, model.autoEncoder.configuration))
        let inputs = try inputs(settings, text, references, schedule)
        try recorder?.record(text: text, references: references, noise: noise, schedule: schedule, settings: settings)

        emit(.began(.denoising))
        let negative = try negativeText.map { try negativeInputs(settings, $0, schedule) }
        let latents = try model.denoise(
            noise.packedLatents(), model.transformer.conditioning(inputs), negative: negative, schedule, recorder, emit)

        emit(.began(.decoding))
        let decoded = try model.decode(latents, settings.grid)
        if let recorder, let dump {
            recorder.record("image", try decoded.select(dim: 0, index: 0))
            try recorder.write(to: dump)
        }
        var drawn = settings.request
        drawn.noiseDevice = noiseDevice == .cpu ? .cpu : .cuda
        return GenerationResult(
            image: try decoded.pixelImage(), request: drawn, execution: placement.execution, seconds: (clock.now - start) / .seconds(1))
    }

    private func encodedReferences(_ settings: UNOSettings, _ emit: (GenerationEvent) -> Void) throws -> [ReferenceEncoder.Encoded] {
        guard !settings.request.references.isEmpty else { return [] }
        emit(.began(.encodingReferences))
        let encoder = ReferenceEncoder(autoEncoder: model.autoEncoder, dtype: model.dtype, device: model.device)
        return try encoder(settings.request.references, longSide: settings.referenceSize, posteriorSeed: settings.posteriorSeed)
    }

    private func inputs(
        _ settings: UNOSettings, _ text: TextEmbeddings, _ references: [ReferenceEncoder.Encoded], _ schedule: TimestepSchedule
    ) throws(TorchError) -> FluxInputs {
        try FluxInputs(
            txt: text.txt, vec: text.vec,
            references: references.map { reference throws(TorchError) in try reference.latents.packedLatents() },
            ids: UnoPE.positionIDs(
                textCount: text.txt.shape[1], target: settings.grid, references: references.map(\.grid),
                variant: settings.request.positions).to(model.device),
            timesteps: Tensor(schedule.timesteps.dropLast().map { $0 }, shape: [schedule.stepCount, 1]).to(model.dtype).to(model.device),
            guidance: Tensor.full([1], settings.guidance, dtype: model.dtype, device: model.device))
    }

    /// The negative prompt without references.
    private func negativeInputs(_ settings: UNOSettings, _ text: TextEmbeddings, _ schedule: TimestepSchedule) throws -> Denoiser.Negative {
        let inputs = try inputs(settings, text, [], schedule)
        return try Denoiser.Negative(model.transformer.conditioning(inputs), scale: settings.trueCFG)
    }
}

extension DumpRecorder {
    /// What is known before the first step.
    fileprivate func record(
        text: TextEmbeddings, references: [ReferenceEncoder.Encoded], noise: Tensor, schedule: TimestepSchedule, settings: UNOSettings
    ) throws {
        record("noise", noise)
        record("t5_ids", text.t5IDs)
        record("clip_ids", text.clipIDs)
        record("txt", text.txt)
        record("vec", text.vec)
        let ids = try UnoPE.referencePositionIDs(
            target: settings.grid, references: references.map(\.grid), variant: settings.request.positions)
        for (index, reference) in references.enumerated() {
            record("ref.\(index).latents", reference.latents)
            record("ref.\(index).ids", try ids[index].unsqueezed(0))
        }
        record("timesteps", try Tensor(schedule.timesteps, shape: [schedule.timesteps.count]))
    }
}

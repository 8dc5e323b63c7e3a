package import Generation
import TextEncoders
import Torch

extension FluxModel {
    /// Draws a picture whose references are told apart by UNO's positions, in the order of the official pipelines.
    ///
    /// Source: UNO, `flux/pipeline.UNOPipeline`; USO, `flux/pipeline.USOPipeline`, which adds style tokens.
    /// - Parameters:
    ///   - references: makes the tokens of the references; called once, after the prompt was read, if the request has any.
    package func draw(
        _ settings: PictureSettings, dump: DumpFile?, emit: (GenerationEvent) -> Void, references: () throws -> ReferenceTokens
    ) throws -> GenerationResult {
        let negativePrompt = settings.trueCFG == 1 ? nil : settings.negativePrompt
        return try draw(settings, negativePrompt: negativePrompt, dump: dump, emit: emit) { try $0.pixelImage() } plan: { texts, recorder in
            var tokens = ReferenceTokens()
            if !settings.request.references.isEmpty {
                try begin(.encodingReferences, emit)
                tokens = try references()
            }
            let schedule = try TimestepSchedule(
                stepCount: settings.stepCount, tokenCount: InferenceShift.tokenCount(settings.grid, autoEncoderConfiguration))
            try recorder?.record(tokens, schedule, settings)
            return DrawingPlan(
                schedule: schedule, positive: try inputs(settings, texts.prompt, tokens, schedule),
                // The negative prompt stands alone, without references.
                negative: try texts.negative.map { .init(try inputs(settings, $0, ReferenceTokens(), schedule), scale: settings.trueCFG) })
        }
    }

    private func inputs(
        _ settings: PictureSettings, _ text: TextEmbeddings, _ references: ReferenceTokens, _ schedule: TimestepSchedule
    ) throws(TorchError) -> FluxInputs {
        let leadingCount = references.style.reduce(0) { $0 + $1.shape[1] }
        return try FluxInputs(
            txt: text.txt, vec: text.vec, style: references.style,
            references: references.latents.map { reference throws(TorchError) in try reference.latents.packedLatents() },
            ids: UnoPE.positionIDs(
                textCount: leadingCount + text.txt.shape[1], target: settings.grid, references: references.latents.map(\.grid),
                variant: settings.request.positions).to(device),
            timesteps: Tensor(schedule.timesteps.dropLast().map { $0 }, shape: [schedule.stepCount, 1]).to(dtype).to(device),
            guidance: Tensor.full([1], settings.guidance, dtype: dtype, device: device))
    }
}

extension DumpRecorder {
    /// References and noise levels, as they are before the first step.
    fileprivate func record(_ references: ReferenceTokens, _ schedule: TimestepSchedule, _ settings: PictureSettings) throws {
        let ids = try UnoPE.referencePositionIDs(
            target: settings.grid, references: references.latents.map(\.grid), variant: settings.request.positions)
        for (index, reference) in references.latents.enumerated() {
            record("ref.\(index).moments", reference.moments)
            if let draw = reference.draw { record("ref.\(index).draw", draw) }
            record("ref.\(index).latents", reference.latents)
            record("ref.\(index).ids", try ids[index].unsqueezed(0))
        }
        for (index, tokens) in references.style.enumerated() { record("style.\(index).tokens", tokens) }
        record("timesteps", try Tensor(schedule.timesteps, shape: [schedule.timesteps.count]))
    }
}

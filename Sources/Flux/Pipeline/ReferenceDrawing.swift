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
        let clock = ContinuousClock(), start = clock.now
        let placement = Placement(device: device, dtype: dtype)
        let noiseDevice = try placement.device(for: settings.request.noiseDevice)
        settings.notes.forEach { emit(.note($0)) }
        let recorder = dump.map { _ in DumpRecorder() }

        emit(.began(.encodingText))
        let text = try self.text([settings.request.prompt])
        let negativeText = settings.trueCFG == 1 ? nil : try self.text([settings.negativePrompt])
        try Task.checkCancellation()

        var tokens = ReferenceTokens()
        if !settings.request.references.isEmpty {
            emit(.began(.encodingReferences))
            tokens = try references()
        }
        let noise = try noise(settings.request, settings.grid, on: noiseDevice)
        let schedule = try TimestepSchedule(
            stepCount: settings.stepCount, tokenCount: InferenceShift.tokenCount(settings.grid, autoEncoder.configuration))
        try recorder?.record(text: text, references: tokens, noise: noise, schedule: schedule, settings: settings)

        emit(.began(.denoising))
        let conditioning = try transformer.conditioning(inputs(settings, text, tokens, schedule))
        let negative = try negativeText.map { text throws(TorchError) in
            // The negative prompt stands alone, without references.
            Denoiser.Negative(try transformer.conditioning(inputs(settings, text, ReferenceTokens(), schedule)), scale: settings.trueCFG)
        }
        let latents = try denoise(noise.packedLatents(), conditioning, negative: negative, schedule, recorder, emit)

        emit(.began(.decoding))
        let decoded = try decode(latents, settings.grid)
        if let recorder, let dump {
            recorder.record("image", try decoded.select(dim: 0, index: 0))
            try recorder.write(to: dump)
        }
        var drawn = settings.request
        drawn.noiseDevice = noiseDevice == .cpu ? .cpu : .cuda
        return GenerationResult(
            image: try decoded.pixelImage(), request: drawn, execution: placement.execution, seconds: (clock.now - start) / .seconds(1))
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
    /// What is known before the first step.
    fileprivate func record(
        text: TextEmbeddings, references: ReferenceTokens, noise: Tensor, schedule: TimestepSchedule, settings: PictureSettings
    ) throws {
        record("noise", noise)
        record("t5_ids", text.t5IDs)
        record("clip_ids", text.clipIDs)
        record("txt", text.txt)
        record("vec", text.vec)
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

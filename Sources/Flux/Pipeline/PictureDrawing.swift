package import Generation
package import Imaging
import TextEncoders
package import Torch

extension FluxModel {
    /// Draws a picture in the order that the official pipelines on this base share: texts, what the method plans, steps, decoding.
    ///
    /// - Parameters:
    ///   - negativePrompt: nil where nothing pulls away.
    ///   - pixels: the picture of the autoencoder's output `[1, 3, height, width]`.
    ///   - plan: encodes references and decides on positions, noise levels and guidance; called once, after the texts were read.
    ///     The recorder, if there is one, is to be told what the plan is made of.
    package func draw(
        _ settings: PictureSettings, negativePrompt: String?, dump: DumpFile?, emit: (GenerationEvent) -> Void,
        pixels: (Tensor) throws -> PixelImage, plan: (DrawingPlan.Texts, DumpRecorder?) throws -> DrawingPlan
    ) throws -> GenerationResult {
        let clock = ContinuousClock(), start = clock.now
        let noiseDevice = try placement.device(for: settings.request.noiseDevice)
        settings.notes.forEach { emit(.note($0)) }
        let recorder = dump.map { _ in DumpRecorder() }

        try begin(.encodingText, emit)
        let texts = DrawingPlan.Texts(prompt: try text(settings.request.prompt), negative: try negativePrompt.map { try text($0) })
        try Task.checkCancellation()
        let plan = try plan(texts, recorder)
        let noise = try noise(settings.request, settings.grid, on: noiseDevice)
        recorder?.record(texts, noise: noise)

        try begin(.denoising, emit)
        let transformer = try transformer()
        let negative = try plan.negative.map { negative throws(TorchError) in
            Denoiser.Negative(try transformer.conditioning(negative.inputs), scale: negative.scale, steps: negative.steps)
        }
        let latents = try denoise(
            noise.packedLatents(), with: transformer, transformer.conditioning(plan.positive), negative: negative, plan.schedule, recorder, emit)

        try begin(.decoding, emit)
        let decoded = try decode(latents, settings.grid)
        if let recorder, let dump {
            recorder.record("image", try decoded.select(dim: 0, index: 0))
            try recorder.write(to: dump)
        }
        var drawn = settings.request
        drawn.noiseDevice = noiseDevice == .cpu ? .cpu : .cuda
        return GenerationResult(
            image: try pixels(decoded), request: drawn, execution: placement.execution, seconds: (clock.now - start) / .seconds(1))
    }
}

extension DumpRecorder {
    fileprivate func record(_ texts: DrawingPlan.Texts, noise: Tensor) {
        record("noise", noise)
        record("t5_ids", texts.prompt.t5IDs)
        record("clip_ids", texts.prompt.clipIDs)
        record("txt", texts.prompt.txt)
        record("vec", texts.prompt.vec)
        if let negative = texts.negative {
            record("negative_txt", negative.txt)
            record("negative_vec", negative.vec)
        }
    }
}

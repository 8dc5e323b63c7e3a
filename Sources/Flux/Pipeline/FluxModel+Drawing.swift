package import Generation
package import Imaging
package import Layers
package import Torch

extension FluxModel {
    /// Noise of a picture's latents, from a generator of its own, `[1, latentChannels, 2 rows, 2 columns]`.
    ///
    /// Source: UNO, `flux/sampling.get_noise`, which draws on the device of the model.
    package func noise(_ request: GenerationRequest, _ grid: TokenGrid, on device: Device) throws(TorchError) -> Tensor {
        let generator = try RandomGenerator(seed: request.seed, device: device)
        let shape = [1, autoEncoderConfiguration.latentChannels, 2 * grid.rows, 2 * grid.columns]
        let drawn: DType = request.noiseType == .bfloat16 ? .bfloat16 : .float32
        return try Tensor.normal(shape, using: generator, dtype: drawn).to(dtype).to(self.device)
    }

    /// Runs all steps from packed noise, recording and telling each.
    package func denoise(
        _ noise: Tensor, with transformer: FluxTransformer, _ conditioning: FluxConditioning, negative: Denoiser.Negative?, _ schedule: TimestepSchedule,
        _ recorder: DumpRecorder?, _ emit: (GenerationEvent) -> Void
    ) throws -> Tensor {
        let denoiser = Denoiser(transformer, schedule: schedule)
        let clock = ContinuousClock()
        var last = clock.now
        recorder?.record("latents.0", noise)
        return try reusingMemory {
            try denoiser(noise, conditioning: conditioning, negative: negative) { step, latents, velocity in
                recorder?.record("velocities.\(step)", velocity)
                recorder?.record("latents.\(step)", latents)
                emit(.denoised(step: step, of: schedule.stepCount, seconds: (clock.now - last) / .seconds(1)))
                last = clock.now
                try Task.checkCancellation()
            }
        }
    }

    /// The picture of packed latents, `[1, 3, height, width]`, -1...1, float32.
    package func decode(_ latents: Tensor, _ grid: TokenGrid) throws -> Tensor {
        let side = autoEncoderConfiguration.pixelsPerToken
        let unpacked = try latents.to(.float32).unpackedLatents(rows: grid.rows, columns: grid.columns)
        return try autoEncoder().decode(unpacked, bands: bands(for: PixelSize(width: grid.columns * side, height: grid.rows * side)))
    }

    /// The bands in which the autoencoder works on a picture; nil for the whole at once.
    func bands(for size: PixelSize) -> RowBands? {
        if let plan = networks.plan { plan.bands(for: size) } else { .forPicture(size) }
    }
}

extension MemoryPlan {
    /// The bands in which the autoencoder works on a picture; nil for the whole at once.
    package func bands(for size: PixelSize) -> RowBands? {
        bandPixels.map { RowBands(pixels: $0, of: size) } ?? .forPicture(size)
    }
}

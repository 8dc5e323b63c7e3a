public import Torch

/// Euler steps from noise to a picture's latents.
///
/// Source: UNO, sampling, `denoise`: the step width in float64, the latents in the compute dtype.
public struct Denoiser {
    let transformer: FluxTransformer
    let schedule: TimestepSchedule

    public init(_ transformer: FluxTransformer, schedule: TimestepSchedule) {
        self.transformer = transformer
        self.schedule = schedule
    }

    /// What pulls the velocity away from: the negative prompt, without references (true classifier-free guidance).
    public struct Negative {
        let conditioning: FluxConditioning
        let scale: Double
        let steps: Range<Int>?

        /// - Parameter steps: the steps that are pulled, from 0; nil for all.
        public init(_ conditioning: FluxConditioning, scale: Double, steps: Range<Int>? = nil) {
            self.conditioning = conditioning
            self.scale = scale
            self.steps = steps
        }
    }

    /// Runs all steps.
    ///
    /// - Parameters:
    ///   - latents: packed noise, `[batch, tokens, inChannels]`.
    ///   - conditioning: made for this schedule's timesteps.
    ///   - progress: told the number of finished steps, the latents after them, and the velocity that led there.
    /// - Returns: packed latents of the picture.
    /// - Throws: `CancellationError` between blocks, `TorchError`.
    public func callAsFunction(
        _ latents: Tensor, conditioning: FluxConditioning, negative: Negative? = nil, progress: (Int, Tensor, Tensor) throws -> Void
    ) throws -> Tensor {
        var latents = latents
        for step in 0..<schedule.stepCount {
            let velocity = try velocity(latents, conditioning, negative, step: step)
            latents = try latents + (schedule.timesteps[step + 1] - schedule.timesteps[step]) * velocity
            try progress(step + 1, latents, velocity)
        }
        return latents
    }

    private func velocity(_ latents: Tensor, _ conditioning: FluxConditioning, _ negative: Negative?, step: Int) throws -> Tensor {
        let positive = try transformer(latents, conditioning, step: step)
        guard let negative, negative.steps?.contains(step) ?? true else { return positive }
        let base = try transformer(latents, negative.conditioning, step: step)
        return try base + negative.scale * (positive - base)
    }
}

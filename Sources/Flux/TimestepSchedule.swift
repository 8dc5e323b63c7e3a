import Foundation
public import Torch

/// Noise levels from 1 (noise) to 0 (picture), shifted towards noise for larger pictures.
///
/// Source: flux, sampling, `get_schedule`: a float32 line, the shift in float32 with `exp(mu)` in float64.
public struct TimestepSchedule: Sendable, Equatable {
    /// One more value than there are steps.
    public let timesteps: [Double]

    /// Levels that a method has of its own, from 1 down to 0.
    public init(timesteps: [Double]) {
        self.timesteps = timesteps
    }

    /// - Parameters:
    ///   - stepCount: number of denoising steps, at least 1.
    ///   - tokenCount: what the shift is computed from; see the method's own rule.
    ///   - isShifted: false leaves the line as it is (schnell).
    ///   - baseShift: shift at 256 tokens.
    ///   - maxShift: shift at 4096 tokens.
    public init(
        stepCount: Int, tokenCount: Int, isShifted: Bool = true, baseShift: Double = 0.5, maxShift: Double = 1.15
    ) throws(TorchError) {
        let line = try Tensor.linspace(from: 1, to: 0, count: stepCount + 1, dtype: .float32).values(as: Float.self)
        guard isShifted else {
            timesteps = line.map(Double.init)
            return
        }
        let slope = (maxShift - baseShift) / (4096 - 256)
        let mu = slope * Double(tokenCount) + (baseShift - slope * 256)
        let shift = Float(exp(mu))
        // A scalar over a tensor is the scalar times the reciprocal in PyTorch; the last bit depends on it.
        timesteps = line.map { t in Double(shift * (1 / (shift + (1 / t - 1)))) }
    }

    public var stepCount: Int { timesteps.count - 1 }
}

package import Flux
import Foundation

/// DreamO's noise levels: those of diffusers' scheduler, shifted for the tokens of the picture without its references.
///
/// Source: DreamO, pipeline `__call__`; diffusers, `FlowMatchEulerDiscreteScheduler.set_timesteps`.
package enum DreamOSchedule {
    /// From 1 to `1 / stepCount` in float64, rounded to float32 and shifted in float32, then 0.
    package static func sigmas(stepCount: Int, tokenCount: Int, _ scheduler: SchedulerConfiguration) -> [Float] {
        let last = 1 / Double(stepCount)
        let step = stepCount > 1 ? (last - 1) / Double(stepCount - 1) : 0
        let line = (0..<stepCount).map { Float($0 == stepCount - 1 && stepCount > 1 ? last : Double($0) * step + 1) }
        guard scheduler.isDynamic else {
            let shift = Float(scheduler.shift), rest = Float(scheduler.shift - 1)
            return line.map { shift * $0 / (1 + rest * $0) } + [0]
        }
        let shift = Float(exp(mu(tokenCount, scheduler)))
        return line.map { shift / (shift + (1 / $0 - 1)) } + [0]
    }

    /// The logarithm of the shift, on a line that goes on beyond its two points. Source: diffusers, `calculate_shift`.
    package static func mu(_ tokenCount: Int, _ scheduler: SchedulerConfiguration) -> Double {
        let slope = (scheduler.maxShift - scheduler.baseShift) / Double(scheduler.maxTokenCount - scheduler.baseTokenCount)
        return Double(tokenCount) * slope + (scheduler.baseShift - slope * Double(scheduler.baseTokenCount))
    }
}

package import TextEncoders

/// What a method has decided about a picture before its first step.
package struct DrawingPlan {
    package let schedule: TimestepSchedule
    package let positive: FluxInputs
    /// What pulls away; nil where nothing does.
    package let negative: Negative?

    /// A negative prompt that has an effect.
    package struct Negative {
        package let inputs: FluxInputs
        package let scale: Double
        /// The steps that are pulled, from 0; nil for all.
        package let steps: Range<Int>?

        package init(_ inputs: FluxInputs, scale: Double, steps: Range<Int>? = nil) {
            (self.inputs, self.scale, self.steps) = (inputs, scale, steps)
        }
    }

    package init(schedule: TimestepSchedule, positive: FluxInputs, negative: Negative?) {
        (self.schedule, self.positive, self.negative) = (schedule, positive, negative)
    }

    /// The texts of a picture, read.
    package struct Texts {
        package let prompt: TextEmbeddings
        package let negative: TextEmbeddings?
    }
}

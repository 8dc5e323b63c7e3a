internal import CTorch

/// Adam with decoupled weight decay.
///
/// The update of PyTorch's `AdamW`: moments and masters in float32, bias correction, decay applied to the weight before
/// the step. Source: arXiv 1711.05101.
public enum AdamW {
    /// A weight and what its optimization keeps beside it, all of one shape.
    public struct Parameter {
        /// What the model computes with, float32 or bfloat16.
        public let weight: Tensor
        /// The weight in float32; the weight itself where it is float32.
        public let master: Tensor
        /// Running means of the gradient and of its square, float32.
        public let first, second: Tensor
        /// Exponential moving average of the master, float32; nil where none is kept.
        public let average: Tensor?

        public init(weight: Tensor, master: Tensor, first: Tensor, second: Tensor, average: Tensor?) {
            (self.weight, self.master, self.first, self.second, self.average) = (weight, master, first, second, average)
        }
    }

    /// The numbers of one step.
    public struct Settings: Sendable, Equatable {
        public var learningRate: Double
        public var beta1 = 0.9
        public var beta2 = 0.999
        public var epsilon = 1e-8
        public var weightDecay = 0.01
        /// What gradients are multiplied with first, as clipping asks for.
        public var gradientFactor = 1.0
        /// Share of the old average that stays.
        public var averageDecay = 0.0
        /// 1 for the first step.
        public var step: Int

        public init(learningRate: Double, step: Int) {
            self.learningRate = learningRate
            self.step = step
        }
    }

    /// Changes weights, masters, moments and averages in place by one step.
    /// - Parameter gradients: of the parameters, in their order; of the weight's type or float32.
    public static func step(_ parameters: [Parameter], gradients: [Tensor], _ settings: Settings) throws(TorchError) {
        precondition(parameters.count == gradients.count, "\(gradients.count) gradients for \(parameters.count) parameters")
        let native = zip(parameters, gradients).map { parameter, gradient in
            ct_trained(
                weight: parameter.weight.handle, gradient: gradient.handle,
                master: parameter.master === parameter.weight ? nil : parameter.master.handle, first: parameter.first.handle,
                second: parameter.second.handle, average: parameter.average?.handle)
        }
        let status = withExtendedLifetime((parameters, gradients)) {
            ct_adamw_step(
                native, native.count,
                ct_adamw(
                    learning_rate: settings.learningRate, beta1: settings.beta1, beta2: settings.beta2, epsilon: settings.epsilon,
                    weight_decay: settings.weightDecay, gradient_factor: settings.gradientFactor,
                    average_decay: settings.averageDecay, step: Int64(settings.step)))
        }
        try Tensor.check(status, "AdamW.step", [], "\(parameters.count) parameters")
    }
}

package import Checkpoints
import Foundation
package import Torch

/// The weights that a run changes, with what optimization keeps beside each.
///
/// Where several processes train together, each weight has an owner: only there its master, moments and average exist, and
/// only there it is updated. Every process calls the same functions in the same order.
package final class TrainedParameters {
    /// One weight.
    package struct Parameter {
        package let name: String
        package let weight: Tensor
        /// What optimization keeps; nil where another process owns the weight.
        package let state: AdamW.Parameter?
    }

    package let parameters: [Parameter]
    private let recipe: OptimizerRecipe
    private let exchange: GradientExchange?

    /// - Parameters:
    ///   - weights: leaf tensors that the model computes with; they are changed in place.
    ///   - group: the processes that train together; nil for this one alone.
    package init(_ weights: [(name: String, tensor: Tensor)], _ recipe: OptimizerRecipe, group: ProcessGroup? = nil) throws {
        self.recipe = recipe
        for weight in weights { try weight.tensor.requireGradient() }
        exchange = try group.map { try GradientExchange(weights.map(\.tensor), $0) }
        var parameters: [Parameter] = []
        for (index, (name, weight)) in weights.enumerated() {
            let isOwn = exchange?.owns(index) ?? true
            parameters.append(Parameter(name: name, weight: weight, state: isOwn ? try Self.state(of: weight, recipe) : nil))
        }
        self.parameters = parameters
        try exchange?.broadcastWeights()
    }

    private static func state(of weight: Tensor, _ recipe: OptimizerRecipe) throws -> AdamW.Parameter {
        let master = weight.dtype == .float32 ? weight : try weight.detached().to(.float32)
        let (shape, device) = (weight.shape, weight.device)
        return try AdamW.Parameter(
            weight: weight, master: master, first: .zeros(shape, device: device), second: .zeros(shape, device: device),
            average: recipe.averageDecay > 0 ? master.detached().cloned() : nil)
    }

    /// Values of all weights together.
    package var count: Int { parameters.reduce(0) { $0 + $1.weight.count } }

    // MARK: updates

    /// Announces that the next backward pass is the last one before `update`, so that gradients may be exchanged as soon as
    /// they are complete.
    package func beginLastPass() { exchange?.begin() }

    /// The gradients accumulated by backward passes; zeros where a weight had no part.
    package func gradients() throws(TorchError) -> [Tensor] {
        try parameters.map { parameter throws(TorchError) in
            let weight = parameter.weight
            if let gradient = try weight.gradient() { return gradient }
            return try Tensor.zeros(weight.shape, dtype: weight.dtype, device: weight.device)
        }
    }

    /// One optimizer step from the accumulated gradients, which are removed.
    ///
    /// This is where a step waits for a GPU, and the only place: all numbers are read together.
    /// - Parameters:
    ///   - step: 1 for the first.
    ///   - numbers: single numbers to read, such as losses; the same list in every process.
    ///   - check: given the numbers and the norm before anything is changed, which nothing is where it throws.
    /// - Returns: the numbers, averaged over all processes, and the norm of all gradients before clipping; where that is not
    ///   finite, nothing was changed.
    package func update(
        step: Int, learningRate: Double, reading numbers: [Tensor] = [], check: ([Double], Double) throws -> Void = { _, _ in }
    ) throws -> (numbers: [Double], norm: Double) {
        let gradients = try exchange?.finish() ?? gradients()
        let (numbers, norm) = try read(numbers, gradients)
        try check(numbers, norm)
        guard norm.isFinite else { return (numbers, norm) }
        try apply(gradients, norm: norm, step: step, learningRate: learningRate)
        for parameter in parameters { try parameter.weight.setGradient(nil) }
        try exchange?.broadcastWeights()
        return (numbers, norm)
    }

    /// The means of numbers over all processes, and the norm of all gradients, those of other processes' weights too.
    private func read(_ numbers: [Tensor], _ gradients: [Tensor]) throws -> (numbers: [Double], norm: Double) {
        let own = gradients.indices.filter { exchange?.owns($0) ?? true }.map { gradients[$0] }
        // A process may own nothing; then the norm is a number in main memory.
        let norm = try Gradients.norm(of: own).to(parameters.first?.weight.device ?? .cpu)
        var values = try Tensor.stacked(numbers.map { number throws(TorchError) in try number.to(.float64) } + [norm], dim: 0).values(as: Double.self)
        let last = values.removeLast()
        guard let group = exchange?.group else { return (values, last) }
        let sums = try group.sum(values + [last * last])
        return (sums.dropLast().map { $0 / Double(group.count) }, sums[values.count].squareRoot())
    }

    /// The same with gradients given, of this process's own weights.
    package func apply(_ gradients: [Tensor], norm: Double, step: Int, learningRate: Double) throws(TorchError) {
        var settings = AdamW.Settings(learningRate: learningRate, step: step)
        (settings.beta1, settings.beta2, settings.epsilon) = (recipe.beta1, recipe.beta2, recipe.epsilon)
        if recipe.maxGradientNorm > 0 { settings.gradientFactor = min(1, recipe.maxGradientNorm / (norm + 1e-6)) }
        // Between its updates the average is left as it is: a decay of 1 keeps all of it.
        settings.averageDecay = step.isMultiple(of: recipe.averageInterval) ? recipe.averageDecay : 1
        for decays in [true, false] {
            var states: [AdamW.Parameter] = [], own: [Tensor] = []
            for (parameter, gradient) in zip(parameters, gradients) {
                guard let state = parameter.state, (recipe.decaysVectors || parameter.weight.rank > 1) == decays else { continue }
                states.append(state)
                own.append(gradient)
            }
            settings.weightDecay = decays ? recipe.weightDecay : 0
            try AdamW.step(states, gradients: own, settings)
        }
    }

    // MARK: averages and saving

    /// Runs `body` with the averages in the place of the weights.
    package func withAverages<Result>(_ body: () throws -> Result) throws -> Result {
        guard recipe.averageDecay > 0 else { return try body() }
        let saved = try parameters.map { try $0.weight.detached().cloned() }
        try withoutGradients {
            for (parameter, average) in zip(parameters, try averages()) { try parameter.weight.detached().copyInPlace(from: average.tensor) }
        }
        let result = Swift.Result { try body() }
        try withoutGradients {
            for (parameter, weight) in zip(parameters, saved) { try parameter.weight.detached().copyInPlace(from: weight) }
        }
        return try result.get()
    }

    /// The averages where they are kept, else the masters, float32, by name; of all weights.
    package func averages() throws -> [(name: String, tensor: Tensor)] {
        try gathered { $0.average ?? $0.master }
    }

    /// What is saved of a weight, by the first part of its name.
    private enum Kind: String, CaseIterable {
        case master, first, second, average

        func tensor(_ state: AdamW.Parameter) -> Tensor? {
            switch self {
            case .master: state.master
            case .first: state.first
            case .second: state.second
            case .average: state.average
            }
        }
    }

    private var kinds: [Kind] { Kind.allCases.filter { $0 != .average || recipe.averageDecay > 0 } }

    /// All tensors to save, "master.NAME" and so on; of all weights.
    package func state() throws -> [(name: String, tensor: Tensor)] {
        try kinds.flatMap { kind in
            try gathered { kind.tensor($0) ?? $0.master }.map { ("\(kind.rawValue).\($0.name)", $0.tensor) }
        }
    }

    /// A tensor of every weight's state, fetched from its owner where that is another process.
    private func gathered(_ tensor: (AdamW.Parameter) -> Tensor) throws -> [(name: String, tensor: Tensor)] {
        try parameters.enumerated().map { index, parameter in
            let own = try parameter.state.map { try tensor($0).detached() }
            guard let exchange else { return (parameter.name, own ?? parameter.weight) }
            let shared = try own?.to(.cpu).contiguous().cloned() ?? Tensor.zeros(parameter.weight.shape)
            try exchange.group.broadcast(shared, from: exchange.owner(index)).wait()
            return (parameter.name, shared)
        }
    }

    /// Takes over what `state` gave, of the weights that this process owns.
    /// - Throws: `TrainingError.otherArchitecture` naming the first tensor that is missing, misshapen or unknown.
    package func restore(_ source: any TensorSource) throws {
        let kinds = kinds
        var names: Set<String> = []
        for parameter in parameters {
            for kind in kinds {
                let name = "\(kind.rawValue).\(parameter.name)"
                names.insert(name)
                guard source.info(name)?.shape == parameter.weight.shape else {
                    let found = source.info(name).map { "has shape \($0.shape)" } ?? "is missing"
                    throw TrainingError.otherArchitecture(checkpoint: source.location, problem: "'\(name)' \(found), expected \(parameter.weight.shape)")
                }
            }
        }
        if let unknown = source.keys.first(where: { !names.contains($0) }) {
            throw TrainingError.otherArchitecture(checkpoint: source.location, problem: "it has '\(unknown)', which this recipe does not keep")
        }
        try withoutGradients {
            for parameter in parameters {
                for kind in kinds {
                    guard let state = parameter.state, let tensor = kind.tensor(state) else { continue }
                    try tensor.detached().copyInPlace(from: source.tensor("\(kind.rawValue).\(parameter.name)"))
                }
                try parameter.weight.detached().copyInPlace(from: source.tensor("master.\(parameter.name)"))
            }
        }
    }
}

import Datasets
import Torch

/// What one optimizer step gave.
public struct StepReport: Sendable {
    /// Optimizer steps done, this one included.
    public let step: Int
    public let loss: Double
    /// The loss's parts by name.
    public let parts: [String: Double]
    /// Before clipping.
    public let gradientNorm: Double
    public let learningRate: Double
    /// Examples in the step, over all processes.
    public let exampleCount: Int
    /// Seconds since the step before ended.
    public let seconds: Double
}

/// Forward, backward and update.
struct TrainingStep {
    let objective: any Objective
    let parameters: TrainedParameters
    let learningRate: LearningRate
    let seed: UInt64
    /// The processes that train together; nil for this one alone.
    let group: ProcessGroup?

    /// One optimizer step over `batches`, whose gradients are added up.
    ///
    /// - Parameter step: steps done before.
    /// - Throws: `TrainingError.notFinite` before anything is changed.
    func callAsFunction(_ batches: [TrainingBatch], step: Int) throws -> (loss: Double, parts: [String: Double], norm: Double, rate: Double) {
        let share = 1 / Double(batches.count), meanWeight = try meanWeight(of: batches)
        // Losses stay on their device until the update reads them all at once.
        var names: [String] = [], losses: [Tensor] = []
        for (index, batch) in batches.enumerated() {
            let draws = try ExampleDraws(seed: seed, first: firstExample(of: batch))
            if index == batches.count - 1 { parameters.beginLastPass() }
            let loss = try objective.loss(batch, draws, meanWeight: meanWeight)
            try (loss.total * share).backward()
            names += [""] + loss.parts.map(\.name)
            losses += [try loss.total.detached()] + loss.parts.map(\.value)
        }
        let rate = learningRate(step)
        let outcome = try parameters.update(step: step + 1, learningRate: rate, reading: losses) { losses, norm in
            try check(zip(names, losses).reduce(0) { $1.0.isEmpty ? $0 + $1.1 : $0 }, "loss", batches, step)
            try check(norm, "gradient", batches, step)
        }
        var parts: [String: Double] = [:]
        for (name, value) in zip(names, outcome.numbers) { parts[name, default: 0] += value * share }
        let loss = parts.removeValue(forKey: "") ?? 0
        return (loss, parts, outcome.norm, rate)
    }

    /// The mean weight of what the losses of a step compare, over all passes and processes; 1 where nothing is weighed.
    private func meanWeight(of batches: [TrainingBatch]) throws -> Double {
        let weights = try batches.compactMap { try objective.weights(of: $0) }
        guard !weights.isEmpty else { return 1 }
        let own = [weights.reduce(0) { $0 + $1.sum }, weights.reduce(0) { $0 + Double($1.count) }]
        let all = try group?.sum(own) ?? own
        return all[0] / all[1]
    }

    /// The number of a batch's first example, counted over all processes.
    private func firstExample(of batch: TrainingBatch) -> Int {
        (batch.number * (group?.count ?? 1) + (group?.rank ?? 0)) * batch.names.count
    }

    private func check(_ value: Double, _ what: String, _ batches: [TrainingBatch], _ step: Int) throws(TrainingError) {
        guard !value.isFinite else { return }
        throw .notFinite(step: step + 1, what: what, examples: batches.flatMap(\.names))
    }
}

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
        var loss = 0.0
        var parts: [String: Double] = [:]
        for (index, batch) in batches.enumerated() {
            let draws = try ExampleDraws(seed: seed, first: firstExample(of: batch))
            if index == batches.count - 1 { parameters.beginLastPass() }
            let part = try objective.loss(batch, draws)
            try (part.total * (1 / Double(batches.count))).backward()
            loss += try part.total.detached().item() / Double(batches.count)
            for (name, value) in part.parts { parts[name, default: 0] += try value.item() / Double(batches.count) }
        }
        (loss, parts) = try mean(loss, parts)
        try check(loss, "loss", batches, step)
        let rate = learningRate(step)
        let norm = try parameters.update(step: step + 1, learningRate: rate)
        try check(norm, "gradient", batches, step)
        return (loss, parts, norm, rate)
    }

    /// The number of a batch's first example, counted over all processes.
    private func firstExample(of batch: TrainingBatch) -> Int {
        (batch.number * (group?.count ?? 1) + (group?.rank ?? 0)) * batch.names.count
    }

    /// Losses averaged over all processes.
    private func mean(_ loss: Double, _ parts: [String: Double]) throws -> (Double, [String: Double]) {
        guard let group else { return (loss, parts) }
        let names = parts.keys.sorted()
        let sums = try group.sum([loss] + names.map { parts[$0] ?? 0 }).map { $0 / Double(group.count) }
        return (sums[0], Dictionary(uniqueKeysWithValues: zip(names, sums.dropFirst())))
    }

    private func check(_ value: Double, _ what: String, _ batches: [TrainingBatch], _ step: Int) throws(TrainingError) {
        guard !value.isFinite else { return }
        throw .notFinite(step: step + 1, what: what, examples: batches.flatMap(\.names))
    }
}

import Datasets
import Foundation
public import Torch

/// A training run: from a recipe to a model, in a folder, from wherever it stood before.
///
/// Confined to the thread that made it, as tensors are.
public final class TrainingRun {
    public let recipe: TrainingRecipe
    public let folder: RunFolder
    /// Steps done.
    public private(set) var step = 0
    /// Examples seen, over all processes.
    private var exampleCount = 0
    /// Seconds of training, of all sessions together.
    public private(set) var seconds = 0.0
    private let objective: any Objective
    private let parameters: TrainedParameters
    /// Nil where what is trained belongs to no model directory.
    private let model: ModelInTraining?
    private let data: TrainingData
    private let store: CheckpointStore
    private let group: ProcessGroup?
    private let warnings: Warnings

    /// What parts of the run want a person to know, until it can be told.
    private final class Warnings {
        private(set) var texts: [String] = []
        func append(_ text: String) { texts.append(text) }
        func take() -> [String] {
            defer { texts = [] }
            return texts
        }
    }
    /// One process of a group writes.
    private var writes: Bool { group.map { $0.rank == 0 } ?? true }

    /// What a run tells while it goes on.
    public enum Event: Sendable {
        case resumed(step: Int)
        case remark(String)
        case stepped(StepReport, samplesPerSecond: Double)
        case saved(path: String)
        case sampled(path: String)
        case exported(path: String)
    }

    /// Prepares a run: the folder is locked, networks are loaded, the newest checkpoint is restored.
    ///
    /// - Parameters:
    ///   - resumes: whether checkpoints in the folder are continued from; where not, the folder must have none.
    ///   - group: the processes that train together, each with this call; nil for this one alone.
    ///   - emit: told what happens, on the calling thread.
    public init(
        _ recipe: TrainingRecipe, resumes: Bool, device: Device = .cpu, group: ProcessGroup? = nil, emit: (Event) -> Void = { _ in }
    ) throws {
        self.recipe = recipe
        self.group = group
        if recipe.threadCount > 0 { TorchRuntime.threadCount = recipe.threadCount }
        folder = try RunFolder(path: recipe.outputFolder, locks: group.map { $0.rank == 0 } ?? true)
        store = CheckpointStore(folder: folder.checkpoints, keptCount: recipe.saving.keptCount)
        guard resumes || store.steps.isEmpty else {
            throw TrainingError.otherRun(folder: folder.path, difference: "it has checkpoints; --resume continues from step \(store.steps.last ?? 0)")
        }
        data = try TrainingData(recipe, rank: group?.rank ?? 0, rankCount: group?.count ?? 1)
        model = recipe.objective == .reader ? nil : try ModelInTraining(recipe, device: device)
        let warnings = Warnings()
        self.warnings = warnings
        objective = try model.map { try recipe.objective.make($0) { warnings.append($0) } } ?? ReaderObjective(recipe, device: device)
        parameters = try TrainedParameters(objective.weights, recipe.optimizer, group: group)
        try restore(emit)
        if writes { try AtomicText.write(recipe.resolved, to: folder.recipe) }
    }

    /// Values in training.
    public var parameterCount: Int { parameters.count }

    /// Trains to the recipe's last step, saving on the way, and exports the model.
    ///
    /// - Parameter isCancelled: asked after every step; a run that is stopped saves first.
    public func callAsFunction(isCancelled: () -> Bool = { false }, emit: (Event) -> Void = { _ in }) throws {
        let metrics = writes ? try MetricsLog(path: folder.metrics, after: step) : nil
        // Another number of processes than before goes on at the next whole batch.
        let wholeBatch = recipe.batchSize * (group?.count ?? 1)
        let loader = try data.loader(startingAt: (exampleCount + wholeBatch - 1) / wholeBatch)
        let training = TrainingStep(
            objective: objective, parameters: parameters, learningRate: LearningRate(recipe.optimizer, stepCount: recipe.stepCount),
            seed: UInt64(recipe.seed), group: group)
        var pace = Pace(), toldFailureCount = 0
        while step < recipe.stepCount {
            let batches = try (0..<recipe.accumulation).map { _ in
                guard let batch = try loader.next() else { throw TrainingError.noData("the loader ended") }
                return batch
            }
            let outcome = try training(batches, step: step)
            step += 1
            exampleCount += examplesPerStep
            let seconds = pace.tick(examples: examplesPerStep)
            self.seconds += seconds
            let report = StepReport(
                step: step, loss: outcome.loss, parts: outcome.parts, gradientNorm: outcome.norm, learningRate: outcome.rate,
                exampleCount: examplesPerStep, seconds: seconds)
            for text in warnings.take() { emit(.remark(text)) }
            let failures = loader.report.failures
            for failure in failures.dropFirst(toldFailureCount) { emit(.remark("skipped \(failure.reason)")) }
            toldFailureCount = failures.count
            emit(.stepped(report, samplesPerSecond: pace.examplesPerSecond))
            if step.isMultiple(of: recipe.saving.logInterval) || step == recipe.stepCount {
                try metrics?.add(report, samplesPerSecond: pace.examplesPerSecond)
            }
            let isLast = step == recipe.stepCount, stops = try anyone(isCancelled())
            if isLast || stops || step.isMultiple(of: recipe.saving.interval) { try save(emit) }
            let looks = recipe.validation.interval > 0
            if looks, isLast || step.isMultiple(of: recipe.validation.interval) { try sample(emit) }
            if stops { return }
            pace.skip()
        }
        try export(emit)
    }

    /// Examples of an optimizer step, over all processes.
    private var examplesPerStep: Int { recipe.batchSize * recipe.accumulation * (group?.count ?? 1) }

    /// Whether it is so on any process.
    private func anyone(_ value: Bool) throws -> Bool {
        guard let group else { return value }
        return try group.sum([value ? 1 : 0])[0] > 0
    }

    // MARK: saving

    private var identity: [String: String] {
        ["objective": recipe.objective.rawValue, "train": recipe.trained.map(\.rawValue).joined(separator: "+"), "seed": "\(recipe.seed)"]
    }

    private func restore(_ emit: (Event) -> Void) throws {
        if writes { store.clean() }
        guard let latest = store.latest() else { return }
        latest.damaged.forEach { emit(.remark($0)) }
        let own = identity
        if let difference = own.keys.sorted().first(where: { own[$0] != latest.position.identity[$0] }) {
            throw TrainingError.otherRun(
                folder: folder.path, difference: "its \(difference) is \(latest.position.identity[difference] ?? "unknown"), the recipe's is \(own[difference] ?? "")")
        }
        try parameters.restore(latest.tensors)
        step = latest.position.step
        exampleCount = latest.position.exampleCount
        seconds = latest.position.seconds
        emit(.resumed(step: step))
    }

    private func save(_ emit: (Event) -> Void) throws {
        let state = try parameters.state()
        guard writes else { return }
        try store.save(.init(step: step, exampleCount: exampleCount, identity: identity, seconds: seconds), state)
        emit(.saved(path: store.path(step)))
    }

    private func sample(_ emit: (Event) -> Void) throws {
        let rows = try parameters.withAverages {
            writes ? try data.samples(recipe.validation.sampleCount).flatMap { try objective.samples($0) } : []
        }
        guard writes else { return }
        let path = folder.sample(step: step)
        try SampleGrid(rows).write(to: path)
        try TrainingReport(folder: folder, recipe: recipe).write()
        emit(.sampled(path: path))
    }

    private func export(_ emit: (Event) -> Void) throws {
        let weights = try parameters.averages()
        try parameters.withAverages {
            guard writes, objective.measuredCount > 0 else { return }
            for batch in try data.samples(objective.measuredCount) { try objective.measure(batch) }
        }
        guard writes else { return }
        if let model {
            try ModelExport(model: model, objective: objective, folder: folder.model).write(weights)
        } else {
            try FileManager.default.createDirectory(atPath: folder.model, withIntermediateDirectories: true)
            _ = try objective.export(weights, to: folder.model)
        }
        try TrainingReport(folder: folder, recipe: recipe).write()
        emit(.exported(path: folder.model))
    }
}

extension TrainingRecipe {
    /// Where the run writes.
    public var outputFolder: String { saving.folder.isEmpty ? "runs/\(name)" : saving.folder }
}

extension ObjectiveKind {
    /// The objective on a model's networks.
    /// - Parameter warn: told, at any time, what a person should know.
    func make(_ model: ModelInTraining, warn: @escaping (String) -> Void) throws -> any Objective {
        switch self {
        case .autoencoder: try AutoEncoderObjective(model)
        case .textToImage, .uno: try FlowMatchingObjective(model, warn: warn)
        case .reader: try ReaderObjective(model.recipe, device: model.device)
        }
    }
}

/// How fast a run goes, over its last steps.
private struct Pace {
    private let clock = ContinuousClock()
    private var last: ContinuousClock.Instant
    private(set) var examplesPerSecond = 0.0

    init() { last = clock.now }

    /// Seconds since the last tick or skip.
    mutating func tick(examples: Int) -> Double {
        let now = clock.now, seconds = (now - last) / .seconds(1)
        let rate = Double(examples) / max(seconds, 1e-9)
        examplesPerSecond = examplesPerSecond == 0 ? rate : 0.95 * examplesPerSecond + 0.05 * rate
        last = now
        return seconds
    }

    /// Leaves out what was not training.
    mutating func skip() { last = clock.now }
}

import Datasets
import Foundation
import World

/// The examples of a recipe, batched and prepared ahead.
struct TrainingData {
    let source: any ExampleSource
    /// Never-seen examples to look at; nil where the data has none set apart.
    let heldOut: (any ExampleSource)?
    private let recipe: TrainingRecipe
    private let rank: Int, rankCount: Int

    init(_ recipe: TrainingRecipe, rank: Int = 0, rankCount: Int = 1) throws {
        self.recipe = recipe
        (self.rank, self.rankCount) = (rank, rankCount)
        let given = [recipe.data.json != nil, recipe.data.tar != nil, recipe.data.world != nil].filter { $0 }.count
        guard given <= 1 else {
            throw TrainingError.recipe(field: "data", problem: "names several kinds of examples", remedy: "Give one of json, tar and world.")
        }
        if let json = recipe.data.json {
            (source, heldOut) = (try PairedFolder(path: json), nil)
        } else if let tar = recipe.data.tar {
            (source, heldOut) = (try TarShards(tar), nil)
        } else if let world = recipe.data.world {
            let wholeBatch = recipe.batchSize * rankCount
            let endless = try world.source(recipe, split: .train, batchSize: wholeBatch)
            // Whole batches, so that those of every pass have the same tasks.
            source = world.count == 0 ? endless : RepeatedSource(endless, count: max(1, world.count / wholeBatch) * wholeBatch)
            heldOut = try world.source(recipe, split: .heldOut, batchSize: 1)
        } else {
            throw TrainingError.recipe(field: "data", problem: "names no examples", remedy: "Give one of json, tar and world.")
        }
    }

    /// Batches from number `first` on.
    func loader(startingAt first: Int) throws -> BatchLoader {
        let plan = try BatchPlan(
            source, batchSize: recipe.batchSize, rank: rank, rankCount: rankCount, seed: UInt64(recipe.seed),
            order: .init(reshuffles: recipe.data.reshuffles))
        return try BatchLoader(source, plan, settings, startingAt: first)
    }

    /// Single examples to look at, each a batch of one: held-out ones where there are, else the first.
    func samples(_ count: Int) throws -> [TrainingBatch] {
        let source = heldOut ?? self.source
        let plan = try BatchPlan(source, batchSize: 1, seed: 0, order: .init(reshuffles: false))
        let loader = try BatchLoader(source, plan, settings, endingBefore: count)
        var batches: [TrainingBatch] = []
        while let batch = try loader.next() { batches.append(batch) }
        return batches
    }

    private var settings: LoaderSettings {
        LoaderSettings(
            resolution: recipe.data.resolution, referenceResolution: recipe.data.referenceResolution, workerCount: recipe.data.workerCount,
            lookAhead: recipe.data.lookAhead, flipProbability: recipe.data.flipProbability, badShareLimit: recipe.data.badShareLimit)
    }
}

extension WorldRecipe {
    /// The scenes the recipe asks for.
    fileprivate func source(_ recipe: TrainingRecipe, split: WorldSplit, batchSize: Int) throws -> WorldSource {
        var tasks = TaskWeights()
        for (name, weight) in weights {
            if let task = WorldTask(rawValue: name) { tasks[task] = weight }
        }
        guard weights.values.contains(where: { $0 > 0 }) else {
            throw TrainingError.recipe(
                field: "data.world", problem: "gives no task a weight", remedy: "Set one-subject: 1, for instance.")
        }
        var settings = WorldSettings(
            pictureSize: recipe.data.resolution, referenceSize: recipe.data.referenceResolution ?? recipe.data.resolution,
            seed: UInt64(seed), split: split, tasks: tasks)
        settings.referenceWording.colour = Float(colourWords)
        return try WorldSource(settings, wholeBatchSize: batchSize)
    }
}

/// The first examples of an endless source, over and over: a world of limited size, for which a cache pays.
private struct RepeatedSource: ExampleSource {
    private let source: any ExampleSource
    private let length: Int

    init(_ source: any ExampleSource, count: Int) {
        self.source = source
        length = count
    }

    var count: Int? { nil }
    func referenceCount(at index: Int) -> Int { source.referenceCount(at: index % length) }
    func example(at index: Int) throws -> TrainingExample { try source.example(at: index % length) }
}

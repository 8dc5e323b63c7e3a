import Checkpoints
import Datasets
import Flux
import Foundation
import Imaging
import TextEncoders
import Torch
import UNO

/// What a run would do, without doing it: sizes, memory, and the first batch as a picture.
///
/// Weights are not read, only their shapes, so a model of any size answers at once.
public struct DryRun {
    /// Values of the networks and of what is trained.
    public let networks: [(name: String, count: Int)]
    public let trainedCount: Int
    /// Gibibytes by purpose.
    public let memory: MemoryEstimate
    /// Prompts of the first batch.
    public let prompts: [String]
    /// Where the first batch was drawn to.
    public let picture: String

    /// - Throws: what the run itself would throw of its recipe, files and data.
    public init(_ recipe: TrainingRecipe) throws {
        guard recipe.objective != .reader else {
            throw TrainingError.recipe(field: "objective", problem: "is reader, which fits any machine", remedy: "Train it without a dry run.")
        }
        let directory = try ModelDirectory(path: recipe.model), description = directory.description
        let flux = description.flux ?? .dev, autoEncoder = description.autoencoder ?? .flux
        let model = try ModelInTraining(recipe, device: .cpu)
        var counts: [(ModelComponent, Int)] = []
        for component in ModelComponent.allCases where recipe.objective != .autoencoder || component == .autoencoder {
            counts.append((component, try model.count(component)))
        }
        networks = counts.map { ($0.0.rawValue, $0.1) }
        let byName = Dictionary(uniqueKeysWithValues: counts)
        trainedCount = recipe.trained.reduce(0) { sum, part in
            switch part {
            case .transformer: sum + (byName[.flux] ?? 0)
            case .adapter: sum + ProcessorAdapterKeys.shapes(for: flux, rank: recipe.adapterRank).reduce(0) { $0 + $1.shape.reduce(1, *) }
            case .text: sum + (byName[.t5] ?? 0) + (byName[.clip] ?? 0)
            case .autoencoder, .decoder: sum + (byName[.autoencoder] ?? 0)
            case .reader: sum
            }
        }
        let loader = try TrainingData(recipe).loader(startingAt: 0)
        guard let batch = try loader.next() else { throw TrainingError.noData("the loader ended") }
        prompts = batch.prompts
        memory = MemoryEstimate(
            recipe, flux: flux, counts: byName, trainedCount: trainedCount,
            tokenCount: Self.tokenCount(batch, side: autoEncoder.pixelsPerToken) + description.text.t5MaxLength)
        try FileManager.default.createDirectory(atPath: recipe.outputFolder, withIntermediateDirectories: true)
        picture = "\(recipe.outputFolder)/first-batch.png"
        try SampleGrid(Self.rows(batch)).write(to: picture)
    }

    private static func tokenCount(_ batch: TrainingBatch, side: Int) -> Int {
        ([batch.target] + batch.references).reduce(0) { $0 + ($1.height / side) * ($1.width / side) }
    }

    /// The examples of a batch: references, and the target in the places of made and true.
    private static func rows(_ batch: TrainingBatch) throws -> [SampleRow] {
        try batch.prompts.indices.map { row in
            func picture(_ planes: PicturePlanes) throws -> PixelImage { try planes.tensor(.cpu).narrowed(dim: 0, start: row, count: 1).pixelImage() }
            let target = try picture(batch.target)
            return SampleRow(caption: batch.prompts[row], references: try batch.references.map(picture), made: target, truth: nil)
        }
    }
}

extension ModelInTraining {
    /// Values of a component: of its file, or of the network that would be drawn at random.
    func count(_ component: ModelComponent) throws -> Int {
        guard recipe.initialized.contains(component) else {
            let files = description.files
            let name = [.flux: files.flux, .autoencoder: files.autoencoder, .t5: files.t5, .clip: files.clip][component] ?? ""
            let source = try Checkpoint.open(directory.file(name))
            return source.keys.reduce(0) { $0 + (source.info($1)?.shape.reduce(1, *) ?? 0) }
        }
        return switch component {
        case .flux: try transformer().parameters.count
        case .autoencoder: try autoEncoder().parameters.count
        case .t5: try t5().parameters.count
        case .clip: try clip().parameters.count
        }
    }
}

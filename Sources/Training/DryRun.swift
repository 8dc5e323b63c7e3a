import Datasets
import Flux
import Foundation
import Imaging
import Torch

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
        let model = try ModelInTraining(recipe, device: .cpu), sizes = try NetworkSizes(model)
        let flux = model.description.flux ?? .dev, autoEncoder = model.description.autoencoder ?? .flux
        networks = ModelComponent.allCases.compactMap { component in sizes.counts[component].map { (component.rawValue, $0) } }
        trainedCount = sizes.trained
        let loader = try TrainingData(recipe).loader(startingAt: 0)
        guard let batch = try loader.next() else { throw TrainingError.noData("the loader ended") }
        prompts = batch.prompts
        let pictures = [batch.target] + (recipe.objective == .textToImage ? [] : batch.references)
        memory = MemoryEstimate(
            recipe, flux: flux, autoEncoder: autoEncoder, counts: sizes.counts, trainedCount: sizes.trained, adapterRank: sizes.adapterRank,
            batch: .init(
                exampleCount: batch.prompts.count, tokenCount: Self.tokenCount(pictures, side: autoEncoder.pixelsPerToken) + model.description.text.t5MaxLength,
                pixelCount: pictures.map { $0.width * $0.height }.max() ?? 0))
        try FileManager.default.createDirectory(atPath: recipe.outputFolder, withIntermediateDirectories: true)
        picture = "\(recipe.outputFolder)/first-batch.png"
        try SampleGrid(Self.rows(batch)).write(to: picture)
    }

    private static func tokenCount(_ pictures: [PicturePlanes], side: Int) -> Int {
        pictures.reduce(0) { $0 + ($1.height / side) * ($1.width / side) }
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

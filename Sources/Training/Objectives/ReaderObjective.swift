import Checkpoints
import Datasets
import Flux
import Foundation
import Imaging
import Readers
import Torch
import World

/// Reading pictures of the world: what stands where, in which colours, and which toy of all toys of its kind it is.
///
/// A toy in its scene and the same toy on its reference are to point in one direction, and all others elsewhere
/// (InfoNCE, arXiv 1807.03748); others of the same kind count more, as those are what scores compare with.
final class ReaderObjective: Objective {
    private let recipe: TrainingRecipe
    private let device: Device
    private let loaded: Loaded<ReaderNetworks>
    /// Cosines are multiplied with this before the softmax.
    private static let sharpness = 10.0
    /// As how many others one of the same kind counts.
    private static let sameKindWeight = 6.0

    init(_ recipe: TrainingRecipe, device: Device) throws {
        guard recipe.data.flipProbability == 0 else {
            throw TrainingError.recipe(field: "data.flip", problem: "mirrors pictures that the reader knows the scene of", remedy: "Set it to 0.")
        }
        guard recipe.precision == .float32 else {
            throw TrainingError.recipe(field: "precision", problem: "is bfloat16", remedy: "A reader is small; set precision: float32.")
        }
        self.recipe = recipe
        self.device = device
        let scope = ParameterScope.zeros(device: device)
        let networks = try ReaderNetworks(ReaderConfiguration(), at: scope)
        try Initialization(seed: recipe.seed).reader(scope.parameters)
        loaded = Loaded(model: networks, parameters: scope.parameters)
    }

    private var networks: ReaderNetworks { loaded.model }

    var weights: [(name: String, tensor: Tensor)] { loaded.parameters.named }

    func loss(_ batch: TrainingBatch, _ draws: ExampleDraws, meanWeight: Double) throws -> Loss {
        guard !batch.scenes.isEmpty else {
            throw TrainingError.recipe(field: "data", problem: "does not say what its pictures show", remedy: "Train a reader on data.world.")
        }
        let views = try ReaderViews(batch, draws, side: networks.configuration.side, device: device)
        guard !views.toys.isEmpty else {
            throw TrainingError.recipe(field: "data.world", problem: "gives scenes without toys", remedy: "Weigh text, one-subject, two-subjects and three-subjects only.")
        }
        let seen = try networks.toy(views.windows)
        var parts = try attributes(seen, views.toys)
        if let references = views.references {
            let known = try networks.toy(references)
            parts.append(("identity", 1, try contrast(seen.embedding, known.embedding, views.toys)))
            // References are pictures of toys as well.
            parts += try attributes(known, views.toys).map { ("reference " + $0.name, 0.3 * $0.weight, $0.value) }
        }
        let scene = try networks.scene(views.scenes)
        parts.append(("place", 0.5, try crossEntropy(scene.place, views.places)))
        parts.append(("count", 0.5, try crossEntropy(scene.count, views.counts)))
        var total = try parts[0].weight * parts[0].value
        for part in parts.dropFirst() { total = try total + part.weight * part.value }
        return Loss(total: total, parts: try parts.filter { !$0.name.hasPrefix("reference") }.map { ($0.name, try $0.value.detached()) })
    }

    // MARK: losses

    private func attributes(_ answer: ToyNetwork.Answer, _ toys: [ToyIdentity]) throws -> [(name: String, weight: Double, value: Tensor)] {
        [
            ("kind", 1, try crossEntropy(answer.kind, toys.map { Self.number($0.kind) })),
            ("pattern", 1, try crossEntropy(answer.pattern, toys.map { Self.number($0.pattern) })),
            ("accessory", 1, try crossEntropy(answer.accessory, toys.map { Self.number($0.accessory) })),
            ("hues", 2, try hueError(answer.hues, toys)),
        ]
    }

    private static func number<Value: CaseIterable & Equatable>(_ value: Value) -> Int {
        Value.allCases.enumerated().first { $0.element == value }?.offset ?? 0
    }

    private func crossEntropy(_ logits: Tensor, _ classes: [Int]) throws -> Tensor {
        let indices = try Tensor(classes.map(Int64.init), shape: [classes.count, 1]).to(device)
        return try -(logits.logSoftmax(dim: 1).gathered(dim: 1, indices).mean())
    }

    /// Mean squared distance from the hues' points on the unit circle, where there is something of that hue.
    private func hueError(_ hues: Tensor, _ toys: [ToyIdentity]) throws -> Tensor {
        var points: [Float] = [], isSeen: [Float] = []
        for toy in toys {
            let colours = [(toy.main, true), (toy.second, toy.pattern != .plain), (toy.accessoryColour, toy.accessory != .none)]
            for (colour, shows) in colours {
                points += [cos(2 * .pi * colour.hue), sin(2 * .pi * colour.hue)]
                isSeen += shows ? [1, 1] : [0, 0]
            }
        }
        let target = try Tensor(points, shape: [toys.count, 6]).to(device), mask = try Tensor(isSeen, shape: [toys.count, 6]).to(device)
        return try ((hues - target).square() * mask).mean()
    }

    /// How well each window finds its reference among all of the batch, and each reference its window.
    private func contrast(_ windows: Tensor, _ references: Tensor, _ toys: [ToyIdentity]) throws -> Tensor {
        let count = toys.count
        let weights = toys.indices.flatMap { row in
            toys.indices.map { row != $0 && toys[row].kind == toys[$0].kind ? Float(log(Self.sameKindWeight)) : 0 }
        }
        let cosines = try windows.matmul(references.transposed(0, 1))
        let logits = try Self.sharpness * cosines + Tensor(weights, shape: [count, count]).to(device)
        return try 0.5 * (crossEntropy(logits, Array(0..<count)) + crossEntropy(logits.transposed(0, 1), Array(0..<count)))
    }

    // MARK: looking and saving

    func samples(_ batch: TrainingBatch) throws -> [SampleRow] {
        try withoutGradients {
            let side = networks.configuration.side
            let reader = Reader(networks, device: device)
            let views = try ReaderViews(batch, nil, side: side, device: device)
            return try batch.scenes.indices.map { row in
                let truth = try batch.target.tensor(.cpu).narrowed(dim: 0, start: row, count: 1).pixelImage()
                let seen = try reader.scenes([truth])[0]
                let toys = try networks.toy(views.windows).kind.argmax(dim: 1).values(as: Int64.self).map { ToyKind.allCases[Int($0)].rawValue }
                return SampleRow(
                    caption: "\(seen.subjectCount) \(seen.place.rawValue) \(toys.joined(separator: " ")), \(batch.prompts[row])",
                    references: try batch.references.map { try $0.tensor(.cpu).narrowed(dim: 0, start: row, count: 1).pixelImage() },
                    made: truth, truth: nil)
            }
        }
    }

    func export(_ weights: [(name: String, tensor: Tensor)], to folder: String) throws -> ExportedFiles {
        let sorted = try weights.sorted { $0.name < $1.name }.map { ($0.name, try $0.tensor.detached().to(.float16)) }
        try SafetensorsWriter.write(sorted, to: "\(folder)/\(Reader.weightsFile)")
        let note = "Trained on renders by the recipe '\(recipe.name)', \(recipe.stepCount) steps of \(recipe.batchSize), seed \(recipe.seed)."
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let description = ReaderDescription(networks.configuration, note: note)
        try AtomicText.write(String(decoding: encoder.encode(description), as: UTF8.self) + "\n", to: "\(folder)/\(Reader.descriptionFile)")
        return ExportedFiles()
    }
}

import Foundation
import Yams

/// What a training run does, read from YAML: model, data, objective, optimization, and when to save and look.
///
/// `fields` lists every field with its documentation and the value in use; written into the output folder, it is the
/// resolved recipe.
public struct TrainingRecipe: Sendable {
    public let name: String
    public let objective: ObjectiveKind
    /// Directory with a `model.json` to start from.
    public let model: String
    /// Components drawn at random and not read from the model's files.
    public let initialized: [ModelComponent]
    public let trained: [TrainedPart]
    public let adapterRank: Int
    public let seed: Int
    public let stepCount: Int
    public let batchSize: Int
    public let accumulation: Int
    public let precision: TrainingPrecision
    public let recomputes: Bool
    public let baseIs8Bit: Bool
    public let threadCount: Int
    public let optimizer: OptimizerRecipe
    public let data: DataRecipe
    public let flow: FlowRecipe
    public let autoencoder: AutoEncoderRecipe
    public let saving: SavingRecipe
    public let validation: ValidationRecipe
    /// Every field, in order.
    public let fields: [RecipeField]

    /// Reads a recipe file. Relative paths in it start from the working directory, as on the command line.
    ///
    /// - Parameter changes: other values by dotted path, as `--set` gives them.
    /// - Throws: `TrainingError` naming the field, its value and what is expected.
    public init(file: String, changes: [String: String] = [:]) throws {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw TrainingError.unreadable(file: file, problem: "it does not exist or may not be read")
        }
        let name = ((file as NSString).lastPathComponent as NSString).deletingPathExtension
        try self.init(yaml: String(decoding: data, as: UTF8.self), changes: changes, name: name, file: file)
    }

    /// Reads a recipe from text.
    public init(yaml: String, changes: [String: String] = [:], name: String, file: String = "The recipe") throws {
        do {
            var node = try Yams.compose(yaml: yaml) ?? .emptySection
            for (path, value) in changes.sorted(by: { $0.key < $1.key }) {
                node = try node.setting(path.split(separator: ".").map(String.init), to: Yams.compose(yaml: value) ?? Node(""))
            }
            try self.init(RecipeReader(node), name: name)
        } catch let error as YamlError {
            throw TrainingError.notYAML(file: file, problem: "\(error)".split(whereSeparator: \.isNewline).joined(separator: " "))
        }
    }

    private init(_ reader: RecipeReader, name: String) throws {
        self.name = try reader.value("name", default: name, "What reports call the run.")
        objective = try reader.value("objective", default: .uno, "What is learnt: autoencoder, text-to-image, uno (pictures from text and references), or reader (what scores pictures of the world).")
        model = try reader.value("model", default: "", "Directory with a model.json to start from.")
        initialized = try reader.value("initialize", default: [], "Components to draw at random instead of reading: flux, autoencoder, t5, clip.")
        trained = try reader.value("train", default: [.adapter], "What changes: transformer, adapter, text, autoencoder, decoder, reader.")
        adapterRank = try reader.number("adapter_rank", default: 512, in: 1...4096, "Rank of a new adapter (LoRA); one that the model has goes on with its own.")
        seed = try reader.number("seed", default: 42, in: 0...Int.max, "Decides order of data, noise, timesteps and initial weights.")
        stepCount = try reader.number("steps", default: 100_000, in: 1...1_000_000_000, "Optimizer steps of the whole run.")
        batchSize = try reader.number("batch", default: 1, in: 1...65536, "Examples per process and pass.")
        accumulation = try reader.number("accumulate", default: 1, in: 1...65536, "Passes whose gradients are added up for one optimizer step.")
        precision = try reader.value("precision", default: .bfloat16, "Type of weights and arithmetic: float32, or bfloat16 beside float32 master weights.")
        recomputes = try reader.value("gradient_checkpointing", default: true, "Compute blocks again in the backward pass instead of keeping their intermediates.")
        baseIs8Bit = try reader.value("base_8bit", default: false, "Keep the frozen weights under an adapter in 8 bits.")
        threadCount = try reader.number("threads", default: 0, in: 0...1024, "Threads of one process; 0 leaves it to libtorch.")
        optimizer = try reader.section("optimizer", "AdamW and its learning rate.", OptimizerRecipe.init)
        data = try reader.section("data", "Where examples come from; give one of json, tar and world.", DataRecipe.init)
        flow = try reader.section("flow", "The flow-matching objective of text-to-image and uno.", FlowRecipe.init)
        autoencoder = try reader.section("autoencoder", "The autoencoder's objective.", AutoEncoderRecipe.init)
        saving = try reader.section("save", "Checkpoints and logs.", SavingRecipe.init)
        validation = try reader.section("validate", "Pictures drawn and losses measured while training.", ValidationRecipe.init)
        try reader.finish()
        fields = reader.fields
        try check()
    }

    /// What no single field shows.
    private func check() throws {
        guard !model.isEmpty || objective == .reader else {
            throw TrainingError.recipe(field: "model", problem: "is missing", remedy: "Name a directory with a model.json.")
        }
        let parts = Set(trained), allowed = objective.parts
        if let wrong = trained.first(where: { !allowed.contains($0) }) {
            throw TrainingError.recipe(
                field: "train", problem: "has '\(wrong.rawValue)', which the objective \(objective.rawValue) does not change",
                remedy: "Choose among \(allowed.map(\.rawValue).sorted().joined(separator: ", ")).")
        }
        guard !parts.isEmpty, parts.count == trained.count, !parts.isSuperset(of: [.transformer, .adapter]), !parts.isSuperset(of: [.autoencoder, .decoder]) else {
            throw TrainingError.recipe(
                field: "train", problem: "is \(trained.map(\.rawValue))", remedy: "Name each part once; an adapter is trained over a frozen transformer.")
        }
        guard !baseIs8Bit || parts == [.adapter] else {
            throw TrainingError.recipe(field: "base_8bit", problem: "is true", remedy: "Only an adapter can be trained over 8-bit weights: set train to [adapter].")
        }
    }

    /// The recipe with every value filled in, as YAML.
    public var resolved: String {
        fields.map { (field: RecipeField) -> String in
            let depth = field.path.split(separator: ".").count - 1
            let name = field.path.split(separator: ".").last.map(String.init) ?? field.path
            return String(repeating: "  ", count: depth) + "\(name):" + (field.isSection ? "" : " \(field.value)")
        }.joined(separator: "\n") + "\n"
    }

    /// All fields with their defaults, as if an empty recipe had been read.
    public static func allFields() throws -> [RecipeField] {
        try TrainingRecipe(yaml: "model: Models/mini\ndata: {world: {}}", name: "example").fields
    }
}

extension Node {
    fileprivate static var emptySection: Node { Node([(Node, Node)]()) }

    /// The mapping with the value at a path replaced or added.
    fileprivate func setting(_ path: [String], to value: Node) -> Node {
        guard let name = path.first else { return value }
        var pairs: [(Node, Node)] = mapping.map { Array($0) } ?? []
        let index = pairs.firstIndex { $0.0.string == name }
        let inner = (index.map { pairs[$0].1 } ?? .emptySection).setting(Array(path.dropFirst()), to: value)
        if let index { pairs[index].1 = inner } else { pairs.append((Node(name), inner)) }
        return Node(pairs)
    }
}

/// What is learnt.
public enum ObjectiveKind: String, RecipeChoice {
    case autoencoder
    case textToImage = "text-to-image"
    case uno
    case reader
}

extension ObjectiveKind {
    /// What it can change.
    fileprivate var parts: Set<TrainedPart> {
        switch self {
        case .autoencoder: [.autoencoder, .decoder]
        case .textToImage, .uno: [.transformer, .adapter, .text]
        case .reader: [.reader]
        }
    }
}

/// A network of a model directory.
public enum ModelComponent: String, RecipeChoice {
    case flux, autoencoder, t5, clip
}

/// A set of weights that a stage changes.
public enum TrainedPart: String, RecipeChoice {
    case transformer, adapter, text, autoencoder, decoder, reader
}

/// Types of weights and arithmetic.
public enum TrainingPrecision: String, RecipeChoice {
    case float32, bfloat16
}

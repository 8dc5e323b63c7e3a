public import ArgumentParser
import Flux
import Foundation
public import Synthesis
import World

/// Options that say which pairs are made of what, and where they go.
struct SynthesisOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Pictures with the boxes of their subjects. Default: the picture world.", valueName: "boxes.json"))
    var list: String?

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Scenes of the world, with their weight; repeat for a mixture. Default: two-subjects. (values: one-subject, two-subjects, three-subjects)",
            valueName: "task[:weight]"))
    var task: [TaskArgument] = []

    @Option(parsing: .unconditional, help: ArgumentHelp("Scenes to take, from the first on. Default: all of a list.", valueName: "n"))
    var count: Int?

    @Option(help: ArgumentHelp("What a drawing becomes: the reference of the picture, or a target with the cut-out as its reference.", valueName: "what"))
    var make = SynthesisSettings.Product.references

    @Flag(help: "Draw nothing: take the cut-outs themselves as references, to compare with.")
    var crops = false

    @Option(parsing: .unconditional, help: ArgumentHelp("Drawings of each subject, of which the most similar is taken.", valueName: "n"))
    var tries = 4

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Pairs to keep: from which similarity on (0.7), or the best share (60%). Default: 50%.", valueName: "s|p%"), transform: KeepArgument.init)
    var keep = KeepArgument(rule: .share(0.5))

    @Option(parsing: .unconditional, help: ArgumentHelp("Seed of the world's scenes and of the noise.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(parsing: .unconditional, help: ArgumentHelp("What the model is asked for.", valueName: "text"))
    var template = SynthesisSettings().template

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A scene for the template, as in \"in the snow\"; repeat for more. Default: places of the world, or everyday ones.", valueName: "text"))
    var scene: [String] = []

    @Option(parsing: .unconditional, help: ArgumentHelp("Room around what is cut out, as a share of its longer side.", valueName: "share"))
    var margin = SynthesisSettings().margin

    @Option(parsing: .unconditional, help: ArgumentHelp("Side of drawings and of the world's scenes in pixels. Default: the model's own.", valueName: "n"))
    var size: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp("Denoising steps. Default: the model's own.", valueName: "n"))
    var steps: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp("Guidance strength that the model is told. Default: the model's own.", valueName: "g"))
    var guidance: Double?

    @Option(
        name: .customLong("true-cfg"), parsing: .unconditional,
        help: ArgumentHelp("Scale of true classifier-free guidance. Default: the model's own.", valueName: "s"))
    var trueCFG: Double?

    @Option(help: ArgumentHelp("Directory of the networks that compare subjects. Default: those of the picture world, which come with the program.", valueName: "dir"))
    var reader: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("Output folder.", valueName: "folder"))
    var output: String

    @Flag(help: "Keep what the output folder has, and make what is missing.")
    var resume = false

    func validate() throws {
        guard list == nil || task.isEmpty else { throw ValidationError("--task chooses scenes of the world; leave it out with --list") }
        guard list != nil || count != nil else { throw ValidationError("Scenes of the world have no end; give --count N, or --list FILE") }
        if let count, !(1...100_000_000).contains(count) { throw ValidationError("--count is \(count); expected 1 to 100000000") }
    }

    /// How pairs are made with a model; sizes are its own.
    func settings(_ chosen: ChosenModel, _ adapters: [AdapterArgument], reader: String) -> SynthesisSettings {
        var settings = SynthesisSettings()
        settings.product = make
        settings.usesCrops = crops
        settings.tryCount = tries
        settings.seed = seed
        settings.margin = margin
        settings.template = template
        settings.scenes = scene
        settings.model = crops ? "" : ([chosen.name ?? "mini"] + adapters.map { "\($0.path):\($0.weight)" }).joined(separator: " + ")
        settings.encoder = crops ? "" : "reader \((reader as NSString).lastPathComponent)"
        (settings.width, settings.height) = (size, size)
        settings.stepCount = steps
        settings.guidance = guidance
        settings.trueCFG = trueCFG
        return settings
    }

    /// The pictures whose subjects are drawn.
    func scenes(_ chosen: ChosenModel) throws -> any SceneSource {
        if let list { return try SceneList(path: list, needsPrompts: make == .references) }
        let side = size ?? chosen.directory.description.defaults.width ?? 512
        let tasks = task.isEmpty ? .only(.twoSubjects) : task.reduce(TaskWeights()) { $0.adding($1.tasks) }
        return try WorldScenes(WorldSettings(pictureSize: side, referenceSize: side, seed: seed, tasks: tasks))
    }
}

/// `0.7` or `60%`.
struct KeepArgument: Sendable {
    let rule: KeepRule

    init(rule: KeepRule) { self.rule = rule }

    init(_ text: String) throws {
        guard let rule = KeepRule(text) else { throw ValidationError("expected a similarity from -1 to 1, such as 0.7, or a share, such as 60%") }
        self.rule = rule
    }
}

extension SynthesisSettings.Product: ExpressibleByArgument {}

import ArgumentParser
import Evaluation
import Flux
import Foundation
import Generation

/// Options that say what is measured, and where the results go.
struct EvaluationOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: ArgumentHelp("References of each example: 1, 2, or 0 for captions alone.", valueName: "n"))
    var references = 1

    @Option(parsing: .unconditional, help: ArgumentHelp("Examples to draw.", valueName: "n"))
    var count = 500

    @Option(parsing: .unconditional, help: ArgumentHelp("Seed of the examples and of their noise.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(parsing: .unconditional, help: ArgumentHelp("Denoising steps. Default: the model's own.", valueName: "n"))
    var steps: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp("Guidance strength that the model is told. Default: the model's own.", valueName: "g"))
    var guidance: Double?

    @Option(
        name: .customLong("true-cfg"), parsing: .unconditional,
        help: ArgumentHelp("Scale of true classifier-free guidance. Default: the model's own.", valueName: "s"))
    var trueCFG: Double?

    @Option(help: ArgumentHelp("Where references lie for the model: diagonally, below, to the right, or on the picture.", valueName: "variant"))
    var position = PositionVariant.d

    @Option(help: ArgumentHelp("Results to compare with, example by example: the output folder of another evaluation.", valueName: "folder"))
    var against: String?

    @Option(help: ArgumentHelp("Directory of the networks that read pictures. Default: the one that comes with the program.", valueName: "dir"))
    var reader: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("Which of several processes this is, from 0.", valueName: "n"))
    var rank: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp("How many processes share the examples.", valueName: "n"))
    var ranks: Int?

    @Option(name: .shortAndLong, help: ArgumentHelp("Output folder.", valueName: "folder"))
    var output: String

    @Flag(help: "Keep the results that the output folder has, and draw what is missing.")
    var resume = false

    func validate() throws {
        guard (rank == nil) == (ranks == nil) else { throw ValidationError("--rank and --ranks belong together; give both, or neither") }
        if let rank, let ranks, !(0..<max(1, ranks)).contains(rank) {
            throw ValidationError("--rank is \(rank) of \(ranks) processes; expected 0 to \(max(1, ranks) - 1)")
        }
        guard (0...2).contains(references) else { throw ValidationError("--references is \(references); expected 0, 1 or 2") }
        guard (1...1_000_000).contains(count) else { throw ValidationError("--count is \(count); expected 1 to 1000000") }
    }

    /// What is asked of a model; sizes are its own.
    func settings(_ chosen: ChosenModel, _ adapters: [AdapterArgument]) -> EvaluationSettings {
        let defaults = chosen.directory.description.defaults
        var settings = EvaluationSettings()
        settings.references = references
        settings.count = count
        settings.seed = seed
        settings.pictureSize = defaults.width ?? 512
        settings.referenceSize = defaults.referenceSize ?? (references == 2 ? 320 : 512)
        settings.model = ([chosen.name ?? "mini"] + adapters.map { "\($0.path):\($0.weight)" }).joined(separator: " + ")
        settings.stepCount = steps
        settings.guidance = guidance
        settings.trueCFG = trueCFG
        settings.positions = position
        return settings
    }
}

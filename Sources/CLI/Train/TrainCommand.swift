import ArgumentParser
import Foundation
import Synchronization
import Torch
import Training

/// `atelier train`: a training run from a recipe.
struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a model from a recipe.",
        discussion: """
            A recipe is a YAML file; Recipes/ has complete ones. The run writes checkpoints, \
            metrics.jsonl, report.html with curves and samples, and at the end a model \
            directory for 'atelier generate --model'.

            Ctrl-C saves a checkpoint and stops; --resume goes on from the newest one, with \
            the same numbers as if the run had never stopped.

            Examples:
              atelier train Recipes/mini/3-uno-1.yaml
              atelier train Recipes/mini/3-uno-1.yaml --resume
              atelier train --fields
              mpirun -n 2 atelier train Recipes/mini/3-uno-1.yaml --set threads=1

            Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
            """)

    @Argument(help: "The recipe.", completion: .file(extensions: ["yaml", "yml"]))
    var recipe: String?

    @Flag(help: "Go on from the newest checkpoint in the output folder; begin where there is none.")
    var resume = false

    @Option(name: .shortAndLong, help: ArgumentHelp("Output folder, instead of the recipe's.", valueName: "folder"))
    var output: String?

    @Option(help: ArgumentHelp("Another value for a field, as in --set optimizer.learning_rate=1e-4. May be given several times.", valueName: "field=value"))
    var set: [String] = []

    @Option(
        help: ArgumentHelp(
            "Where to compute; processes on one machine take a GPU each. Default: auto, a GPU where there is one.", valueName: "auto|cpu|cuda[:n]"),
        transform: DeviceArgument.init)
    var device: DeviceArgument?

    @Flag(help: "Only say what would happen: sizes, memory, and the first batch as a picture.")
    var dryRun = false

    @Flag(help: "List all fields of a recipe with their defaults.")
    var fields = false

    func run() async throws {
        if fields {
            Console.print(RecipeFieldList(try TrainingRecipe.allFields()).text)
            return
        }
        guard let recipe else { throw ValidationError("Missing the recipe, as in 'atelier train Recipes/mini/3-uno-1.yaml'.") }
        let loaded = try TrainingRecipe(file: recipe, changes: changes())
        if dryRun {
            DryRunReport(try DryRun(loaded), loaded).print()
            return
        }
        try await interruptible { [resume, device] in
            // The run belongs to one thread; a signal is seen between its steps.
            try await TrainingThread.run { isCancelled in
                let group = try LaunchedProcesses.joined()
                let progress = TrainingProgress(stepCount: loaded.stepCount, isShown: group.map { $0.rank == 0 } ?? true)
                do {
                    let device = try TrainingDevice.chosen(device) { progress.remark($0) }
                    try group?.prepare(device, librariesIn: CUDALibraries.directoriesOfNCCL)
                    let run = try TrainingRun(loaded, resumes: resume, device: device, group: group) { progress.report($0) }
                    progress.remark("\(run.parameterCount) parameters in training; \(run.folder.path)")
                    try run(isCancelled: isCancelled) { progress.report($0) }
                    progress.ended()
                    try group?.leave()
                } catch {
                    if let group { LaunchedProcesses.end(group, for: error) }
                    throw error
                }
            }
            try Task.checkCancellation()
        }
    }

    private func changes() throws -> [String: String] {
        var changes: [String: String] = [:]
        for text in set {
            guard let separator = text.firstIndex(of: "="), separator != text.startIndex else {
                throw ValidationError("--set \(text) has no field; write it as --set optimizer.learning_rate=1e-4.")
            }
            changes[String(text[..<separator])] = String(text[text.index(after: separator)...])
        }
        if let output { changes["save.folder"] = output }
        return changes
    }
}

/// Runs a training on a thread of its own, with the stack that deep graphs need.
enum TrainingThread {
    static func run(_ body: @escaping @Sendable (@escaping () -> Bool) throws -> Void) async throws {
        let flag = CancellationFlag()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let thread = Thread { continuation.resume(with: Result { try body { flag.isSet } }) }
                thread.name = "training"
                thread.stackSize = 64 << 20
                thread.start()
            }
        } onCancel: {
            flag.set()
        }
    }

    private final class CancellationFlag: Sendable {
        private let value = Atomic(false)
        var isSet: Bool { value.load(ordering: .relaxed) }
        func set() { value.store(true, ordering: .relaxed) }
    }
}

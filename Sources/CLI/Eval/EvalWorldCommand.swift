import ArgumentParser
import Evaluation
import Foundation

/// `atelier eval world`: scores on held-out toys of the picture world.
struct EvalWorldCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "world",
        abstract: "Score a model on toys of the picture world that it never saw.",
        discussion: """
            Draws held-out examples, each asked for by a caption that names kinds and a place \
            and by references that show which toys are meant, and reads the pictures: \
            whether each toy is more like its own reference than like seven others of its \
            kind; its kind, pattern, accessory and colours; the place; the number of toys; \
            and with two references which stands where and what of one is found in the other. \
            Every score comes with its 95 % interval, with what the model's autoencoder lets \
            through at best, and with what chance gives.

            The output folder holds scores.json, report.md, report.html with pictures, and a \
            line per example. Ctrl-C stops; --resume goes on with what is missing. Several \
            processes may share a folder: under mpirun each takes its part by itself, else \
            say which with --rank and --ranks.

            Examples:
              atelier eval world -o outputs/one
              atelier eval world --references 2 --count 500 -o outputs/two
              atelier eval world --references 2 --position o --against outputs/two -o o
              mpirun -n 2 atelier eval world --threads 1 -o outputs/one

            Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
            """)

    @OptionGroup(title: "What to measure") var options: EvaluationOptions
    @OptionGroup(title: "Model and machine") var model: ModelOptions

    func run() async throws {
        let command = self
        try await interruptible { try await command.evaluate() }
    }

    private func evaluate() async throws {
        let reader = try EmbeddedModel.reader(options.reader)
        let chosen = try ChosenModel(model.model)
        // Whatever cannot be compared with is told before hours of drawing.
        let other = try options.against.map { try EvaluationResults(folder: $0) }
        let generator = chosen.generator(model.lora, try model.execution(nil))
        let evaluation = WorldEvaluation(
            options.settings(chosen, model.lora), generator: generator, model: chosen.directory, readerFolder: reader, threadCount: model.threads)
        if let rank = options.rank, let count = options.ranks {
            let progress = WorkProgress("examples", rank: rank, of: count)
            let result = try await evaluation.run(
                into: options.output, resumes: options.resume || rank > 0, rank: rank, rankCount: count, against: other, progress: progress.report)
            progress.ended()
            show(result)
            return
        }
        try await LaunchedProcesses.sharing { processes in
            if processes.isFirst { try await evaluation.begin(in: options.output, resumes: options.resume) }
            try await processes.synchronize()
            let progress = WorkProgress("examples", rank: processes.rank, of: processes.count)
            try await evaluation.draw(into: options.output, rank: processes.rank, rankCount: processes.count, progress: progress.report)
            progress.ended()
            try await processes.synchronize()
            if processes.isFirst { show(try await evaluation.report(on: options.output, against: other)) }
        }
    }

    private func show(_ result: (scores: Scores, comparison: Comparison?)) {
        Console.print(EvaluationTable(result.scores, result.comparison).text)
        Console.print("\(options.output)/report.html")
    }
}

extension WorkProgress {
    fileprivate func report(_ progress: WorldEvaluation.Progress) {
        report(done: progress.done, of: progress.count, made: progress.drawn, seconds: progress.seconds)
    }
}

import ArgumentParser
import Foundation
import Generation
import Synthesis

/// `atelier synthesize`: pairs to train on, made by a model.
struct SynthesizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "synthesize",
        abstract: "Make pairs to train on with a model, and keep the consistent ones.",
        discussion: """
            Takes pictures whose subjects' places are known, cuts each subject out, and has \
            the model draw it again in another scene. Of several drawings the one most like \
            the cut-out, to an encoder, becomes the subject's reference; pairs with a \
            subject that is not like it are dropped. The next model trains on what is kept: \
            UNO's co-evolution of model and data.

            Pictures come from the picture world, or from a list in JSON:
              [{"image_tgt_path": "1.png", "prompt": "a cat beside a vase",
                "subjects": [{"name": "a cat", "box": [12, 40, 200, 180]}, …]}, …]
            with boxes as left, top, width and height in pixels, from any detector.

            The output folder holds train.json for a recipe's data.json, crops.json with the \
            same pairs and the cut-outs themselves as references, report.html and \
            summary.json. Ctrl-C stops; --resume goes on, or filters anew with another \
            --keep. Under mpirun each process makes its part; the files are the same.

            Examples:
              atelier synthesize --model runs/mini/uno-1/model --count 4000 -o pairs
              atelier synthesize --model DIR --list boxes.json --keep 0.7 -o pairs
              mpirun -n 4 atelier synthesize --count 4000 --threads 1 -o pairs

            Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
            """)

    @OptionGroup(title: "What to make") var options: SynthesisOptions
    @OptionGroup(title: "Model and machine") var model: ModelOptions

    func run() async throws {
        let command = self
        try await interruptible {
            try await LaunchedProcesses.sharing { try await command.synthesize(sharedBy: $0) }
        }
    }

    private func synthesize(sharedBy processes: LaunchedProcesses) async throws {
        let chosen = try ChosenModel(model.model), reader = try options.crops ? "" : EmbeddedModel.reader(options.reader)
        let synthesis: PairSynthesis
        do {
            synthesis = try PairSynthesis(
                options.settings(chosen, model.lora, reader: reader), scenes: options.scenes(chosen), count: options.count, folder: options.output,
                generator: chosen.generator(model.lora, try model.execution(nil)),
                encoder: { [threads = model.threads] in try ReaderEncoder(folder: reader, threadCount: threads) })
        } catch SynthesisError.setting(let name, let value, let expected) {
            throw ValidationError("--\(name) is \(value); expected \(expected)")
        }
        if processes.isFirst { try await synthesis.begin(resumes: options.resume) }
        try await processes.synchronize()
        let progress = WorkProgress("scenes", rank: processes.rank, of: processes.count)
        try await synthesis.draw(rank: processes.rank, rankCount: processes.count) {
            progress.report(done: $0.done, of: $0.count, made: $0.made, seconds: $0.seconds)
        }
        progress.ended()
        try await processes.synchronize()
        guard processes.isFirst else { return }
        show(try await synthesis.finish(keeping: options.keep.rule))
    }

    /// Remarks for the person, then the paths for whoever goes on with them.
    private func show(_ summary: SynthesisSummary) {
        for problem in summary.problems { Console.remark("note: left out \(problem)") }
        if summary.skipped > summary.problems.count { Console.remark("note: left out \(summary.skipped) scenes in all") }
        var text = "\(summary.kept) of \(summary.pairs) pairs kept"
        if let similarity = summary.similarity, let threshold = summary.threshold, let first = summary.firstTry, let best = summary.bestTry {
            let format = ", similarity at least %.3f; median of all %.3f; first drawings %.3f, best ones %.3f in the mean"
            text += String(format: format, threshold, similarity.median, first, best)
        }
        Console.remark(text)
        Console.print("\(options.output)/train.json")
        Console.print("\(options.output)/report.html")
    }
}

import ArgumentParser
import Foundation
import World

/// `atelier world dataset`: examples as files.
struct DatasetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dataset",
        abstract: "Write examples as files to train with, resumably.",
        discussion: """
            --format json writes PNG files, train.json as UNO reads it (image_paths,
            image_tgt_path, prompt) and attributes.jsonl with everything that is known of
            each example: identities, poses, captions, questions with answers.
            --format tar writes WebDataset shards with members such as 000001.target.png,
            000001.ref0.png and 000001.json.
            An interrupted run is continued by the same command. Under mpirun each process
            draws its part; the files are the same.

            Examples:
              atelier world dataset --count 20000 -o toys
              atelier world dataset --count 20000 --task everything --format tar -o shards
              atelier world dataset --count 500 --split held-out --task face -o check
              mpirun -n 4 atelier world dataset --count 20000 --threads 1 -o toys
            """)

    @OptionGroup var options: WorldOptions

    @Option(parsing: .unconditional, help: ArgumentHelp("Number of examples.", valueName: "n"))
    var count: Int

    @Option(help: ArgumentHelp("json or tar.", valueName: "format"))
    var format: WorldDataset.Format = .json

    @Option(parsing: .unconditional, help: ArgumentHelp("Side of the targets in pixels.", valueName: "n"))
    var size = 64

    @Option(parsing: .unconditional, help: ArgumentHelp("Side of the references. Default: three quarters of --size.", valueName: "n"))
    var referenceSize: Int?

    @Flag(help: "Write the mask of each reference's subject in the target, too.")
    var masks = false

    @Option(parsing: .unconditional, help: ArgumentHelp("Threads to use. Default: as many as the machine has cores.", valueName: "n"))
    var threads: Int?

    @Option(name: [.customShort("o"), .customLong("output")], help: ArgumentHelp("Directory for the files.", valueName: "dir"))
    var output: String

    func validate() throws {
        guard (1...100_000_000).contains(count) else { throw ValidationError("--count is \(count); expected 1 to 100000000") }
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads is \(threads); expected 1 to 1024") }
    }

    func run() async throws {
        let world = try options.world(size: size, referenceSize: referenceSize)
        let dataset = WorldDataset(world, count: count, format: format, directory: output, hasMasks: masks)
        let threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
        let output = output
        try await interruptible {
            try await LaunchedProcesses.sharing { processes in
                let (rank, ranks) = (processes.rank, processes.count)
                let progress = DatasetProgress(
                    count: dataset.exampleCount(ofPart: rank, of: ranks), redraws: Console.isTerminal, isShown: processes.isFirst, start: .now)
                try await dataset.writePart(rank, of: ranks, threads: threads, progress: progress.report)
                try await processes.synchronize()
                guard processes.isFirst else { return }
                try dataset.writeLists()
                Console.print(output)
            }
        }
    }
}

/// Shows a dataset as it grows.
struct DatasetProgress: Sendable {
    let count: Int
    /// Whether progress is drawn over one line of a terminal.
    let redraws: Bool
    /// False for all but one of several processes; what the one shows are its own examples.
    let isShown: Bool
    let start: ContinuousClock.Instant

    func report(_ done: Int) {
        guard isShown else { return }
        let seconds = start.duration(to: .now) / .seconds(1)
        let text = String(format: "%d of %d examples, %.0f a second", done, count, Double(done) / max(seconds, 1e-3))
        if redraws && done < count { Console.redraw(text) } else {
            if redraws { Console.redraw("") }
            Console.remark(text)
        }
    }
}

import ArgumentParser
import Generation

/// `atelier generate`: draws pictures.
struct GenerateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Draw a picture from a prompt and reference pictures.",
        usage: "atelier generate --prompt TEXT [--ref PICTURE]... [options] [-o OUT.png]",
        discussion: """
            Examples:
              atelier generate --prompt "a toy robot at sea" --ref robot.jpg -o sea.png
              atelier generate --prompt "the dog in the hat" --ref dog.png --ref hat.png
              atelier generate --model DIR --prompt "a fox" --seed -1 --count 4
              atelier generate --model USO --prompt "" --ref me.jpg --ref style:waves.jpg
              atelier generate --model UNITOKEN --prompt "a fox" --grids 16x16
              atelier generate --from sea.png --steps 40 -o sea-40.png
              mpirun -n 4 atelier generate --prompts list.txt --threads 1 -o out.png

            Without --model, the small model that comes with the program draws. Other values left out are the model's own.
            Under mpirun the pictures are shared out to the processes.
            The path of each finished picture is printed on the standard output.
            Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
            """)

    @OptionGroup(title: "What to draw") var picture: PictureOptions
    @OptionGroup(title: "Model and machine") var model: ModelOptions
    @OptionGroup(title: "Output") var output: OutputOptions

    func validate() throws {
        if picture.prompt == nil, picture.from == nil, picture.prompts == nil {
            throw ValidationError("The prompt is missing; give --prompt TEXT, --prompts FILE, or --from PICTURE to repeat a picture")
        }
        if picture.prompts != nil {
            guard picture.prompt == nil else { throw ValidationError("--prompt and --prompts both say what is drawn; leave one out") }
            guard output.path != nil else { throw ValidationError("--prompts draws many pictures; name them with -o OUT.png, which becomes OUT-0.png and so on") }
        }
        if output.dump != nil, output.count > 1 {
            throw ValidationError("--dump records one picture; leave out --count, or set it to 1")
        }
        if output.savePrepared != nil, picture.prompts != nil {
            throw ValidationError("--save-prepared saves the references of one --prompt; leave it out, or give --prompt in place of --prompts")
        }
        try output.validate()
    }

    func run() async throws {
        let command = self
        try await interruptible {
            try await LaunchedProcesses.sharing { try await command.draw(sharedBy: $0) }
        }
    }

    private func draw(sharedBy processes: LaunchedProcesses) async throws {
        // Short enough to be typed.
        let randomSeed = try await processes.agreed(on: .random(in: 0 ... .max))
        let job = try GenerationJob(picture: picture, model: model, output: output, randomSeed: randomSeed)
        let progress = output.progress(isFirst: processes.isFirst)
        for note in job.notes { progress.note(note) }
        guard processes.rank < job.count else { return }
        // Hashing a large model takes a while the first time; the drawing does not wait for it.
        async let prints = job.fingerprints(progress)
        let generator = job.generator()
        for index in stride(from: processes.rank, to: job.count, by: processes.count) {
            let number = PictureNumber(index: index, count: job.count)
            let drawing = try job.drawing(index)
            let result = try await finished(generator.generate(drawing.request, dump: output.dump.map(DumpFile.init)), number, progress)
            let path = try await job.save(result, of: drawing, number, prints)
            // On a GPU the limit is one of another memory.
            let isMeasured = job.execution.memoryLimit != nil && result.execution.device == .cpu
            progress.saved(path, result, peak: isMeasured ? try? PeakMemory.bytes() : nil)
        }
    }

    /// Passes the events of one picture on, and waits for the last one.
    private func finished(
        _ events: AsyncThrowingStream<GenerationEvent, any Error>, _ number: PictureNumber, _ progress: any ProgressReport
    ) async throws -> GenerationResult {
        defer { progress.ended() }
        for try await event in events {
            if case .finished(let result) = event { return result }
            // The references of all pictures of a command are prepared alike.
            if number.index == 0, case .prepared(let index, let image) = event { try output.save(prepared: image, index) }
            progress.report(event, number)
        }
        // A stream ends without a picture only when its task was cancelled.
        throw CancellationError()
    }
}

/// Which of several pictures is drawn.
struct PictureNumber {
    /// From 0.
    let index: Int
    let count: Int
}

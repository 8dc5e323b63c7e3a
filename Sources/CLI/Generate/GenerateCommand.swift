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
              atelier generate --from sea.png --steps 40 -o sea-40.png

            Without --model, the small model that comes with the program draws. Other values left out are the model's own.
            The path of each finished picture is printed on the standard output.
            Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
            """)

    @OptionGroup(title: "What to draw") var picture: PictureOptions
    @OptionGroup(title: "Model and machine") var model: ModelOptions
    @OptionGroup(title: "Output") var output: OutputOptions

    func validate() throws {
        if picture.prompt == nil, picture.from == nil {
            throw ValidationError("The prompt is missing; give --prompt TEXT, or --from PICTURE to repeat a picture")
        }
        if picture.keepSize, picture.width != nil || picture.height != nil {
            throw ValidationError("--keep-size takes the size of the first reference; leave out --width and --height")
        }
        if output.dump != nil, output.count > 1 {
            throw ValidationError("--dump records one picture; leave out --count, or set it to 1")
        }
        try output.validate()
    }

    func run() async throws {
        let command = self
        try await interruptible { try await command.draw() }
    }

    private func draw() async throws {
        let job = try GenerationJob(picture: picture, model: model, output: output)
        let progress = output.progress
        for note in job.notes { progress.note(note) }
        // Hashing a large model takes a while the first time; the drawing does not wait for it.
        async let prints = job.fingerprints(progress)
        let generator = job.generator()
        for index in 0..<output.count {
            let number = PictureNumber(index: index, count: output.count)
            let result = try await finished(generator.generate(job.request(index), dump: output.dump.map(DumpFile.init)), number, progress)
            let path = try await job.save(result, number, prints)
            progress.saved(path, result)
        }
    }

    /// Passes the events of one picture on, and waits for the last one.
    private func finished(
        _ events: AsyncThrowingStream<GenerationEvent, any Error>, _ number: PictureNumber, _ progress: any ProgressReport
    ) async throws -> GenerationResult {
        defer { progress.ended() }
        for try await event in events {
            if case .finished(let result) = event { return result }
            if case .prepared(let index, let image) = event { try output.save(prepared: image, index) }
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

import ArgumentParser
import Foundation
import Generation
import Imaging
import UniToken

/// `atelier ask`: answers questions about pictures, and talks.
struct AskCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ask",
        abstract: "Ask a question about pictures, or talk with a model that sees and draws.",
        usage: "atelier ask --model DIR [--image PICTURE]... [QUESTION] [options]",
        discussion: """
            Examples:
              atelier ask --model UNITOKEN --image photo.jpg "What is in the picture?"
              atelier ask --model UNITOKEN --image a.png --image b.png "What changed?"
              atelier ask --model UNITOKEN

            The answer is written as it comes; a picture in it is saved, and its path
            written. Without a question every line of the standard input is asked, and all
            turns are kept: '/image PICTURE' shows a picture with the next line, '/end' ends.
            Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
            """)

    @Option(help: ArgumentHelp("Directory of a UniToken model: with a model.json or with the official files.", valueName: "dir"))
    var model: String

    @Option(
        name: .customLong("image"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A picture to ask about; repeat for more. They come before the question, or where it says '<|image|>'.", valueName: "picture"))
    var images: [String] = []

    @Argument(help: "The question. Default: a talk on the terminal.")
    var question: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("The most tokens of an answer; a picture of 512 x 512 takes 1060.", valueName: "n"))
    var maxTokens = 1536

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How evenly tokens are drawn. Default: 0, the likeliest token every time.", valueName: "t"))
    var temperature: Double?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Seed of the draws; -1 picks one and says which. Default: 0.", valueName: "n|-1"), transform: SeedArgument.init)
    var seed: SeedArgument?

    @Option(
        name: .customLong("cfg"), parsing: .unconditional,
        help: ArgumentHelp("Scale of guidance for pictures in the answer; 1 turns it off. Default: 3.", valueName: "s"))
    var cfg: Double?

    @Option(
        help: ArgumentHelp("Size of pictures in the answer, in squares of 32 pixels, height first. Default: 16x16.", valueName: "hxw"),
        transform: PictureGrids.init(argument:))
    var grids: PictureGrids?

    @Option(parsing: .unconditional, help: ArgumentHelp("Save a picture every so many rows while it is drawn.", valueName: "rows"))
    var preview: Int?

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("Picture file; several become out-0.png, out-1.png, … Default: atelier-answer.png.", valueName: "out.png"))
    var output: String?

    @Option(help: ArgumentHelp("Where to compute. Default: auto, a GPU where there is one.", valueName: "auto|cpu|cuda[:n]"), transform: DeviceArgument.init)
    var device: DeviceArgument?

    @Option(
        help: ArgumentHelp(
            "Arithmetic, float32 or bfloat16, or the bits that weights are kept in, float8 or int8, with the arithmetic of auto. Default: auto, "
                + "bfloat16 where the device is fast in it and the model large.",
            valueName: "type"))
    var dtype: TypeArgument?

    @Option(parsing: .unconditional, help: ArgumentHelp("Threads of the processor. Default: one per core.", valueName: "n"))
    var threads: Int?

    @Option(help: ArgumentHelp("Record token ids, vectors and the logits of every step.", valueName: "file.safetensors"))
    var dump: String?

    @Flag(help: "Report on the standard output, one JSON object per line: every token, every row of a picture.")
    var json = false

    func validate() throws {
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads is \(threads); expected 1 to 1024") }
        if let preview, preview < 1 { throw ValidationError("--preview is \(preview); expected 1 row or more") }
        if question == nil, dump != nil { throw ValidationError("--dump records one answer; give the question on the command line") }
    }

    func run() async throws {
        let command = self
        try await interruptible { try await command.ask() }
    }

    private func ask() async throws {
        guard UniTokenDirectory.isUniToken(model) else {
            // Says what is missing where the directory is nearly one.
            _ = try UniTokenDirectory(path: model)
            throw CommandFailure("\(model) holds no model that answers; expected a UniToken directory. Check --model.")
        }
        let files = try AnswerFiles(output: output, dump: dump, sparing: images)
        var execution = ExecutionOptions()
        execution.device = device?.choice ?? .auto
        if let dtype { (execution.type, execution.weights) = dtype.choice }
        execution.threadCount = threads
        if execution.device != .cpu { CUDALibraries.load() }
        let talk = Talk(
            answerer: UniTokenGenerator(try UniTokenDirectory(path: model), execution: execution), base: try request(), files: files,
            report: json ? JSONAnswer() : TextAnswer())
        let pictures = try images.map { AnswerRequest.Picture(name: $0, image: try PictureFile.read($0)) }
        if let question {
            try await talk.ask(question, pictures, dump: dump.map(DumpFile.init))
        } else {
            try await talk.goOn(with: pictures)
        }
    }

    /// What all answers of the command have in common.
    private func request() throws -> AnswerRequest {
        var request = AnswerRequest(turns: [.init("")])
        request.maxTokens = maxTokens
        request.temperature = temperature ?? 0
        request.seed = (seed ?? .value(0)).number(or: .random(in: 0 ... .max))
        (request.drawing.cfg, request.drawing.grids) = (cfg, grids)
        request.previewInterval = preview
        if seed?.isRandom == true { Console.remark("note: The seed is \(request.seed).") }
        try request.validate()
        return request
    }
}

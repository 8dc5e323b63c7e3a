public import ArgumentParser
public import Generation

/// Options that say which model draws, and where.
struct ModelOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Directory with a model.json or with the official files. Default: the model that comes with the program.", valueName: "dir"))
    var model: String?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("A further adapter file and its strength (default 1); repeat for more.", valueName: "file[:w]"),
        transform: AdapterArgument.init)
    var lora: [AdapterArgument] = []

    @Option(
        help: ArgumentHelp("Where to compute. Default: auto, a GPU where there is one.", valueName: "auto|cpu|cuda[:n]"),
        transform: DeviceArgument.init)
    var device: DeviceArgument?

    @Option(
        help: ArgumentHelp("Arithmetic of the transformer. Default: auto, bfloat16 where the device is fast in it.", valueName: "type"))
    var dtype: ExecutionOptions.TypeChoice?

    @Option(parsing: .unconditional, help: ArgumentHelp("Threads of the processor. Default: one per core.", valueName: "n"))
    var threads: Int?

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads is \(threads); expected 1 to 1024")
        }
    }

    /// How the model is run, with what a repeated picture was drawn with as the default.
    func execution(_ recipe: Recipe?) throws -> ExecutionOptions {
        var options = ExecutionOptions()
        options.device = try (device ?? recipe.map { try DeviceArgument($0.device) })?.choice ?? .auto
        options.type = dtype ?? recipe.flatMap { ExecutionOptions.TypeChoice(rawValue: $0.type) } ?? .auto
        options.threadCount = threads
        return options
    }
}

extension ExecutionOptions.TypeChoice: ExpressibleByArgument {}

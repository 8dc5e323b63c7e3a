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
        help: ArgumentHelp(
            "Arithmetic, float32 or bfloat16, or the bits that weights are kept in, float8 or int8, with the arithmetic of auto. Default: auto, "
                + "bfloat16 where the device is fast in it; a quantized file stays as it is.",
            valueName: "type"))
    var dtype: TypeArgument?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Memory that drawing may take, of the processor or of the GPU that computes. The bits of weights, and what is in memory when, are chosen "
                + "to fit, and the plan is told. Default: no limit.",
            valueName: "gib"))
    var memoryLimit: Double?

    @Option(parsing: .unconditional, help: ArgumentHelp("Threads of the processor. Default: one per core.", valueName: "n"))
    var threads: Int?

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads is \(threads); expected 1 to 1024")
        }
        if let memoryLimit, !(memoryLimit > 0 && memoryLimit <= 65_536) {
            throw ValidationError("--memory-limit is \(memoryLimit); expected GiB, more than 0, as in 16 or 7.5")
        }
    }

    /// How the model is run, with what a repeated picture was drawn with as the default.
    func execution(_ recipe: Recipe?) throws -> ExecutionOptions {
        var options = ExecutionOptions()
        options.device = try (device ?? recipe.map { try DeviceArgument($0.device) })?.choice ?? .auto
        if let dtype {
            (options.type, options.weights) = dtype.choice
        } else if let recipe {
            // A picture is repeated with numbers as they were, whatever the limit.
            (options.type, options.weights) = (ExecutionOptions.TypeChoice(rawValue: recipe.type) ?? .auto, recipe.weights ?? .loaded)
        }
        options.memoryLimit = memoryLimit.map { Int($0 * Double(1 << 30)) }
        options.threadCount = threads
        return options
    }
}

extension WeightForm: ExpressibleByArgument {}

/// `--dtype`: an arithmetic, or the bits of the weights.
enum TypeArgument: String, ExpressibleByArgument, CaseIterable, Sendable {
    case auto, float32, bfloat16, float8, int8

    /// The arithmetic, and the form of the weights; nil leaves that to the file and the memory limit.
    var choice: (ExecutionOptions.TypeChoice, WeightForm?) {
        switch self {
        case .auto: (.auto, nil)
        case .float32: (.float32, .loaded)
        case .bfloat16: (.bfloat16, .loaded)
        case .float8: (.auto, .float8)
        case .int8: (.auto, .int8)
        }
    }
}

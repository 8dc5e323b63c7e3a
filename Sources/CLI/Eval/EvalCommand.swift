import ArgumentParser

/// `atelier eval`: scores of models.
struct EvalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval", abstract: "Measure how well a model draws what it is asked for.", subcommands: [EvalWorldCommand.self])
}

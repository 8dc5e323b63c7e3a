import ArgumentParser

/// `atelier models`: what model files hold, whether they are sound, and where to get them.
struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "Look into, check and fetch model files.",
        subcommands: [InspectCommand.self, VerifyCommand.self, PullCommand.self])
}

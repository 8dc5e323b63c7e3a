import ArgumentParser

/// `atelier models`: what model files hold, whether they are sound, where to get them, and how to store them smaller.
struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "Look into, check, fetch and convert model files.",
        subcommands: [InspectCommand.self, VerifyCommand.self, PullCommand.self, ConvertCommand.self])
}

import ArgumentParser

/// The command line, from its words to the commands.
struct Atelier: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "atelier",
        abstract: "Draw pictures of the things in your reference pictures.",
        discussion: """
            Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
            """,
        version: version,
        subcommands: [
            GenerateCommand.self, AskCommand.self, TrainCommand.self, SynthesizeCommand.self, EvalCommand.self, WorldCommand.self, ModelsCommand.self,
            DoctorCommand.self, BenchCommand.self,
        ])
}

import ArgumentParser
import Flux
import Foundation

/// `atelier models verify`: whether a model's files are whole and fit together.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check that a model is complete and sound.",
        discussion: """
            Every tensor of every file must belong to a module, in its shape, and every module must find its tensors; tokenizers must
            load; all weights must be finite. Weights are read from disk once, without taking memory. Exit code 1 when something is wrong.
            """)

    @Argument(help: "A model's directory, or its model.json. Default: the model that comes with the program.")
    var path: String?

    @Flag(help: "Skip reading the weights, which takes as long as reading the files.")
    var headersOnly = false

    func run() async throws {
        let command = self
        try await interruptible { try command.verify() }
    }

    private func verify() throws {
        let directory = try ChosenModel(path).directory
        let verification = ModelVerification(directory: directory, readsWeights: !headersOnly)
        var problemCount = 0
        for check in verification.checks {
            let problems = try check.problems()
            problemCount += problems.count
            Console.print("\(problems.isEmpty ? "ok     " : "PROBLEM")  \(check.name)  \(check.path)")
            for problem in problems { Console.print("         \(problem)") }
        }
        guard problemCount == 0 else {
            throw CommandFailure("\(directory.path) has \(problemCount) \(problemCount == 1 ? "problem" : "problems"); the lines above say what to do.")
        }
    }
}

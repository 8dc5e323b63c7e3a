import ArgumentParser
import Flux
import Foundation
import UniToken

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
        if let path { try ChosenModel.checkExists(path) }
        let place: String, checks: [ModelVerification.Check]
        if let path, UniTokenDirectory.isUniToken(path) {
            (place, checks) = (path, [ModelVerification.check(of: try UniTokenDirectory(path: path), readsWeights: !headersOnly)])
        } else {
            let directory = try ChosenModel(path).directory
            (place, checks) = (directory.path, ModelVerification(directory: directory, readsWeights: !headersOnly).checks)
        }
        var problemCount = 0
        for check in checks {
            let problems = try check.problems()
            problemCount += problems.count
            Console.print("\(problems.isEmpty ? "ok     " : "PROBLEM")  \(check.name)  \(check.path)")
            for problem in problems { Console.print("         \(problem)") }
        }
        guard problemCount == 0 else {
            throw CommandFailure("\(place) has \(problemCount) \(problemCount == 1 ? "problem" : "problems"); the lines above say what to do.")
        }
    }
}

import ArgumentParser
import Checkpoints
import Foundation
import Generation

/// Runs a command and turns its outcome into an exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
@main
enum Program {
    static func main() async {
        // A reader that goes away, as in `atelier … | head`, ends the write, not the program.
        signal(SIGPIPE, SIG_IGN)
        let code = await outcome()
        fflush(nil)
        // A cancelled computation may still be in libtorch; running its destructors now would pull the floor from under it.
        _exit(code)
    }

    private static func outcome() async -> Int32 {
        do {
            try CommandText.check()
            var command = try Atelier.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return 0
        } catch {
            return report(error)
        }
    }

    /// Says what went wrong, and gives the exit code for it.
    static func report(_ error: any Error) -> Int32 {
        if error is CancellationError {
            Console.error("Interrupted.")
            return ExitStatus.interrupted
        }
        switch error {
        case let error as ExitCode:
            return error.rawValue
        case let error as RequestError:
            Console.error("\(error.optionText)")
            return error.status
        case CheckpointError.incomplete(let report):
            Console.error("\(report.summary) 'atelier models verify' lists all of them.")
            return ExitStatus.failed
        default:
            return reportParsing(error)
        }
    }

    /// Help and version are errors to the argument parser too; they go to the standard output.
    private static func reportParsing(_ error: any Error) -> Int32 {
        switch Atelier.exitCode(for: error) {
        case .success:
            Console.print(Atelier.fullMessage(for: error))
            return ExitStatus.done
        case .validationFailure:
            Console.error(CommandText.usage(Atelier.message(for: error)))
            return ExitStatus.usage
        default:
            Console.error("\(error)")
            return ExitStatus.failed
        }
    }
}

/// What the program tells its caller.
enum ExitStatus {
    static let done: Int32 = 0
    static let failed: Int32 = 1
    static let usage: Int32 = 2
    static let interrupted: Int32 = 130
}

/// A failure whose text says what was wrong, what was expected and what to do.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension RequestError {
    /// The text, with values named as the options are.
    fileprivate var optionText: String {
        if case .invalid = self { "--\(self)" } else { description }
    }

    fileprivate var status: Int32 {
        if case .reference = self { ExitStatus.failed } else { ExitStatus.usage }
    }
}

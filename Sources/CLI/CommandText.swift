import ArgumentParser
import Foundation

/// The words of the command line as the system hands them over.
enum CommandText {
    /// Refuses words that are not UTF-8, which Swift would repair silently: the prompt would not be the one that was typed.
    static func check() throws {
        for index in 1..<max(1, Int(CommandLine.argc)) {
            guard let word = CommandLine.unsafeArgv[index] else { continue }
            if String(validatingCString: word) == nil {
                throw ValidationError(
                    "Word \(index) of the command line is not valid UTF-8. Set the terminal to UTF-8, or convert the text (iconv -t UTF-8).")
            }
        }
    }

    /// A message about wrong usage as one line that points to the right help page.
    static func usage(_ message: String) -> String {
        let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
        let end = line.last.map { ".!?".contains($0) } == true ? "" : "."
        return "\(line)\(end) '\(command) --help' explains the options."
    }

    /// The program and the subcommands that the words begin with: `atelier models pull`.
    private static var command: String {
        var words = [Atelier.configuration.commandName ?? ""]
        var subcommands = Atelier.configuration.subcommands
        for word in CommandLine.arguments.dropFirst() {
            guard let next = subcommands.first(where: { $0.configuration.commandName == word }) else { break }
            words.append(word)
            subcommands = next.configuration.subcommands
        }
        return words.joined(separator: " ")
    }
}

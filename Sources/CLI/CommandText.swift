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

    /// The parser's message as one line that points to the right help page.
    static func usage(_ message: String, help: String) -> String {
        let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
        let page = help.split(whereSeparator: \.isNewline).last { $0.contains("--help' for more information") }
        let command = page.flatMap { $0.split(separator: "'").dropFirst().first }.map(String.init) ?? "atelier --help"
        let end = line.last.map { ".!?)".contains($0) } == true ? "" : "."
        return "\(line)\(end) '\(command)' explains the options."
    }
}

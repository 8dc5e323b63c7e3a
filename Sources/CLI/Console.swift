import Foundation

/// Text for the person at the terminal.
enum Console {
    /// Whether the standard error is a terminal, so that a line can be drawn over.
    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Writes a line to the standard output: results, for people and pipes.
    static func print(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

    /// Writes a line to the standard error: progress and remarks.
    static func remark(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

    /// Writes a failure to the standard error.
    static func error(_ text: String) { remark("atelier: \(text)") }

    /// Draws over the terminal's current line.
    static func redraw(_ line: String) { write("\r\u{1B}[2K\(line)", to: STDERR_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) {
        // Unbuffered and straight to the descriptor: a closed pipe must neither raise nor block.
        FileHandle(fileDescriptor: descriptor, closeOnDealloc: false).writeQuietly(Data(text.utf8))
    }
}

extension FileHandle {
    fileprivate func writeQuietly(_ data: Data) { try? write(contentsOf: data) }
}

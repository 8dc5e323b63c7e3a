import Foundation

/// Text for the person at the terminal.
enum Console {
    /// Whether the standard error is a terminal on which a line can be drawn over.
    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb" }

    /// Characters on a line of the terminal; 80 where it does not say.
    static var columns: Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    /// Writes a line to the standard output: results, for people and pipes.
    static func print(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

    /// Writes text to the standard output as it is, without ending the line.
    static func write(_ text: String) { write(text, to: STDOUT_FILENO) }

    /// Writes a line to the standard error: progress and remarks.
    static func remark(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

    /// Writes a failure to the standard error.
    static func error(_ text: String) { remark("atelier: \(text)") }

    /// Draws over the terminal's current line. What does not fit is cut: a line that wraps could not be drawn over.
    static func redraw(_ line: String) { write("\r\u{1B}[2K\(line.prefix(columns - 1))", to: STDERR_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) {
        // Unbuffered and straight to the descriptor: a closed pipe must neither raise nor block.
        FileHandle(fileDescriptor: descriptor, closeOnDealloc: false).writeQuietly(Data(text.utf8))
    }
}

extension FileHandle {
    fileprivate func writeQuietly(_ data: Data) { try? write(contentsOf: data) }
}

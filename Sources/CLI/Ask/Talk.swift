import Foundation
import Generation
import Imaging

/// A conversation from the command line: one question, or lines of the standard input with all turns kept.
final class Talk {
    private let answerer: any Answerer
    /// A request without turns.
    private let base: AnswerRequest
    private let files: AnswerFiles
    private let report: any AnswerReport
    private var turns: [AnswerRequest.Turn] = []

    init(answerer: any Answerer, base: AnswerRequest, files: AnswerFiles, report: any AnswerReport) {
        (self.answerer, self.base, self.files, self.report) = (answerer, base, files, report)
    }

    /// Asks, shows the answer, and keeps both.
    func ask(_ question: String, _ pictures: [AnswerRequest.Picture], dump: DumpFile? = nil) async throws {
        var request = base, turn = AnswerRequest.Turn(question, pictures: pictures)
        request.turns = turns + [turn]
        for try await event in answerer.answer(request, dump: dump) {
            report.report(event)
            switch event {
            case .row(let number, _, _, let preview?): report.saved(try files.save(preview, isWhole: false), picture: number, isWhole: false)
            case .picture(let number, let image): report.saved(try files.save(image, isWhole: true), picture: number, isWhole: true)
            case .finished(let result):
                turn.answer = .tokens(result.tokens)
                turns.append(turn)
                return
            default: break
            }
        }
        // A stream ends without an answer only when its task was cancelled.
        throw CancellationError()
    }

    /// Asks every line of the standard input until its end.
    ///
    /// - Parameter pictures: shown with the first question.
    func goOn(with pictures: [AnswerRequest.Picture]) async throws {
        var input = InputLines(), pictures = pictures
        while let line = try input.next(prompt: "> ") {
            let words = line.trimmingCharacters(in: .whitespaces)
            if words == "/end" { return }
            do {
                if words.hasPrefix("/image ") {
                    let path = words.dropFirst("/image ".count).trimmingCharacters(in: .whitespaces)
                    pictures.append(.init(name: path, image: try PictureFile.read(path)))
                } else if !words.isEmpty {
                    try await ask(line, pictures)
                    pictures = []
                }
            } catch let error as CancellationError {
                throw error
            } catch {
                // What one question does wrong does not end the talk.
                Console.error("\(error)")
            }
        }
    }
}

/// Lines of the standard input, waited for in a way that Ctrl-C can end.
struct InputLines {
    private var waiting: [UInt8] = []
    private var isAtEnd = false

    /// The next line without its end; nil after the last one.
    ///
    /// - Parameter prompt: shown to a person who types.
    /// - Throws: `CancellationError`.
    mutating func next(prompt: String) throws -> String? {
        if isatty(STDIN_FILENO) == 1 { FileHandle.standardError.write(Data(prompt.utf8)) }
        while true {
            if let end = waiting.firstIndex(of: UInt8(ascii: "\n")) {
                defer { waiting.removeSubrange(...end) }
                return String(decoding: waiting[..<end], as: UTF8.self)
            }
            if isAtEnd {
                defer { waiting = [] }
                return waiting.isEmpty ? nil : String(decoding: waiting, as: UTF8.self)
            }
            try Task.checkCancellation()
            var descriptor = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            guard poll(&descriptor, 1, 100) > 0 else { continue }
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = read(STDIN_FILENO, &bytes, bytes.count)
            if count <= 0 { isAtEnd = true } else { waiting += bytes.prefix(count) }
        }
    }
}

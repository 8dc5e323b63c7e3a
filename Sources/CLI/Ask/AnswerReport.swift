import Foundation
import Generation
import Imaging

/// Shows an answer as it comes.
protocol AnswerReport {
    func report(_ event: AnswerEvent)
    /// A picture of the answer, or what there is of it so far, is saved.
    func saved(_ path: String, picture: Int, isWhole: Bool)
}

/// The words of the answer on the standard output, everything else on the standard error.
final class TextAnswer: AnswerReport {
    /// Whether the cursor is behind text of the answer.
    private var isInLine = false

    func report(_ event: AnswerEvent) {
        switch event {
        case .began(let stage):
            guard Console.isTerminal else { return Console.remark(stage.description) }
            Console.redraw(stage == .answering ? "" : "\(stage.description) …")
        case .note(let text): Console.remark("note: \(text)")
        case .token(_, let text) where !text.isEmpty:
            Console.write(text)
            isInLine = true
        case .row(_, let row, let count, _):
            if Console.isTerminal { Console.redraw("Drawing, row \(row) of \(count)") } else { Console.remark("Drawing, row \(row) of \(count)") }
        case .finished(let result):
            endLine()
            let speed = Double(result.tokens.count) / max(result.answeringSeconds, 1e-9)
            Console.remark(String(
                format: "%d tokens read in %.1f s, %d written in %.1f s, %.1f a second", result.promptTokenCount, result.readingSeconds,
                result.tokens.count, result.answeringSeconds, speed))
            if result.ending == .maxTokens { Console.remark("note: The answer was cut off at --max-tokens.") }
        case .read, .token, .picture: break
        }
    }

    func saved(_ path: String, picture: Int, isWhole: Bool) {
        guard isWhole else { return }
        if Console.isTerminal { Console.redraw("") }
        endLine()
        Console.print(path)
    }

    private func endLine() {
        if isInLine { Console.print("") }
        isInLine = false
    }
}

/// One JSON object per line on the standard output.
struct JSONAnswer: AnswerReport {
    /// The fields of all events; each event fills its own.
    private struct Line: Encodable {
        let event: String
        var stage: String?
        var id: Int?
        var text: String?
        var picture: Int?
        var row: Int?
        var of: Int?
        var path: String?
        var width: Int?
        var height: Int?
        var tokens: Int?
        var promptTokens: Int?
        var ending: String?
        var readingSeconds: Double?
        var answeringSeconds: Double?

        enum CodingKeys: String, CodingKey {
            case event, stage, id, text, picture, row, of, path, width, height, tokens, ending
            case promptTokens = "prompt_tokens"
            case readingSeconds = "reading_seconds"
            case answeringSeconds = "answering_seconds"
        }
    }

    func report(_ event: AnswerEvent) {
        switch event {
        case .began(let stage): write(Line(event: "stage", stage: stage.rawValue))
        case .note(let text): write(Line(event: "note", text: text))
        case .read(let tokens): write(Line(event: "read", promptTokens: tokens))
        case .token(let id, let text): write(Line(event: "token", id: id, text: text))
        case .row(let picture, let row, let count, _): write(Line(event: "row", picture: picture, row: row, of: count))
        case .picture(let number, let image): write(Line(event: "picture", picture: number, width: image.width, height: image.height))
        case .finished(let result):
            write(Line(
                event: "finished", text: result.text, tokens: result.tokens.count, promptTokens: result.promptTokenCount,
                ending: result.ending.rawValue, readingSeconds: result.readingSeconds, answeringSeconds: result.answeringSeconds))
        }
    }

    func saved(_ path: String, picture: Int, isWhole: Bool) { write(Line(event: isWhole ? "saved" : "preview", picture: picture, path: path)) }

    private func write(_ line: Line) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Seconds are finite, so every line can be encoded.
        if let data = try? encoder.encode(line) { Console.print(String(decoding: data, as: UTF8.self)) }
    }
}

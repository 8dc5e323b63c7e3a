import Evaluation
import Foundation
import Synchronization

/// Shows how far an evaluation is: one line that is drawn over, or a line now and then where the output is no terminal.
final class EvaluationProgress: Sendable {
    private let isShown: Bool
    private let last = Mutex<ContinuousClock.Instant?>(nil)

    /// - Parameter isShown: false for all but one of several processes.
    init(isShown: Bool) { self.isShown = isShown }

    func report(_ progress: WorldEvaluation.Progress) {
        guard isShown else { return }
        let now = ContinuousClock.now
        let isDue = last.withLock { last in
            if let last, now - last < .seconds(Console.isTerminal ? 0.2 : 30), progress.done < progress.count { return false }
            last = now
            return true
        }
        guard isDue else { return }
        let rate = progress.seconds > 0 ? Double(progress.drawn) / progress.seconds : 0
        var text = "\(progress.done)/\(progress.count) examples"
        if rate > 0 { text += String(format: "  %.2f/s  ", rate) + TrainingProgress.duration(progress.secondsLeft) + " left" }
        if Console.isTerminal { Console.redraw(text) } else { Console.remark(text) }
    }

    func ended() { if isShown, Console.isTerminal { Console.redraw("") } }
}

/// Scores as lines for the terminal.
struct EvaluationTable {
    private let scores: Scores
    private let comparison: Comparison?

    init(_ scores: Scores, _ comparison: Comparison?) {
        self.scores = scores
        self.comparison = comparison
    }

    var text: String {
        var lines = scores.rows.map { row in
            let ceiling = row.ofCeiling.map { String(format: "  %.2f of ceiling", $0.value) } ?? ""
            return Self.padded(row.title) + String(format: "%.3f (%.3f to %.3f)", row.made.value, row.made.low, row.made.high) + ceiling
        }
        if let comparison {
            lines.append("against \(comparison.against):")
            lines += comparison.rows.map { row in
                Self.padded(row.title)
                    + String(format: "%+.3f (%+.3f to %+.3f)  ", row.difference.value, row.difference.low, row.difference.high) + row.verdict.rawValue
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func padded(_ title: String) -> String { title.padding(toLength: max(52, title.count + 2), withPad: " ", startingAt: 0) }
}

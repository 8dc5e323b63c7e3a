import Evaluation
import Foundation

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

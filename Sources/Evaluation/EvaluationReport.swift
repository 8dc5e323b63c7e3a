import Generation

/// Scores, perhaps beside those of another folder, as JSON, Markdown and a page to look at.
public struct EvaluationReport: Sendable {
    public let scores: Scores
    public let comparison: Comparison?
    let results: EvaluationResults

    /// - Throws: `EvaluationError.notComparable`.
    public init(_ results: EvaluationResults, against: EvaluationResults? = nil) throws(EvaluationError) {
        self.results = results
        scores = Scores(results.records, results.settings)
        var comparison: Comparison?
        if let against { comparison = try Comparison(results, against: against) }
        self.comparison = comparison
    }

    /// Writes `scores.json`, `report.md` and `report.html` into the results' folder.
    public func write() throws {
        try EvaluationFolder.write(EvaluationFolder.json(File(scores: scores, comparison: comparison)), to: "\(results.folder)/scores.json")
        try EvaluationFolder.write(markdown, to: "\(results.folder)/report.md")
        try EvaluationFolder.write(EvaluationPage(self).html(), to: "\(results.folder)/report.html")
    }

    private struct File: Codable {
        let scores: Scores
        let comparison: Comparison?
    }

    // MARK: text

    /// Tables of all scores.
    public var markdown: String {
        var lines = ["# \(title)", "", "\(summary).", ""]
        lines += ["| measure | made, 95 % | of the ceiling | autoencoder | true pictures | chance |", "|---|---|---|---|---|---|"]
        for row in scores.rows {
            lines.append("| \(row.title)\(row.isBetterHigher ? "" : " (lower is better)") | \(row.made.text) | \(row.ofCeiling?.text ?? "") "
                + "| \(row.roundTrip?.text ?? "") | \(row.truth.text) | \(row.chance.map(Estimate.short) ?? "") |")
        }
        lines += ["", Self.explanation]
        if let comparison {
            lines += ["", "## Against \(comparison.against)", "", "| measure | here | there | difference, 95 % | |", "|---|---|---|---|---|"]
            for row in comparison.rows {
                lines.append("| \(row.title) | \(Estimate.short(row.here)) | \(Estimate.short(row.there)) | \(row.difference.text) | \(row.verdict.rawValue) |")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    var title: String { "\(scores.settings.model.isEmpty ? "Scores" : scores.settings.model) on the world" }

    var summary: String {
        let settings = scores.settings
        var text = "\(scores.count) of \(settings.count) held-out examples with \(settings.references) reference\(settings.references == 1 ? "" : "s"), seed \(settings.seed)"
        if let steps = settings.stepCount { text += ", \(steps) steps" }
        if let scale = settings.trueCFG { text += ", true CFG \(scale)" }
        return text + ", positions \(settings.positions.rawValue)"
    }

    static let explanation = """
        Subjects were never seen in training, and captions name their kind alone. "First of 8 of its kind" asks whether a toy is more \
        like its own reference than like seven others of the same kind, so the caption cannot help. The ceiling is what the readings \
        give on the true pictures after the model's autoencoder; "true pictures" are read as they are. Leakage is how much more a toy \
        is like the other subject's reference than like other toys of that kind. Intervals of rates are Wilson's, all others come from \
        1000 bootstrap resamples of examples.
        """
}

extension Estimate {
    /// "0.94 (0.91 to 0.96)".
    var text: String { "\(Self.short(value)) (\(Self.short(low)) to \(Self.short(high)))" }

    /// Three digits behind the point.
    static func short(_ value: Double) -> String {
        guard value.isFinite else { return "?" }
        let thousandths = Int((abs(value) * 1000).rounded())
        let digits = String(thousandths % 1000)
        let sign = value < 0 && thousandths > 0 ? "-" : ""
        return "\(sign)\(thousandths / 1000).\(String(repeating: "0", count: 3 - digits.count))\(digits)"
    }
}

/// What a model got on the world, measure by measure.
public struct Scores: Sendable, Codable, Equatable {
    public let settings: EvaluationSettings
    /// Examples that are scored; fewer than asked for while an evaluation goes on.
    public let count: Int
    public let rows: [Row]

    /// One measure.
    public struct Row: Sendable, Codable, Equatable {
        public let name, title: String
        public let chance: Double?
        public let isBetterHigher: Bool
        /// Of the pictures made, of the true ones, and of those through the model's autoencoder.
        public let made, truth: Estimate
        public let roundTrip: Estimate?
        /// The pictures made, as a share of what the autoencoder lets through; where there is no such reading, of the truth.
        public let ofCeiling: Estimate?
    }

    /// The scores of records, however many there are.
    public init(_ records: [ExampleRecord], _ settings: EvaluationSettings) {
        self.settings = settings
        count = records.count
        rows = Measure.all(references: settings.references).compactMap { Row($0, records) }
    }

    public subscript(name: String) -> Row? { rows.first { $0.name == name } }
}

extension Scores.Row {
    /// Nil where no record has the measure.
    fileprivate init?(_ measure: Measure, _ records: [ExampleRecord]) {
        var made: [Double] = [], truth: [Double] = [], roundTrip: [Double] = []
        for record in records {
            guard let value = measure.value(record, record.made), let best = measure.value(record, record.truth) else { continue }
            made.append(value)
            truth.append(best)
            if let reading = record.roundTrip, let value = measure.value(record, reading) { roundTrip.append(value) }
        }
        guard !made.isEmpty else { return nil }
        (name, title, chance, isBetterHigher) = (measure.name, measure.title, measure.chance, measure.isBetterHigher)
        self.made = Statistics.mean(made)
        self.truth = Statistics.mean(truth)
        let isWhole = roundTrip.count == made.count
        self.roundTrip = isWhole ? Statistics.mean(roundTrip) : nil
        // A share of an error, or of a leakage near zero, says nothing.
        ofCeiling = measure.isBetterHigher ? Statistics.ratio(made, to: isWhole ? roundTrip : truth) : nil
    }
}

/// Two results on the same examples, subtracted.
public struct Comparison: Sendable, Codable, Equatable {
    /// The folder that is compared with.
    public let against: String
    public let rows: [Row]

    public struct Row: Sendable, Codable, Equatable {
        public let name, title: String
        public let isBetterHigher: Bool
        /// Of the examples that both have.
        public let here, there: Double
        /// Here minus there.
        public let difference: Estimate

        /// Whether zero lies outside the interval, and on which side.
        public var verdict: Verdict {
            if difference.low > 0 { return isBetterHigher ? .better : .worse }
            if difference.high < 0 { return isBetterHigher ? .worse : .better }
            return .undecided
        }
    }

    public enum Verdict: String, Sendable, Codable {
        case better, worse, undecided
    }

    /// - Throws: `EvaluationError.notComparable` where the two were asked for other pictures.
    public init(_ here: EvaluationResults, against there: EvaluationResults) throws(EvaluationError) {
        if let difference = here.settings.questionDifference(there.settings) {
            throw .notComparable(folder: there.folder, difference: difference)
        }
        let others = Dictionary(there.records.map { ($0.index, $0) }) { first, _ in first }
        let pairs = here.records.compactMap { record in others[record.index].map { (record, $0) } }
        guard !pairs.isEmpty else { throw .notComparable(folder: there.folder, difference: "no example is in both") }
        against = there.folder
        rows = Measure.all(references: here.settings.references).compactMap { measure in
            let values = pairs.compactMap { a, b in
                measure.value(a, a.made).flatMap { value in measure.value(b, b.made).map { (value, $0) } }
            }
            guard !values.isEmpty else { return nil }
            let (ours, theirs) = (values.map(\.0), values.map(\.1))
            return Row(
                name: measure.name, title: measure.title, isBetterHigher: measure.isBetterHigher, here: ours.reduce(0, +) / Double(ours.count),
                there: theirs.reduce(0, +) / Double(theirs.count), difference: Statistics.pairedDifference(ours, theirs))
        }
    }
}

/// What was made and what was kept: `summary.json`.
public struct SynthesisSummary: Sendable, Codable, Equatable {
    /// Scenes that pairs were made of, and those left out.
    public let scenes, skipped: Int
    /// Why scenes were left out; the first ones.
    public let problems: [String]
    public let pairs, kept: Int
    /// Of the pairs.
    public let keptShare: Double
    /// The lowest similarity of a pair that was kept, that of its least similar subject; nil where nothing was compared.
    public let threshold: Double?
    /// Of every pair's least similar subject.
    public let similarity: Distribution?
    /// Mean similarity of the first drawing of each subject, and of the best one.
    public let firstTry, bestTry: Double?

    public struct Distribution: Sendable, Codable, Equatable {
        public let mean, lowest, lowerQuartile, median, upperQuartile, highest: Double

        init?(_ values: [Double]) {
            guard !values.isEmpty else { return nil }
            let sorted = values.sorted()
            func quantile(_ share: Double) -> Double { sorted[Int((share * Double(sorted.count - 1)).rounded())] }
            mean = values.reduce(0, +) / Double(values.count)
            (lowest, lowerQuartile, median, upperQuartile, highest) = (quantile(0), quantile(0.25), quantile(0.5), quantile(0.75), quantile(1))
        }
    }

    init(_ records: [SceneRecord], _ pairs: [SynthesizedPair], kept: [Int]) {
        let failed = records.compactMap { record in record.problem.map { "\(record.name): \($0)" } }
        scenes = records.count - failed.count
        skipped = failed.count
        problems = Array(failed.prefix(20))
        self.pairs = pairs.count
        self.kept = kept.count
        keptShare = pairs.isEmpty ? 0 : Double(kept.count) / Double(pairs.count)
        threshold = kept.compactMap { pairs[$0].similarity }.min()
        similarity = Distribution(pairs.compactMap(\.similarity))
        let tries = pairs.flatMap(\.tries).filter { !$0.isEmpty }
        firstTry = Distribution(tries.compactMap(\.first))?.mean
        bestTry = Distribution(tries.compactMap { $0.max() })?.mean
    }
}

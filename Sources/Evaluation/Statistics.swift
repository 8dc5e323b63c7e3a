/// A number with the range it lies in, nineteen times of twenty.
public struct Estimate: Sendable, Codable, Equatable {
    public let value: Double
    public let low, high: Double
    /// Examples it was measured on.
    public let count: Int

    public init(value: Double, low: Double, high: Double, count: Int) {
        self.value = value
        self.low = low
        self.high = high
        self.count = count
    }
}

/// Intervals of 95 percent.
public enum Statistics {
    private static let quantile = 1.959963984540054
    private static let resamples = 1000

    /// Wilson's score interval of a rate. Source: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927).
    public static func wilson(successes: Int, of count: Int) -> Estimate {
        guard count > 0 else { return Estimate(value: .nan, low: 0, high: 1, count: 0) }
        let n = Double(count), rate = Double(successes) / n, z = quantile
        let middle = (rate + z * z / (2 * n)) / (1 + z * z / n)
        let reach = z / (1 + z * z / n) * (rate * (1 - rate) / n + z * z / (4 * n * n)).squareRoot()
        return Estimate(value: rate, low: max(0, middle - reach), high: min(1, middle + reach), count: count)
    }

    /// The mean: with Wilson's interval where all values are 0 or 1, else with the bootstrap's.
    public static func mean(_ values: [Double]) -> Estimate {
        if values.allSatisfy({ $0 == 0 || $0 == 1 }) {
            return wilson(successes: values.count { $0 == 1 }, of: values.count)
        }
        return bootstrap(values.count) { sample in average(sample.lazy.map { values[$0] }) }
    }

    /// The mean difference of values measured on the same examples.
    public static func pairedDifference(_ a: [Double], _ b: [Double]) -> Estimate {
        let differences = zip(a, b).map { $0 - $1 }
        return bootstrap(differences.count) { sample in average(sample.lazy.map { differences[$0] }) }
    }

    /// The quotient of two means over the same examples.
    public static func ratio(_ a: [Double], to b: [Double]) -> Estimate {
        bootstrap(min(a.count, b.count)) { sample in
            average(sample.lazy.map { a[$0] }) / max(average(sample.lazy.map { b[$0] }), 1e-9)
        }
    }

    /// A statistic of examples, and its spread over examples drawn anew with replacement; always the same draws.
    private static func bootstrap(_ count: Int, _ statistic: ([Int]) -> Double) -> Estimate {
        guard count > 0 else { return Estimate(value: .nan, low: .nan, high: .nan, count: 0) }
        var random = Draws(state: 0x5EED)
        var sample = Array(0..<count)
        let value = statistic(sample)
        var drawn: [Double] = []
        drawn.reserveCapacity(resamples)
        for _ in 0..<resamples {
            for place in sample.indices { sample[place] = random.below(count) }
            drawn.append(statistic(sample))
        }
        drawn.sort()
        return Estimate(value: value, low: drawn[resamples / 40], high: drawn[resamples - 1 - resamples / 40], count: count)
    }

    private static func average(_ values: some Collection<Double>) -> Double { values.reduce(0, +) / Double(values.count) }

    /// Splitmix64.
    private struct Draws {
        var state: UInt64

        mutating func below(_ count: Int) -> Int {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return Int((z ^ (z >> 31)).multipliedFullWidth(by: UInt64(count)).high)
        }
    }
}

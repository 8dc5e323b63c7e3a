import Evaluation
import Testing

@Suite struct StatisticsTests {
    /// Against the formula worked out by hand: z = 1.959964, n = 10, p = 0.8.
    @Test func wilsonIsTheFormula() {
        let estimate = Statistics.wilson(successes: 8, of: 10)
        #expect(estimate.value == 0.8)
        #expect(abs(estimate.low - 0.490162) < 1e-5 && abs(estimate.high - 0.943318) < 1e-5, "\(estimate)")
        // Certainty needs more than a few examples.
        let all = Statistics.wilson(successes: 500, of: 500)
        #expect(all.high == 1 && abs(all.low - 0.992376) < 1e-5, "\(all)")
        #expect(Statistics.wilson(successes: 0, of: 0).count == 0)
    }

    @Test func meansOfRatesAreWilsons() {
        #expect(Statistics.mean([1, 0, 1, 1]) == Statistics.wilson(successes: 3, of: 4))
    }

    /// The bootstrap of a mean comes near the normal interval: values 0, 0.5, 1 in equal shares have deviation 0.408.
    @Test func bootstrapIsAsWideAsTheSpreadSays() {
        let values = (0..<300).map { Double($0 % 3) / 2 }
        let estimate = Statistics.mean(values), expected = 1.96 * 0.40825 / 300.0.squareRoot()
        #expect(estimate.value == 0.5)
        #expect(abs((estimate.high - estimate.low) / 2 - expected) < 0.1 * expected, "\(estimate)")
        #expect(estimate == Statistics.mean(values))
    }

    @Test func pairedDifferencesIgnoreWhatBothShare() {
        let hard = (0..<200).map { Double($0 % 10) }, easy = hard.map { $0 + 0.1 }
        let difference = Statistics.pairedDifference(easy, hard)
        #expect(abs(difference.value - 0.1) < 1e-9 && difference.high - difference.low < 1e-9)
    }

    @Test func ratiosAreOfMeans() {
        let estimate = Statistics.ratio([1, 0, 1, 0], to: [1, 1, 1, 0])
        #expect(abs(estimate.value - 2.0 / 3) < 1e-9)
        #expect(estimate.low <= estimate.value && estimate.value <= estimate.high)
    }
}

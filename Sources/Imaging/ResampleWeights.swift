/// For every output position of one axis: which input positions it gathers, and their fixed-point weights.
///
/// Source: Pillow, Resample.c, `precompute_coeffs` and `normalize_coeffs_8bpc`.
struct ResampleWeights {
    /// Fraction bits of a weight: 32 less 8 for the pixel and 2 for the overshoot of the filter's lobes.
    static let fractionBits: Int32 = 22

    /// First input position of each output position.
    private(set) var starts: [Int] = []
    /// Count of input positions of each output position.
    private(set) var counts: [Int] = []
    /// Weights of output position `i` at `i * stride ..< i * stride + counts[i]`.
    private(set) var weights: [Int32]
    let stride: Int

    /// - Parameter outputs: the output positions that are wanted; nil for all. Lists hold these alone.
    init(from inputLength: Int, to outputLength: Int, filter: ResampleFilter, outputs: Range<Int>? = nil) {
        let outputs = outputs ?? 0..<outputLength
        let scale = Double(inputLength) / Double(outputLength)
        let filterScale = max(scale, 1)
        let support = filter.support * filterScale
        stride = Int(support.rounded(.up)) * 2 + 1
        weights = [Int32](repeating: 0, count: outputs.count * stride)
        for (place, position) in outputs.enumerated() {
            let centre = (Double(position) + 0.5) * scale
            let start = max(Int(centre - support + 0.5), 0)
            let end = min(Int(centre + support + 0.5), inputLength)
            // Multiplied by the reciprocal, as the original does; a division would differ in the last bit.
            let exact = (start..<end).map { filter.weight((Double($0) - centre + 0.5) * (1 / filterScale)) }
            let sum = exact.reduce(0, +)
            starts.append(start)
            counts.append(end - start)
            for (tap, weight) in exact.enumerated() {
                weights[place * stride + tap] = Self.fixedPoint(sum == 0 ? weight : weight / sum)
            }
        }
    }

    /// Rounds half away from zero, by truncation as in C.
    private static func fixedPoint(_ weight: Double) -> Int32 {
        Int32((weight < 0 ? -0.5 : 0.5) + weight * Double(1 << fractionBits))
    }
}

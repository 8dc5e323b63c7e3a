/// The two passes of a resize over interleaved 8-bit samples, with an 8-bit image between them.
///
/// Source: Pillow, Resample.c, `ImagingResampleHorizontal_8bpc` and `ImagingResampleVertical_8bpc`.
enum ResamplePass {
    private static let half: Int32 = 1 << (ResampleWeights.fractionBits - 1)

    /// - Parameters:
    ///   - pixels: `[rowCount, inputWidth, channelCount]`
    ///   - columns: Columns of the output that are wanted; the result is `[rowCount, columns, channelCount]`.
    static func horizontal(
        _ pixels: [UInt8], rowCount: Int, inputWidth: Int, fullWidth: Int, columns: Range<Int>, channelCount: Int, filter: ResampleFilter
    ) -> [UInt8] {
        let plan = ResampleWeights(from: inputWidth, to: fullWidth, filter: filter, outputs: columns), outputWidth = columns.count
        let outputCount = rowCount * outputWidth * channelCount
        return [UInt8](unsafeUninitializedCapacity: outputCount) { output, filled in
            pixels.withUnsafeBufferPointer { input in
                plan.weights.withUnsafeBufferPointer { weights in
                    for y in 0..<rowCount {
                        let row = UnsafeBufferPointer(rebasing: input[y * inputWidth * channelCount..<(y + 1) * inputWidth * channelCount])
                        let result = UnsafeMutableBufferPointer(
                            rebasing: output[y * outputWidth * channelCount..<(y + 1) * outputWidth * channelCount])
                        switch channelCount {
                        case 1: gather1(row, into: result, plan, weights)
                        case 3: gather3(row, into: result, plan, weights)
                        default: gather(row, into: result, plan, weights, channelCount)
                        }
                    }
                }
            }
            filled = outputCount
        }
    }

    /// - Parameters:
    ///   - pixels: `[inputHeight, rowLength]`, where a row is all samples of a line.
    ///   - rows: Rows of the output that are wanted; the result is `[rows, rowLength]`.
    static func vertical(
        _ pixels: [UInt8], rowLength: Int, inputHeight: Int, fullHeight: Int, rows: Range<Int>, filter: ResampleFilter
    ) -> [UInt8] {
        let plan = ResampleWeights(from: inputHeight, to: fullHeight, filter: filter, outputs: rows), outputHeight = rows.count
        var sums = [Int32](repeating: 0, count: rowLength)
        return [UInt8](unsafeUninitializedCapacity: outputHeight * rowLength) { output, filled in
            pixels.withUnsafeBufferPointer { input in
                sums.withUnsafeMutableBufferPointer { sums in
                    for y in 0..<outputHeight {
                        sums.update(repeating: half)
                        for tap in 0..<plan.counts[y] {
                            let weight = plan.weights[y * plan.stride + tap]
                            let source = (plan.starts[y] + tap) * rowLength
                            for x in 0..<rowLength { sums[x] &+= Int32(truncatingIfNeeded: input[source &+ x]) &* weight }
                        }
                        for x in 0..<rowLength { output[y &* rowLength &+ x] = clipped(sums[x]) }
                    }
                }
            }
            filled = outputHeight * rowLength
        }
    }

    @inline(__always) private static func clipped(_ sum: Int32) -> UInt8 {
        UInt8(truncatingIfNeeded: min(max(sum &>> ResampleWeights.fractionBits, 0), 255))
    }

    private static func gather1(
        _ row: UnsafeBufferPointer<UInt8>, into result: UnsafeMutableBufferPointer<UInt8>, _ plan: ResampleWeights,
        _ weights: UnsafeBufferPointer<Int32>
    ) {
        for x in 0..<plan.starts.count {
            var sum = half
            let (source, first) = (plan.starts[x], x &* plan.stride)
            for tap in 0..<plan.counts[x] { sum &+= Int32(truncatingIfNeeded: row[source &+ tap]) &* weights[first &+ tap] }
            result[x] = clipped(sum)
        }
    }

    private static func gather3(
        _ row: UnsafeBufferPointer<UInt8>, into result: UnsafeMutableBufferPointer<UInt8>, _ plan: ResampleWeights,
        _ weights: UnsafeBufferPointer<Int32>
    ) {
        for x in 0..<plan.starts.count {
            var (red, green, blue) = (half, half, half)
            var source = plan.starts[x] &* 3
            let first = x &* plan.stride
            for tap in 0..<plan.counts[x] {
                let weight = weights[first &+ tap]
                red &+= Int32(truncatingIfNeeded: row[source]) &* weight
                green &+= Int32(truncatingIfNeeded: row[source &+ 1]) &* weight
                blue &+= Int32(truncatingIfNeeded: row[source &+ 2]) &* weight
                source &+= 3
            }
            result[x &* 3] = clipped(red)
            result[x &* 3 &+ 1] = clipped(green)
            result[x &* 3 &+ 2] = clipped(blue)
        }
    }

    private static func gather(
        _ row: UnsafeBufferPointer<UInt8>, into result: UnsafeMutableBufferPointer<UInt8>, _ plan: ResampleWeights,
        _ weights: UnsafeBufferPointer<Int32>, _ channelCount: Int
    ) {
        for x in 0..<plan.starts.count {
            let (source, first) = (plan.starts[x] &* channelCount, x &* plan.stride)
            for channel in 0..<channelCount {
                var sum = half
                for tap in 0..<plan.counts[x] {
                    sum &+= Int32(truncatingIfNeeded: row[source &+ tap &* channelCount &+ channel]) &* weights[first &+ tap]
                }
                result[x &* channelCount &+ channel] = clipped(sum)
            }
        }
    }
}

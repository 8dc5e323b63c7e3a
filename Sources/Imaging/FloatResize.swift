/// Resizes float planes as torchvision's `resize` of tensors does: bilinear, antialias on, `align_corners` off.
///
/// The picture is stretched to the new size. Unlike `PixelImage.resized`, which equals Pillow's 8-bit resize, nothing is
/// rounded to bytes between the passes. Source: PyTorch, UpSampleKernel.cpp, `_compute_indices_min_size_weights_aa` and
/// `cpu_upsample_generic_aa`; both passes compute in single precision, the horizontal one first.
public struct FloatResize: Sendable {
    /// Size of the planes that come in.
    public let from: PixelSize
    /// Size of the planes that go out.
    public let to: PixelSize
    private let columns: TriangleWeights
    private let rows: TriangleWeights

    /// Prepares the weights of both axes; one value serves any number of pictures of one size.
    ///
    /// - Parameters:
    ///   - from: At least one pixel.
    ///   - to: At least one pixel.
    public init(from: PixelSize, to: PixelSize) {
        precondition(
            from.width > 0 && from.height > 0 && to.width > 0 && to.height > 0,
            "Planes are resized between sizes of at least one pixel, not from \(from) to \(to).")
        self.from = from
        self.to = to
        columns = TriangleWeights(from: from.width, to: to.width)
        rows = TriangleWeights(from: from.height, to: to.height)
    }

    /// - Parameters:
    ///   - planes: `[count, from.height, from.width]`, any finite values.
    ///   - count: Number of planes.
    /// - Returns: `[count, to.height, to.width]`.
    public func callAsFunction(_ planes: [Float], count: Int) -> [Float] {
        precondition(
            planes.count == count * from.area, "\(count) planes of \(from) have \(count * from.area) values; \(planes.count) were given.")
        return planes.withUnsafeBufferPointer { input in
            resized(planeCount: count) { plane, y, line in
                let start = (plane * from.height + y) * from.width
                for x in 0..<line.count { line[x] = input[start &+ x] }
            }
        }
    }

    /// Resizes a picture whose bytes stand for other values.
    ///
    /// - Parameters:
    ///   - image: Of the size `from`.
    ///   - values: What each of the 256 bytes stands for.
    /// - Returns: `[channels, to.height, to.width]`, one plane per channel.
    public func callAsFunction(_ image: PixelImage, values: [Float]) -> [Float] {
        precondition(image.size == from, "The picture is \(image.size), the resize was prepared for \(from).")
        precondition(values.count == 256, "A byte has 256 values; \(values.count) were given.")
        let channelCount = image.channelCount
        return image.pixels.withUnsafeBufferPointer { pixels in
            values.withUnsafeBufferPointer { values in
                resized(planeCount: channelCount) { plane, y, line in
                    var place = y * from.width * channelCount + plane
                    for x in 0..<line.count {
                        line[x] = values[Int(pixels[place])]
                        place &+= channelCount
                    }
                }
            }
        }
    }

    /// Plane by plane: every row is narrowed as soon as it is read, so that a large picture is never held as floats.
    private func resized(
        planeCount: Int, readRow: (_ plane: Int, _ y: Int, _ line: UnsafeMutableBufferPointer<Float>) -> Void
    ) -> [Float] {
        var line = [Float](repeating: 0, count: from.width)
        var narrow = [Float](repeating: 0, count: from.height * to.width)
        return [Float](unsafeUninitializedCapacity: planeCount * to.area) { output, filled in
            line.withUnsafeMutableBufferPointer { line in
                narrow.withUnsafeMutableBufferPointer { narrow in
                    for plane in 0..<planeCount {
                        for y in 0..<from.height {
                            readRow(plane, y, line)
                            narrowed(line, into: UnsafeMutableBufferPointer(rebasing: narrow[y * to.width..<(y + 1) * to.width]))
                        }
                        shortened(narrow, into: UnsafeMutableBufferPointer(rebasing: output[plane * to.area..<(plane + 1) * to.area]))
                    }
                }
            }
            filled = planeCount * to.area
        }
    }

    private func narrowed(_ line: UnsafeMutableBufferPointer<Float>, into result: UnsafeMutableBufferPointer<Float>) {
        columns.weights.withUnsafeBufferPointer { weights in
            for x in 0..<result.count {
                var sum: Float = 0
                let (source, first) = (columns.starts[x], x &* columns.stride)
                for tap in 0..<columns.counts[x] { sum += line[source &+ tap] * weights[first &+ tap] }
                result[x] = sum
            }
        }
    }

    private func shortened(_ narrow: UnsafeMutableBufferPointer<Float>, into result: UnsafeMutableBufferPointer<Float>) {
        let width = to.width
        for y in 0..<to.height {
            let row = UnsafeMutableBufferPointer(rebasing: result[y * width..<(y + 1) * width])
            row.initialize(repeating: 0)
            for tap in 0..<rows.counts[y] {
                let weight = rows.weights[y * rows.stride + tap]
                let source = (rows.starts[y] + tap) * width
                for x in 0..<width { row[x] += narrow[source &+ x] * weight }
            }
        }
    }
}

/// For every output position of one axis: which input positions it gathers, and their weights.
///
/// Source: PyTorch, UpSampleKernel.cpp, `_compute_indices_min_size_weights_aa` with the triangle filter.
private struct TriangleWeights {
    private(set) var starts: [Int] = []
    private(set) var counts: [Int] = []
    /// Weights of output position `i` at `i * stride ..< i * stride + counts[i]`.
    private(set) var weights: [Float]
    let stride: Int

    init(from inputLength: Int, to outputLength: Int) {
        let scale = Float(inputLength) / Float(outputLength)
        let support = max(scale, 1)
        let inverse = 1 / support
        stride = Int(support.rounded(.up)) * 2 + 1
        weights = [Float](repeating: 0, count: outputLength * stride)
        for position in 0..<outputLength {
            let centre = Float(Double(scale) * (Double(position) + 0.5))
            let start = max(Int(Double(centre - support) + 0.5), 0)
            let end = min(Int(Double(centre + support) + 0.5), inputLength)
            let count = min(max(end - start, 0), stride)
            var total: Float = 0
            for tap in 0..<count {
                let distance = abs(Float((Double(Float(tap + start) - centre) + 0.5) * Double(inverse)))
                let weight = distance < 1 ? 1 - distance : 0
                weights[position * stride + tap] = weight
                total += weight
            }
            if total != 0 { for tap in 0..<count { weights[position * stride + tap] /= total } }
            starts.append(start)
            counts.append(count)
        }
    }
}

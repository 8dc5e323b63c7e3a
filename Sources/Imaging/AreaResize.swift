extension PixelImage {
    /// Resizes as OpenCV's `resize` with `INTER_AREA` does on 8-bit pictures, level for level.
    ///
    /// Shrinking averages the pixels that a new one covers; where either side grows, pixels are blended from two neighbours
    /// on each axis. Opacity is a channel like any other. Source: OpenCV 4, imgproc/resize.cpp.
    ///
    /// - Throws: `ImagingError.impossibleSize` for a side below 1, or more pixels than `PictureReading.defaultPixelLimit`.
    public func areaResized(to newSize: PixelSize) throws(ImagingError) -> PixelImage {
        guard newSize.width > 0, newSize.height > 0, newSize.area <= PictureReading.defaultPixelLimit else {
            throw .impossibleSize(newSize, limit: PictureReading.defaultPixelLimit)
        }
        if newSize == size { return self }
        let columns = AreaAxis(from: width, to: newSize.width), rows = AreaAxis(from: height, to: newSize.height)
        let resize = AreaResize(channelCount: channelCount, rowLength: width * channelCount, columns: columns, rows: rows)
        let result: [UInt8] =
            if columns.scale < 1 || rows.scale < 1 {
                resize.blended(pixels)
            } else if let across = columns.wholeScale, let down = rows.wholeScale {
                resize.blockMeans(pixels, across: across, down: down)
            } else {
                resize.covered(pixels)
            }
        return PixelImage(width: newSize.width, height: newSize.height, layout: layout, pixels: result)
    }
}

/// One axis of an area resize.
private struct AreaAxis {
    let from, to: Int
    /// Old pixels for each new one; the reciprocal of a quotient, whose rounding decides which rule applies.
    let scale: Double

    init(from: Int, to: Int) {
        (self.from, self.to) = (from, to)
        scale = 1 / (Double(to) / Double(from))
    }

    /// `scale` where it is a whole number.
    var wholeScale: Int? {
        let whole = scale.rounded(.toNearestOrEven)
        return abs(scale - whole) < .ulpOfOne ? Int(whole) : nil
    }

    /// For every new pixel, the old ones that it covers and their shares, which add up to 1.
    /// Source: OpenCV, `computeResizeAreaTab`.
    var coverage: [[(place: Int, share: Float)]] {
        (0..<to).map { position in
            let start = Double(position) * scale, end = start + scale
            let cell = min(scale, Double(from) - start)
            let last = min(Int(end.rounded(.down)), from - 1)
            let first = min(Int(start.rounded(.up)), last)
            var taps: [(place: Int, share: Float)] = []
            if Double(first) - start > 1e-3 { taps.append((first - 1, Float((Double(first) - start) / cell))) }
            for place in first..<last { taps.append((place, Float(1 / cell))) }
            if end - Double(last) > 1e-3 { taps.append((last, Float(min(min(end - Double(last), 1), cell) / cell))) }
            return taps
        }
    }

    /// For every new pixel, the first of the two old ones it lies between and their weights in 1/2048.
    /// Source: OpenCV, `resize`, the linear path in area mode.
    var neighbours: [(first: Int, second: Int, weights: (Int, Int))] {
        let inverse = Double(to) / Double(from)
        return (0..<to).map { position in
            let first = Int((Double(position) * scale).rounded(.down))
            guard first < from - 1 else { return (from - 1, from - 1, (2048, 0)) }
            var share = Float(Double(position + 1) - Double(first + 1) * inverse)
            share = share <= 0 ? 0 : share - share.rounded(.down)
            let weights = [1 - share, share].map { Int(($0 * 2048).rounded(.toNearestOrEven)) }
            return (first, first + 1, (weights[0], weights[1]))
        }
    }
}

/// The three ways in which OpenCV computes an area resize.
private struct AreaResize {
    let channelCount: Int
    /// Samples of a row of the old picture.
    let rowLength: Int
    let columns, rows: AreaAxis

    private var newRowLength: Int { columns.to * channelCount }

    /// Both scales are whole numbers: the mean of each block.
    func blockMeans(_ pixels: [UInt8], across: Int, down: Int) -> [UInt8] {
        let share = 1 / Float(across * down)
        var sums = [Int](repeating: 0, count: newRowLength)
        var result: [UInt8] = []
        result.reserveCapacity(rows.to * newRowLength)
        pixels.withUnsafeBufferPointer { input in
            for y in 0..<rows.to {
                for place in sums.indices { sums[place] = 0 }
                for row in y * down..<(y + 1) * down {
                    for x in 0..<columns.to {
                        for tap in x * across..<(x + 1) * across {
                            let source = row &* rowLength &+ tap &* channelCount
                            for channel in 0..<channelCount { sums[x &* channelCount &+ channel] &+= Int(input[source &+ channel]) }
                        }
                    }
                }
                for sum in sums {
                    // Blocks of two by two are rounded up at one half, others to the even level.
                    let isQuad = across == 2 && down == 2
                    result.append(isQuad ? UInt8((sum + 2) >> 2) : UInt8((Float(sum) * share).rounded(.toNearestOrEven)))
                }
            }
        }
        return result
    }

    /// Both axes shrink or stay: the mean of what a new pixel covers, in single precision, across first.
    func covered(_ pixels: [UInt8]) -> [UInt8] {
        let across = columns.coverage, down = rows.coverage
        var line = [Float](repeating: 0, count: newRowLength), sums = line
        var result: [UInt8] = []
        result.reserveCapacity(rows.to * newRowLength)
        pixels.withUnsafeBufferPointer { input in
            for taps in down {
                for (index, row) in taps.enumerated() {
                    let start = row.place * rowLength
                    for (x, taps) in across.enumerated() {
                        for channel in 0..<channelCount {
                            var sum: Float = 0
                            for tap in taps { sum += Float(input[start &+ tap.place &* channelCount &+ channel]) * tap.share }
                            line[x &* channelCount &+ channel] = sum
                        }
                    }
                    for place in line.indices {
                        let part = row.share * line[place]
                        sums[place] = index == 0 ? part : sums[place] + part
                    }
                }
                for sum in sums { result.append(UInt8(min(max(sum.rounded(.toNearestOrEven), 0), 255))) }
            }
        }
        return result
    }

    /// An axis grows: both are blended between two neighbours, with whole numbers.
    func blended(_ pixels: [UInt8]) -> [UInt8] {
        let across = columns.neighbours
        var cached: [Int: [Int]] = [:]
        var result: [UInt8] = []
        result.reserveCapacity(rows.to * newRowLength)
        func line(_ row: Int) -> [Int] {
            if let known = cached[row] { return known }
            let start = row * rowLength
            let made = across.flatMap { tap in
                (0..<channelCount).map { channel in
                    Int(pixels[start + tap.first * channelCount + channel]) * tap.weights.0
                        + Int(pixels[start + tap.second * channelCount + channel]) * tap.weights.1
                }
            }
            cached = cached.filter { $0.key == row - 1 }
            cached[row] = made
            return made
        }
        for tap in rows.neighbours {
            let upper = line(tap.first), lower = line(tap.second)
            for place in upper.indices {
                let sum = ((tap.weights.0 * (upper[place] >> 4)) >> 16) + ((tap.weights.1 * (lower[place] >> 4)) >> 16)
                result.append(UInt8(min(max((sum + 2) >> 2, 0), 255)))
            }
        }
        return result
    }
}

extension PixelImage {
    /// Resizes as Pillow's `Image.resize` does, bit for bit.
    ///
    /// Indexed pictures are resized by nearest neighbour whatever `filter` says; alpha is multiplied in before filtering
    /// and divided out after; the same size is a copy. Source: Pillow 13, Image.py, `Image.resize`.
    ///
    /// - Throws: `ImagingError.impossibleSize` for a side below 1, or more pixels than `PictureReading.defaultPixelLimit`.
    public func resized(width newWidth: Int, height newHeight: Int, filter: ResampleFilter) throws(ImagingError) -> PixelImage {
        let newSize = PixelSize(width: newWidth, height: newHeight)
        guard newWidth > 0, newHeight > 0, newSize.area <= PictureReading.defaultPixelLimit else {
            throw .impossibleSize(newSize, limit: PictureReading.defaultPixelLimit)
        }
        if newSize == size { return self }
        if isIndexed || filter == .nearest { return nearest(newSize) }
        let whole = PixelWindow(left: 0, top: 0, size: newSize)
        guard layout.hasAlpha else { return filtered(newSize, whole, filter) }
        return premultiplied().filtered(newSize, whole, filter).unpremultiplied()
    }

    /// A rectangle of what `resized` gives, without the rest: the whole may be too large for any memory.
    ///
    /// - Parameter window: lies inside the new size. The picture is neither indexed nor transparent.
    /// - Throws: `ImagingError.impossibleSize` for a side below 1, or more pixels in the window than `PictureReading.defaultPixelLimit`.
    public func resized(
        width newWidth: Int, height newHeight: Int, filter: ResampleFilter, window: PixelWindow
    ) throws(ImagingError) -> PixelImage {
        let newSize = PixelSize(width: newWidth, height: newHeight)
        precondition(
            window.left >= 0 && window.top >= 0 && window.columns.upperBound <= newWidth && window.rows.upperBound <= newHeight,
            "The window at (\(window.left), \(window.top)) of \(window.size) leaves the picture of \(newSize).")
        precondition(!isIndexed && !layout.hasAlpha && filter != .nearest, "Only plain colours are resized in windows.")
        guard newWidth > 0, newHeight > 0, window.size.width > 0, window.size.height > 0, window.size.area <= PictureReading.defaultPixelLimit else {
            throw .impossibleSize(window.size, limit: PictureReading.defaultPixelLimit)
        }
        return filtered(newSize, window, filter)
    }

    /// Both passes round to 8 bits, so that their order shows, by a level or two.
    private func filtered(_ newSize: PixelSize, _ window: PixelWindow, _ filter: ResampleFilter) -> PixelImage {
        // Since Pillow 13 the vertical pass comes first where the height loses more than twice what the width loses; a width that
        // grows loses less than nothing. Older versions begin with the width. Source: Resample.c, `ImagingResampleInner`.
        let loss = height - newSize.height
        if loss > 0, loss > 2 * (width - newSize.width) {
            return heightChanged(to: newSize.height, window.rows, filter).widthChanged(to: newSize.width, window.columns, filter)
        }
        return widthChanged(to: newSize.width, window.columns, filter).heightChanged(to: newSize.height, window.rows, filter)
    }

    private func widthChanged(to newWidth: Int, _ columns: Range<Int>, _ filter: ResampleFilter) -> PixelImage {
        guard newWidth != width else { return cropped(left: columns.lowerBound, top: 0, width: columns.count, height: height) }
        let result = ResamplePass.horizontal(
            pixels, rowCount: height, inputWidth: width, fullWidth: newWidth, columns: columns, channelCount: channelCount, filter: filter)
        return PixelImage(width: columns.count, height: height, layout: layout, pixels: result)
    }

    private func heightChanged(to newHeight: Int, _ rows: Range<Int>, _ filter: ResampleFilter) -> PixelImage {
        guard newHeight != height else { return cropped(left: 0, top: rows.lowerBound, width: width, height: rows.count) }
        let result = ResamplePass.vertical(
            pixels, rowLength: width * channelCount, inputHeight: height, fullHeight: newHeight, rows: rows, filter: filter)
        return PixelImage(width: width, height: rows.count, layout: layout, pixels: result)
    }

    /// Nearest neighbour. Source: Pillow, Geometry.c, `ImagingScaleAffine`.
    private func nearest(_ newSize: PixelSize) -> PixelImage {
        let columns = Self.nearestPositions(from: width, to: newSize.width)
        let rows = Self.nearestPositions(from: height, to: newSize.height)
        var result: [UInt8] = []
        result.reserveCapacity(newSize.area * channelCount)
        for row in rows {
            for column in columns {
                let start = (row * width + column) * channelCount
                for channel in 0..<channelCount { result.append(pixels[start + channel]) }
            }
        }
        return PixelImage(width: newSize.width, height: newSize.height, layout: layout, pixels: result, isIndexed: isIndexed)
    }

    /// The source positions are summed up step by step: on long axes the rounding of that sum decides ties.
    private static func nearestPositions(from inputLength: Int, to outputLength: Int) -> [Int] {
        let step = Double(inputLength) / Double(outputLength)
        var position = step * 0.5
        return (0..<outputLength).map { _ in
            defer { position += step }
            return min(Int(position), inputLength - 1)
        }
    }
}

extension PixelSize {
    /// The size of about `area` pixels in the same shape, both sides cut to multiples; a side can become 0.
    ///
    /// Source: DreamO, dreamo/utils.py, `resize_numpy_image_area`.
    public func scaled(toArea area: Int, multiple: Int = 16) -> PixelSize {
        precondition(multiple > 0, "A size is cut to multiples of at least 1, not \(multiple).")
        let factor = (Double(area) / Double(self.area)).squareRoot()
        return PixelSize(width: Int(Double(width) * factor), height: Int(Double(height) * factor)).roundedDown(toMultipleOf: multiple)
    }

    /// The size with a long side of `longSide` in the same shape, truncated; sizes that are not longer stay.
    ///
    /// Source: DreamO, dreamo/utils.py, `resize_numpy_image_long`.
    public func limited(toLongSide longSide: Int) -> PixelSize {
        let long = max(width, height)
        guard long > longSide else { return self }
        let factor = Double(longSide) / Double(long)
        return PixelSize(width: Int(Double(width) * factor), height: Int(Double(height) * factor))
    }
}

extension PixelImage {
    /// The picture scaled to about `area` pixels, both sides multiples of `multiple`, by area resampling.
    ///
    /// - Throws: `ImagingError.vanishingShape` where a side would have no pixels.
    public func areaResized(toArea area: Int, multiple: Int = 16) throws(ImagingError) -> PixelImage {
        guard area > 0, area <= PictureReading.defaultPixelLimit else {
            let side = area > 0 ? Int(Double(area).squareRoot()) : area
            throw .impossibleSize(PixelSize(width: side, height: side), limit: PictureReading.defaultPixelLimit)
        }
        let target = size.scaled(toArea: area, multiple: multiple)
        guard target.width > 0, target.height > 0 else {
            throw .vanishingShape(from: size, area: area, multiple: multiple, to: target)
        }
        return try areaResized(to: target)
    }

    /// The picture with its long side shrunk to `longSide` by area resampling; pictures that are not longer stay.
    ///
    /// - Throws: `ImagingError.vanishingSide` where the short side would have no pixels.
    public func areaResized(toLongSide longSide: Int) throws(ImagingError) -> PixelImage {
        let target = size.limited(toLongSide: longSide)
        guard target.width > 0, target.height > 0 else {
            throw .vanishingSide(from: size, longSide: longSide, multiple: 1, to: target)
        }
        return try areaResized(to: target)
    }
}

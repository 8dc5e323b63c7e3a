/// The sizes a reference picture passes through on its way to the autoencoder.
public struct ReferenceSize: Sendable, Equatable {
    /// After the resize; a side is 0 where the official code fails.
    public let resized: PixelSize
    /// After the centre crop; a side is 0 where the resized side is shorter than the multiple.
    public let cropped: PixelSize

    /// UNO's size rule: the long side becomes `longSide`, also by enlarging; the short side follows, truncated; both are
    /// then cut to multiples. Source: UNO, flux/pipeline.py, `preprocess_ref`.
    ///
    /// - Parameter multiple: Pixels a token covers along a side, 16 for FLUX.1.
    public init(of size: PixelSize, longSide: Int, multiple: Int = 16) {
        precondition(multiple > 0, "A reference is cut to multiples of at least 1, not \(multiple).")
        // The ratio is rounded before it is multiplied, in double precision: (longSide * short) / long would differ.
        let isLandscape = size.width >= size.height
        let ratio = Double(longSide) / Double(max(size.width, size.height))
        let short = Int(ratio * Double(min(size.width, size.height)))
        resized = PixelSize(width: isLandscape ? longSide : short, height: isLandscape ? short : longSide)
        cropped = resized.roundedDown(toMultipleOf: multiple)
    }
}

extension PixelImage {
    /// A reference as UNO prepares it: Lanczos to the long side, centre crop to multiples, RGB last.
    ///
    /// Source: UNO, flux/pipeline.py, `preprocess_ref`.
    ///
    /// - Parameters:
    ///   - longSide: In pixels; 512 for one reference and 320 for several in the official program.
    ///   - multiple: Pixels a token covers along a side, 16 for FLUX.1.
    /// - Throws: `ImagingError.vanishingSide` where no pixel would remain, `.impossibleSize` for absurd long sides.
    public func referencePreprocessed(longSide: Int, multiple: Int = 16) throws(ImagingError) -> PixelImage {
        guard longSide > 0 && longSide <= PictureReading.defaultPixelLimit else {
            throw .impossibleSize(PixelSize(width: longSide, height: longSide), limit: PictureReading.defaultPixelLimit)
        }
        let target = ReferenceSize(of: size, longSide: longSide, multiple: multiple)
        let (resizedSize, kept) = (target.resized, target.cropped)
        guard kept.width > 0 && kept.height > 0 else {
            throw .vanishingSide(from: size, longSide: longSide, multiple: multiple, to: kept)
        }
        return try resized(width: resizedSize.width, height: resizedSize.height, filter: .lanczos)
            .cropped(
                left: (resizedSize.width - kept.width) / 2, top: (resizedSize.height - kept.height) / 2,
                width: kept.width, height: kept.height)
            .rgb()
    }
}

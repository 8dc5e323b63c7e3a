import Flux
package import Generation
package import Imaging

/// The picture whose content is kept, and the size that a result may take over from it.
///
/// Source: USO, `flux/pipeline.preprocess_ref`, `app` and `inference`.
package struct ContentPicture {
    private let reference: Reference
    /// Long side that the picture is brought to, in pixels.
    private let longSide: Int
    /// Pixels of a token along a side.
    private let multiple: Int

    /// Side of the small squares that the official program takes for prepared already.
    private static let preparedSide = 16
    /// Long side of a result that keeps its size.
    private static let keptLongSide = 1024.0

    package init(_ reference: Reference, longSide: Int, multiple: Int) {
        (self.reference, self.longSide, self.multiple) = (reference, longSide, multiple)
    }

    /// The picture as the autoencoder takes it.
    ///
    /// Colours come before the resize, unlike in UNO: alpha is dropped first, and palettes are blended.
    /// - Throws: `RequestError.reference` naming a picture that cannot be used.
    package func prepared() throws(RequestError) -> PixelImage {
        let picture = Reference(role: reference.role, name: reference.name, image: reference.image.rgb())
        return isPrepared ? picture.image : try picture.prepared(longSide: longSide, multiple: multiple)
    }

    /// The size of a result of the same shape, before it is rounded down to tokens: that of the prepared picture, enlarged as if its long
    /// side became 1024 pixels.
    package var keptSize: PixelSize {
        let size = isPrepared ? reference.image.size : ReferenceSize(of: reference.image.size, longSide: longSide, multiple: multiple).cropped
        // The ratio is rounded before it is multiplied, as the official programs compute it.
        let scale = Self.keptLongSide / Double(longSide)
        return PixelSize(width: Int(Double(size.width) * scale), height: Int(Double(size.height) * scale))
    }

    private var isPrepared: Bool {
        reference.image.size == PixelSize(width: Self.preparedSide, height: Self.preparedSide) && Self.preparedSide.isMultiple(of: multiple)
    }
}

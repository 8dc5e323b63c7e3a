import Imaging
import Testing

struct ReferencePreprocessingTests {
    @Test func ratioIsRoundedBeforeItIsMultiplied() {
        // 512 / 49 * 49 is a little below 512 in double precision, and truncation makes that 511.
        let square = ReferenceSize(of: PixelSize(width: 49, height: 49), longSide: 512, multiple: 1)
        #expect(square.resized == PixelSize(width: 512, height: 511))
    }

    @Test func multipleDecidesTheCrop() throws {
        let image = PixelImage.pattern(.rgb, 50, 31)
        #expect(try image.referencePreprocessed(longSide: 50, multiple: 16).size == PixelSize(width: 48, height: 16))
        #expect(try image.referencePreprocessed(longSide: 50, multiple: 8).size == PixelSize(width: 48, height: 24))
        let cropped = image.cropped(left: 1, top: 3, width: 48, height: 24)
        #expect(try image.referencePreprocessed(longSide: 50, multiple: 8) == cropped)
    }

    @Test(arguments: [PixelImage.Layout.gray, .grayAlpha, .rgba, .cmyk])
    func resultIsAlwaysRGB(_ layout: PixelImage.Layout) throws {
        #expect(try PixelImage.pattern(layout, 40, 30).referencePreprocessed(longSide: 64).layout == .rgb)
    }

    @Test(arguments: [(20_000, 1, 512), (1, 20_000, 512), (3, 1000, 512), (40, 40, 15), (40, 40, 0), (40, 40, -5), (40, 40, Int.max)])
    func vanishingSidesAreErrors(width: Int, height: Int, longSide: Int) throws {
        let image = PixelImage.pattern(.gray, width, height)
        let error = try #require(throws: ImagingError.self) { try image.referencePreprocessed(longSide: longSide) }
        #expect(error.description.contains("\(longSide)"))
    }

    @Test func singlePixelIsEnlarged() throws {
        let image = PixelImage(width: 1, height: 1, layout: .rgb, pixels: [10, 200, 30])
        let result = try image.referencePreprocessed(longSide: 48)
        #expect(result == PixelImage(width: 48, height: 48, layout: .rgb, pixels: (0..<48 * 48).flatMap { _ in [10, 200, 30] }))
    }
}

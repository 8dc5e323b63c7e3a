import Imaging
import Readers
import Testing

@Suite struct PictureWindowTests {
    /// Grey levels 10 x + y of a picture of 8 x 8.
    private let picture = PixelImage(
        width: 8, height: 8, layout: .gray, pixels: (0..<64).map { UInt8(10 * ($0 % 8) + $0 / 8) })

    private func levels(_ window: PictureWindow, side: Int) -> [Float] {
        window.sampled(picture, side: side).prefix(side * side).map { ($0 + 1) * 127.5 }
    }

    @Test func theWholeAtItsOwnSizeIsThePicture() {
        for (found, pixel) in zip(levels(.whole, side: 8), picture.pixels) { #expect(abs(found - Float(pixel)) < 1e-3) }
    }

    @Test func smallerSizesAreMeans() {
        // The mean of x = 0, 1 and y = 0, 1; then of x = 2, 3.
        let found = levels(.whole, side: 4)
        #expect(abs(found[0] - 5.5) < 1e-3 && abs(found[1] - 25.5) < 1e-3, "\(found)")
    }

    @Test func partsAreWhereTheyAreSaidToBe() {
        let found = levels(PictureWindow(left: 0.5, top: 0.25, side: 0.5), side: 4)
        #expect(abs(found[0] - 42) < 1e-3 && abs(found[5] - 53) < 1e-3, "\(found)")
    }

    @Test func beyondThePictureItsEdgeGoesOn() {
        let found = levels(PictureWindow(left: -0.5, top: 0, side: 1), side: 8)
        #expect(abs(found[0]) < 1e-3 && abs(found[3]) < 1e-3 && abs(found[5] - 10) < 1e-3, "\(found)")
    }

    @Test func missingReadersAreNamed() {
        let error = #expect(throws: ReaderError.self) { _ = try Reader(folder: "nowhere") }
        #expect(error?.description.contains("nowhere/reader.json") == true)
    }
}

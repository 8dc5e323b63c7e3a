import Imaging
import Testing

/// Results known by hand; equality with torchvision's own numbers is tested with the golden data of `DatasetsTests`.
struct FloatResizeTests {
    private func row(_ values: [Float], to width: Int) -> [Float] {
        FloatResize(from: PixelSize(width: values.count, height: 1), to: PixelSize(width: width, height: 1))(values, count: 1)
    }

    private func column(_ values: [Float], to height: Int) -> [Float] {
        FloatResize(from: PixelSize(width: 1, height: values.count), to: PixelSize(width: 1, height: height))(values, count: 1)
    }

    private func expectClose(_ found: [Float], _ expected: [Float], sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(
            found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-6 }, "\(found), expected \(expected)",
            sourceLocation: sourceLocation)
    }

    @Test func halvingWeighsFourNeighboursByATriangle() {
        // Centre 2 between pixels, reach 2: distances 1.5, 0.5, 0.5, 1.5 give 1, 3, 3, 1; at the edge 3, 3, 1.
        for resize in [row, column] {
            expectClose(resize([8, 0, 0, 0, 0, 0], 3), [24.0 / 7, 0, 0])
            expectClose(resize([0, 0, 8, 0, 0, 0], 3), [8.0 / 7, 3, 0])
            expectClose(resize([0, 0, 0, 8, 0, 0], 3), [0, 3, 8.0 / 7])
        }
    }

    @Test func enlargingIsLinearBetweenCentres() {
        for resize in [row, column] { expectClose(resize([0, 4], 4), [0, 1, 3, 4]) }
    }

    @Test(arguments: [(1, 1), (1, 9), (9, 1), (7, 5), (5, 7), (100, 3), (3, 100), (33, 32)])
    func constantsStay(from: Int, to: Int) {
        let resize = FloatResize(from: PixelSize(width: from, height: to), to: PixelSize(width: to, height: from))
        expectClose(resize([Float](repeating: -0.75, count: from * to * 2), count: 2), [Float](repeating: -0.75, count: from * to * 2))
    }

    @Test func sameSizeIsACopy() {
        let size = PixelSize(width: 5, height: 3)
        let values = (0..<30).map { Float($0) * 0.37 - 4 }
        #expect(FloatResize(from: size, to: size)(values, count: 2) == values)
    }

    @Test func picturesAreResizedByChannelThroughTheirTable() {
        let image = PixelImage.pattern(.rgb, 7, 5)
        let table = (0..<256).map { Float($0) / 255 }
        let planes = (0..<3).flatMap { channel in stride(from: channel, to: 105, by: 3).map { table[Int(image.pixels[$0])] } }
        let resize = FloatResize(from: image.size, to: PixelSize(width: 4, height: 9))
        #expect(resize(image, values: table) == resize(planes, count: 3))
    }
}

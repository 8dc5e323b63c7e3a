import Foundation
import Imaging
import Testing

/// Area resampling against OpenCV (`golden/face/resize`).
struct AreaResizeTests {
    struct Cases: Decodable {
        let jobs: [Job]
        let sizes: [Size]
    }

    struct Job: Decodable {
        let src, kind, out: String
        let arg: Int
        let out_hw: [Int]
    }

    struct Size: Decodable {
        let src_hw, area_512, area_640, area_1024, long_1024: [Int]
    }

    private static func cases() throws -> Cases {
        try JSONDecoder().decode(Cases.self, from: Data(contentsOf: URL(fileURLWithPath: Golden.path("face/resize/jobs.json"))))
    }

    @Test(.enabled(if: Golden.has("face"), "golden data is absent"))
    func everyPictureMatchesOpenCV() throws {
        for job in try Self.cases().jobs {
            let source = try PictureFile.read(Golden.path("face/\(job.src)")).rgb()
            let resized = try job.kind == "area" ? source.areaResized(toArea: job.arg) : source.areaResized(toLongSide: job.arg)
            #expect([resized.height, resized.width] == job.out_hw)
            expectEqual(resized, try PictureFile.read(Golden.path("face/\(job.out)")).rgb(), job.out)
        }
    }

    @Test(.enabled(if: Golden.has("face"), "golden data is absent"))
    func everySizeIsTheOfficialOne() throws {
        for expected in try Self.cases().sizes {
            let size = PixelSize(width: expected.src_hw[1], height: expected.src_hw[0])
            func sides(_ size: PixelSize) -> [Int] { [size.height, size.width] }
            #expect(sides(size.scaled(toArea: 512 * 512)) == expected.area_512)
            #expect(sides(size.scaled(toArea: 640 * 640)) == expected.area_640)
            #expect(sides(size.scaled(toArea: 1024 * 1024)) == expected.area_1024)
            #expect(sides(size.limited(toLongSide: 1024)) == expected.long_1024)
        }
    }

    @Test func wholeBlocksAreAveragedAndOneHalfIsRoundedAsOpenCVDoes() throws {
        let quad = PixelImage(width: 2, height: 2, layout: .gray, pixels: [0, 1, 0, 1])
        #expect(try quad.areaResized(to: PixelSize(width: 1, height: 1)).pixels == [1])
        let strip = PixelImage(width: 4, height: 2, layout: .gray, pixels: [0, 1, 0, 1, 0, 1, 0, 1])
        #expect(try strip.areaResized(to: PixelSize(width: 1, height: 1)).pixels == [0])
    }

    @Test func oneAxisMayGrowWhileTheOtherShrinks() throws {
        let picture = PixelImage.pattern(.rgb, 7, 5)
        #expect(try picture.areaResized(to: PixelSize(width: 9, height: 2)).size == PixelSize(width: 9, height: 2))
        let flat = PixelImage(width: 7, height: 5, layout: .rgb, pixels: [UInt8](repeating: 200, count: 105))
        #expect(try flat.areaResized(to: PixelSize(width: 9, height: 2)).pixels.allSatisfy { $0 == 200 })
        #expect(try flat.areaResized(to: PixelSize(width: 3, height: 4)).pixels.allSatisfy { $0 == 200 })
    }

    @Test func picturesThatWouldVanishAreRefused() {
        let sliver = PixelImage.pattern(.rgb, 1, 4000)
        #expect(throws: ImagingError.self) { try sliver.areaResized(toArea: 512 * 512) }
        #expect(throws: ImagingError.self) { try sliver.areaResized(toLongSide: 1024) }
        #expect(throws: ImagingError.self) { try sliver.areaResized(toArea: -5) }
        #expect(throws: ImagingError.self) { try sliver.areaResized(to: PixelSize(width: 0, height: 4)) }
    }

    @Test func transparencyLeavesWhite() {
        let picture = PixelImage(width: 3, height: 1, layout: .rgb, pixels: [10, 20, 30, 10, 20, 30, 10, 20, 30]).withOpacity([0, 255, 128])
        #expect(picture.onWhite().pixels == [255, 255, 255, 10, 20, 30, 132, 137, 142])
        #expect(PixelImage(width: 1, height: 1, layout: .grayAlpha, pixels: [9, 0]).onWhite().pixels == [255, 255, 255])
        #expect(PixelImage(width: 1, height: 1, layout: .gray, pixels: [9]).onWhite().pixels == [9, 9, 9])
    }

    @Test func pointsOutsideThePictureTakeTheBorder() throws {
        let picture = PixelImage(width: 2, height: 2, layout: .gray, pixels: [10, 20, 30, 40])
        let moved = AffineTransform2D(a: 1, b: 0, c: 1, d: 0, e: 1, f: 0)
        #expect(try picture.warped(by: moved, to: PixelSize(width: 3, height: 2), border: [99]).pixels == [99, 10, 20, 99, 30, 40])
        for wild in [AffineTransform2D(a: 1e-300, b: 0, c: 1e300, d: 0, e: 1e-300, f: 0), AffineTransform2D(a: .nan, b: 0, c: 5, d: 0, e: 0, f: 5)] {
            #expect(try picture.warped(by: wild, to: PixelSize(width: 2, height: 2), border: [99]).size == PixelSize(width: 2, height: 2))
        }
    }
}

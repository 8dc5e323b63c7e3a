import Foundation
import Imaging
import Testing

struct PictureFileTests {
    @Test(arguments: [PixelImage.Layout.gray, .grayAlpha, .rgb, .rgba])
    func pngKeepsEveryValue(_ layout: PixelImage.Layout) throws {
        let image = PixelImage.pattern(layout, 33, 21)
        #expect(try PictureFile.read(bytes: PictureFile.encoded(image, as: .png)) == image)
    }

    @Test(arguments: [PictureFormat.jpeg, .webp])
    func lossyFormatsStayClose(_ format: PictureFormat) throws {
        var pixels: [UInt8] = []
        for y in 0..<24 { for x in 0..<32 { pixels += [UInt8(x * 4), UInt8(y * 5), 90] } }
        let smooth = PixelImage(width: 32, height: 24, layout: .rgb, pixels: pixels)
        let result = try PictureFile.read(bytes: PictureFile.encoded(smooth, as: format))
        #expect(result.size == smooth.size && result.layout == .rgb)
        #expect(zip(result.pixels, smooth.pixels).allSatisfy { abs(Int($0) - Int($1)) < 24 })
    }

    @Test func qualityDecidesTheSize() throws {
        let image = PixelImage.pattern(.rgb, 64, 64)
        for format in [PictureFormat.jpeg, .webp] {
            let sizes = try [20, 95].map { try PictureFile.encoded(image, as: format, quality: $0).count }
            #expect(sizes[0] < sizes[1])
        }
        #expect(throws: ImagingError.invalidQuality(0)) { try PictureFile.encoded(image, as: .jpeg, quality: 0) }
        #expect(throws: ImagingError.invalidQuality(101)) { try PictureFile.encoded(image, as: .png, quality: 101) }
    }

    @Test func alphaIsDroppedWhereTheFormatHasNone() throws {
        let image = PixelImage.pattern(.rgba, 16, 16)
        #expect(try PictureFile.encoded(image, as: .jpeg) == PictureFile.encoded(image.rgb(), as: .jpeg))
        #expect(try PictureFile.read(bytes: PictureFile.encoded(image, as: .webp)).layout == .rgba)
        let inks = PixelImage.pattern(.cmyk, 16, 16)
        #expect(try PictureFile.read(bytes: PictureFile.encoded(inks, as: .png)) == inks.rgb())
    }

    @Test func extensionDecidesTheFormat() throws {
        let folder = try TemporaryFolder()
        let image = PixelImage.pattern(.rgb, 9, 9)
        for (name, format) in [("a.png", .png), ("b.JPG", .jpeg), ("c.jpeg", .jpeg), ("d.e.webp", .webp)] as [(String, PictureFormat)] {
            try PictureFile.write(image, to: folder.file(name))
            let information = try PictureFile.information(of: folder.file(name))
            #expect(information.format == format && information.size == image.size && information.isUpright)
        }
        #expect(try folder.names == ["a.png", "b.JPG", "c.jpeg", "d.e.webp"])
    }

    @Test(arguments: ["picture", "picture.", "picture.bmp", ".png", "folder.png/picture"])
    func unknownExtensionsAreErrorsThatNameTheValidOnes(_ name: String) throws {
        let error = try #require(throws: ImagingError.self) { try PictureFile.write(.pattern(.rgb, 4, 4), to: "/nowhere/\(name)") }
        #expect(error == .unknownExtension(path: "/nowhere/\(name)"))
        #expect(error.description.contains(".webp"))
    }

    @Test func failedWritesLeaveNothingBehind() throws {
        let folder = try TemporaryFolder()
        let image = PixelImage.pattern(.rgb, 4, 4)
        try FileManager.default.createDirectory(atPath: folder.file("folder.png"), withIntermediateDirectories: true)
        #expect(throws: ImagingError.unwritable(path: folder.file("folder.png"), reason: "it is a folder")) {
            try PictureFile.write(image, to: folder.file("folder.png"))
        }
        let error = try #require(throws: ImagingError.self) { try PictureFile.write(image, to: folder.file("absent/a.png")) }
        #expect(error.description.contains("No such file or directory"))
        #expect(try folder.names == ["folder.png"])
    }

    @Test func writingReplacesTheOldFileInOneStep() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Array("old".utf8), to: "a.png")
        try PictureFile.write(.pattern(.rgb, 4, 4), to: path)
        #expect(try PictureFile.read(path) == .pattern(.rgb, 4, 4))
        #expect(try folder.names == ["a.png"])
    }

    @Test func orientationIsReportedAndAppliedOnlyWhenAsked() throws {
        let image = PixelImage.pattern(.rgb, 16, 8)
        let plain = try PictureFile.read(bytes: PictureFile.encoded(image, as: .jpeg))
        for orientation in 1...8 {
            let bytes = try PictureFile.encoded(image, as: .jpeg).turned(orientation)
            let information = try PictureFile.information(bytes: bytes)
            #expect(information.orientation == orientation && information.isUpright == (orientation == 1))
            #expect(try PictureFile.read(bytes: bytes) == plain)
            let upright = try PictureFile.read(bytes: bytes, PictureReading(appliesOrientation: true))
            #expect(upright.size == (orientation < 5 ? image.size : PixelSize(width: 8, height: 16)))
            if orientation == 6 { #expect(upright.pixels[..<3] == plain.pixels[(7 * 16 * 3)..<(7 * 16 * 3 + 3)]) }
        }
    }

    @Test func hiddenColoursOfGIFAreKept() throws {
        let image = try PictureFile.read(bytes: PictureFuzzTests.gif)
        #expect(image.isIndexed)
        #expect(image.pixels == [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7, 9, 8, 7, 255, 0, 0])
    }

    @Test func manyThreadsReadAndWriteAtOnce() async throws {
        let image = PixelImage.pattern(.rgb, 60, 40)
        try await withThrowingTaskGroup(of: PixelImage.self) { group in
            for _ in 0..<40 { group.addTask { try PictureFile.read(bytes: PictureFile.encoded(image, as: .png)) } }
            for try await result in group { #expect(result == image) }
        }
    }
}

extension [UInt8] {
    /// A JPEG file with an EXIF segment that holds nothing but an orientation.
    func turned(_ orientation: Int) -> [UInt8] {
        let directory: [UInt8] = [0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, UInt8(orientation), 0, 0, 0, 0, 0, 0]
        let content = Array("Exif".utf8) + [0, 0, 0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8] + directory
        return self[..<2] + [0xFF, 0xE1, 0, UInt8(content.count + 2)] + content + self[2...]
    }
}

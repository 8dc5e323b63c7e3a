import Foundation
import Imaging
import Testing

/// Whatever a file holds, reading it ends in a picture or in an error that names the file.
struct HostilePictureTests {
    private func failure(_ path: String, _ reading: PictureReading = PictureReading()) throws -> ImagingError {
        let error = try #require(throws: ImagingError.self) { try PictureFile.read(path, reading) }
        #expect(error.description.contains(path))
        #expect(!error.description.contains("\n"))
        return error
    }

    @Test func filesThatAreNoPicturesAreErrors() throws {
        let folder = try TemporaryFolder()
        #expect(try failure(folder.file("absent.png")) == .unreadable(path: folder.file("absent.png"), reason: "No such file or directory"))
        #expect(try failure(folder.path) == .unreadable(path: folder.path, reason: "it is a folder"))
        #expect(try failure("/dev/null") == .unreadable(path: "/dev/null", reason: "it is not a regular file"))
        let empty = try folder.write([], to: "empty.jpg")
        #expect(try failure(empty) == .emptyFile(path: empty))
        for content in ["a", "hello, this is text", "<svg width='9' height='9'/>", "%PDF-1.4", "P6 1 1 255 abc"] {
            let path = try folder.write(Array(content.utf8), to: "text.png")
            #expect(try failure(path) == .notAPicture(path: path))
        }
    }

    @Test(arguments: [PictureFormat.png, .jpeg, .webp])
    func truncatedFilesAreErrors(_ format: PictureFormat) throws {
        let folder = try TemporaryFolder()
        let whole = try PictureFile.encoded(.pattern(.rgb, 90, 70), as: format)
        for share in [0.02, 0.1, 0.5, 0.9] {
            let path = try folder.write(Array(whole.prefix(max(Int(Double(whole.count) * share), 12))), to: "cut.\(format.rawValue)")
            guard case .damaged(path, format, _) = try failure(path) else { Issue.record("\(format) cut to \(share)"); continue }
        }
    }

    @Test func bareSignaturesAreErrors() throws {
        let signatures: [[UInt8]] = [
            [0xFF, 0xD8, 0xFF], [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], Array("GIF89a".utf8), Array("RIFF....WEBP".utf8),
            [0x49, 0x49, 0x2A, 0], [0x4D, 0x4D, 0, 0x2A, 0xFF, 0xFF, 0xFF, 0xFF], Array("....ftypheic".utf8), Array("....ftypavif".utf8),
        ]
        for signature in signatures {
            #expect(throws: ImagingError.self) { try PictureFile.read(bytes: signature) }
            #expect(try PictureFile.metadata(bytes: signature).isEmpty)
        }
    }

    @Test func hugeDimensionsAreRefusedBeforeDecoding() throws {
        // Only the header says 60000 x 60000; its checksum is made to fit.
        var png = try PictureFile.encoded(.pattern(.gray, 4, 4), as: .png)
        png.replaceSubrange(16..<24, with: [0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60])
        png.replaceSubrange(29..<33, with: png[12..<29].checksum)
        let error = try #require(throws: ImagingError.self) { try PictureFile.read(bytes: png, name: "bomb.png") }
        let size = PixelSize(width: 60_000, height: 60_000)
        #expect(error == .tooManyPixels(path: "bomb.png", size: size, limit: PictureReading.defaultPixelLimit))
    }

    @Test func limitsAreInclusive() throws {
        let folder = try TemporaryFolder()
        let bytes = try PictureFile.encoded(.pattern(.rgb, 10, 10), as: .png)
        let path = try folder.write(bytes, to: "a.png")
        let (size, count) = (PixelSize(width: 10, height: 10), bytes.count)
        #expect(try PictureFile.read(path, PictureReading(byteLimit: count, pixelLimit: 100)).size == size)
        #expect(try failure(path, PictureReading(pixelLimit: 99)) == .tooManyPixels(path: path, size: size, limit: 99))
        #expect(try failure(path, PictureReading(byteLimit: count - 1)) == .fileTooLarge(path: path, byteCount: count, limit: count - 1))
    }

    @Test(arguments: [(20_000, 1), (1, 20_000), (1, 1)])
    func extremeShapesAreLegalPictures(width: Int, height: Int) throws {
        let image = PixelImage.pattern(.rgb, width, height)
        for format in [PictureFormat.png, .jpeg] {
            #expect(try PictureFile.read(bytes: PictureFile.encoded(image, as: format)).size == image.size)
        }
    }

    @Test func sidesBeyondTheFormatAreErrors() throws {
        let strip = PixelImage.pattern(.gray, 70_000, 1)
        for format in [PictureFormat.jpeg, .webp, .gif] {
            let error = try #require(throws: ImagingError.self) { try PictureFile.encoded(strip, as: format) }
            #expect(error.description.contains(format.name))
        }
    }
}

extension ArraySlice<UInt8> {
    /// CRC-32, bit by bit.
    var checksum: [UInt8] {
        var sum = ~UInt32(0)
        for byte in self {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? (sum >> 1) ^ 0xEDB8_8320 : sum >> 1 }
        }
        sum = ~sum
        return [24, 16, 8, 0].map { (shift: UInt32) in UInt8(truncatingIfNeeded: sum >> shift) }
    }
}

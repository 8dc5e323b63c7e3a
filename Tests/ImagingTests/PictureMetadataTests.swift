import Foundation
import Imaging
import Testing

struct PictureMetadataTests {
    static let image = PixelImage.pattern(.rgb, 20, 12)
    static let formats: [PictureFormat] = [.png, .jpeg, .webp]

    static let texts: [PictureMetadata] = [
        ["parameters": "a cat, 25 steps, seed 7"],
        ["parameters": "Zeile eins\nZeile zwei\ttab", "atelier": #"{"prompt":"<&>\"quoted\""}"#],
        ["atelier": "女士 holds the cup 🫖 — café naïve", "other key": ""],
        ["parameters": "a\r\nb\rc &amp; &#13; </atelier:text> e\u{301}>\u{301}"],
        ["atelier": String(repeating: "0123456789", count: 10_000)],
        ["atelier": String(repeating: "é漢<", count: 20_000), "parameters": "after the long one"],
    ]

    /// By number: the log would print the texts whole.
    @Test(arguments: formats, texts.indices)
    func textsSurviveTheFile(format: PictureFormat, number: Int) throws {
        let metadata = Self.texts[number]
        let bytes = try PictureFile.encoded(Self.image, as: format, metadata: metadata)
        #expect(try PictureFile.metadata(bytes: bytes) == metadata)
        #expect(try PictureFile.read(bytes: bytes).size == Self.image.size)
    }

    @Test(arguments: formats)
    func textsDoNotTouchThePixels(_ format: PictureFormat) throws {
        let plain = try PictureFile.encoded(Self.image, as: format)
        let described = try PictureFile.encoded(Self.image, as: format, metadata: Self.texts[4])
        #expect(try PictureFile.read(bytes: plain) == PictureFile.read(bytes: described))
        #expect(try PictureFile.metadata(bytes: plain).isEmpty)
    }

    @Test(arguments: formats)
    func controlCharactersAreReplaced(_ format: PictureFormat) throws {
        let bytes = try PictureFile.encoded(Self.image, as: format, metadata: ["parameters": "a\0b\u{1}c\u{7F}d"])
        #expect(try PictureFile.metadata(bytes: bytes)["parameters"] == "a\u{FFFD}b\u{FFFD}c\u{7F}d")
    }

    @Test(arguments: ["", " a", "a ", "schlüssel", "a\nb", String(repeating: "k", count: 80)])
    func keysThatNoFileHoldsAreErrors(_ key: String) {
        var metadata = PictureMetadata()
        metadata[key] = "text"
        #expect(throws: ImagingError.invalidMetadataKey(key)) { try PictureFile.encoded(Self.image, as: .png, metadata: metadata) }
    }

    @Test func plainTextsAreChunksThatEveryReaderKnows() throws {
        let bytes = try PictureFile.encoded(Self.image, as: .png, metadata: ["parameters": "steps 25", "atelier": "é"])
        // A tEXt chunk and its checksum as Python's zlib.crc32 computes it.
        let chunk: [UInt8] = [0, 0, 0, 19] + Array("tEXtparameters".utf8) + [0] + Array("steps 25".utf8) + [0x1F, 0x9D, 0x72, 0xBE]
        #expect(bytes.firstRange(of: chunk) != nil)
        #expect(bytes.firstRange(of: Array("iTXtatelier".utf8) + [0, 0, 0, 0, 0] + Array("é".utf8)) != nil)
    }

    @Test func entriesKeepTheirOrderAndCanBeReplacedAndRemoved() {
        var metadata: PictureMetadata = ["b": "1", "a": "2"]
        metadata["b"] = "3"
        metadata["c"] = "4"
        metadata["a"] = nil
        metadata["missing"] = nil
        #expect(metadata == ["b": "3", "c": "4"])
        #expect(metadata["b"] == "3" && metadata["a"] == nil)
    }
}

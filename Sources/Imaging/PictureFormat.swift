/// A file format for pictures.
public enum PictureFormat: String, Sendable, CaseIterable {
    case jpeg, png, webp, gif, tiff, heif

    /// The name people use: "JPEG".
    public var name: String { self == .webp ? "WebP" : self == .heif ? "HEIF" : rawValue.uppercased() }

    /// The format that a path's extension asks for when writing, or nil where it names none.
    public init?(writing path: String) {
        let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return nil }
        switch name[name.index(after: dot)...].lowercased() {
        case "png": self = .png
        case "jpg", "jpeg": self = .jpeg
        case "webp": self = .webp
        default: return nil
        }
    }

    /// The format that the first bytes of a file announce, whatever its name.
    public init?(sniffing bytes: [UInt8]) {
        func starts(_ signature: [UInt8], at offset: Int = 0) -> Bool { bytes.dropFirst(offset).starts(with: signature) }
        if starts([0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if starts(PNGChunks.signature) {
            self = .png
        } else if starts(Array("GIF87a".utf8)) || starts(Array("GIF89a".utf8)) {
            self = .gif
        } else if starts(Array("RIFF".utf8)) && starts(Array("WEBP".utf8), at: 8) {
            self = .webp
        } else if starts([0x49, 0x49, 0x2A, 0]) || starts([0x4D, 0x4D, 0, 0x2A]) {
            self = .tiff
        } else if starts(Array("ftyp".utf8), at: 4) && Self.heifBrands.contains(where: { starts(Array($0.utf8), at: 8) }) {
            self = .heif
        } else {
            return nil
        }
    }

    private static let heifBrands = ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1", "avif", "avis"]
    static let readableNames = "JPEG, PNG, WebP, GIF, TIFF, HEIF or AVIF"
    static let writableExtensions = ".png, .jpg, .jpeg or .webp"

    /// libvips' name of the operation that decodes this format from memory.
    var loader: String { "\(rawValue)load_buffer" }
}

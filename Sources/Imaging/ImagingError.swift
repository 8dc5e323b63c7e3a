/// What can be wrong with a picture, its file, or what is asked of it.
public enum ImagingError: Error, Sendable, Equatable {
    /// The file cannot be opened or read: absent, a folder, not permitted.
    case unreadable(path: String, reason: String)
    /// The file has no bytes.
    case emptyFile(path: String)
    /// The file exceeds `PictureReading.byteLimit`.
    case fileTooLarge(path: String, byteCount: Int, limit: Int)
    /// The first bytes belong to no picture format that is read here.
    case notAPicture(path: String)
    /// The format is known but the content is not whole or not valid; `detail` is the decoder's one line.
    case damaged(path: String, format: PictureFormat, detail: String)
    /// The header announces more pixels than `PictureReading.pixelLimit`.
    case tooManyPixels(path: String, size: PixelSize, limit: Int)
    /// A valid picture with samples this library does not represent.
    case unsupported(path: String, detail: String)
    /// A size that cannot be made: a side below 1, or too many pixels.
    case impossibleSize(PixelSize, limit: Int)
    /// Shrinking and cropping would leave a side without pixels.
    case vanishingSide(from: PixelSize, longSide: Int, multiple: Int, to: PixelSize)
    /// Scaling to an area and cutting to multiples would leave a side without pixels.
    case vanishingShape(from: PixelSize, area: Int, multiple: Int, to: PixelSize)
    /// The path to write names no format that can be written.
    case unknownExtension(path: String)
    /// The file cannot be put in place: no such folder, not permitted, no room.
    case unwritable(path: String, reason: String)
    /// The format cannot hold the picture, or is only read.
    case cannotEncode(format: PictureFormat, detail: String)
    /// A metadata key that a PNG file cannot hold.
    case invalidMetadataKey(String)
    /// A quality outside 1...100.
    case invalidQuality(Int)
    /// libvips itself does not start; `detail` is its one line.
    case libraryUnavailable(detail: String)
}

extension ImagingError: CustomStringConvertible {
    /// One line: what was wrong, what was expected, what to do.
    public var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "\(path) cannot be read: \(reason). Give the path of a picture file that you may open."
        case .emptyFile(let path):
            "\(path) is empty, a picture was expected. Copy or download the file again."
        case .fileTooLarge(let path, let byteCount, let limit):
            "\(path) has \(byteCount) bytes, at most \(limit) are read. Save the picture smaller, or raise the limit."
        case .notAPicture(let path):
            "\(path) is not a picture that can be read; expected \(PictureFormat.readableNames). Convert the file to one of these."
        case .damaged(let path, let format, let detail):
            "\(path) is a damaged \(format.name) file (\(detail)). Export or download the picture again."
        case .tooManyPixels(let path, let size, let limit):
            "\(path) has \(size) pixels, at most \(limit) in all are decoded. Scale the picture down, or raise the limit."
        case .unsupported(let path, let detail):
            "\(path) cannot be used: \(detail). Convert it to 8-bit PNG or JPEG."
        case .impossibleSize(let size, let limit):
            "A picture of \(size) pixels cannot be made; both sides must be at least 1 and the area at most \(limit). Choose another size."
        case .vanishingSide(let from, let longSide, let multiple, let to):
            "A picture of \(from) pixels becomes \(to) with a long side of \(longSide) cut to multiples of \(multiple): "
                + "a side without pixels. Use a picture with a less extreme shape, or a larger long side."
        case .vanishingShape(let from, let area, let multiple, let to):
            "A picture of \(from) pixels becomes \(to) when scaled to \(area) pixels in multiples of \(multiple): "
                + "a side without pixels. Use a picture with a less extreme shape."
        case .unknownExtension(let path):
            "\(path) does not end in a picture format that can be written; expected \(PictureFormat.writableExtensions). "
                + "Change the extension."
        case .unwritable(let path, let reason):
            "\(path) cannot be written: \(reason). Choose a folder that exists, may be written to and has room."
        case .cannotEncode(let format, let detail):
            "The picture cannot be saved as \(format.name) (\(detail)). Save it as PNG."
        case .invalidMetadataKey(let key):
            "The metadata key '\(key)' cannot be stored; expected 1 to 79 printable ASCII characters. Rename the key."
        case .invalidQuality(let quality):
            "The quality \(quality) does not exist; expected 1 to 100. Choose a value in that range."
        case .libraryUnavailable(let detail):
            "libvips does not start (\(detail)). Reinstall libvips 8.14 or newer."
        }
    }
}

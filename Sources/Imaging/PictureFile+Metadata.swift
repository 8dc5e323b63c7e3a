extension PictureFile {
    /// The texts stored with a picture: those of any PNG file, and those this library wrote into JPEG and WebP files.
    ///
    /// - Returns: Empty metadata for pictures without texts.
    public static func metadata(of path: String, _ reading: PictureReading = PictureReading()) throws(ImagingError) -> PictureMetadata {
        let bytes = try FileBytes.contents(of: path, limit: reading.byteLimit)
        guard let format = PictureFormat(sniffing: bytes) else { throw .notAPicture(path: path) }
        return metadata(in: bytes, format)
    }

    /// The texts stored with a picture held in memory.
    public static func metadata(bytes: [UInt8], name: String = "The picture") throws(ImagingError) -> PictureMetadata {
        guard let format = PictureFormat(sniffing: bytes) else { throw .notAPicture(path: name) }
        return metadata(in: bytes, format)
    }

    private static func metadata(in bytes: [UInt8], _ format: PictureFormat) -> PictureMetadata {
        switch format {
        case .png: PNGChunks.metadata(in: bytes)
        case .jpeg: JPEGSegments.metadata(in: bytes)
        case .webp: WebPChunks.metadata(in: bytes)
        case .gif, .tiff, .heif: PictureMetadata()
        }
    }
}

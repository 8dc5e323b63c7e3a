internal import CVips

extension PictureFile {
    /// Quality of lossy formats where none is asked for.
    public static let defaultQuality = 95

    /// Saves a picture in the format that the path's extension names: `.png`, `.jpg`, `.jpeg` or `.webp`.
    ///
    /// The file appears whole or not at all. Alpha is dropped, not blended, where the format has none.
    ///
    /// - Parameters:
    ///   - quality: 1...100, for JPEG and WebP.
    ///   - metadata: Texts that `metadata(of:)` and other programs read back.
    public static func write(
        _ image: PixelImage, to path: String, quality: Int = defaultQuality, metadata: PictureMetadata = PictureMetadata()
    ) throws(ImagingError) {
        guard let format = PictureFormat(writing: path) else { throw .unknownExtension(path: path) }
        try FileBytes.replace(path, with: encoded(image, as: format, quality: quality, metadata: metadata))
    }

    /// The bytes of a picture file.
    ///
    /// - Throws: `ImagingError.cannotEncode` for formats that are only read, and for sides the format has no room for.
    public static func encoded(
        _ image: PixelImage, as format: PictureFormat, quality: Int = defaultQuality, metadata: PictureMetadata = PictureMetadata()
    ) throws(ImagingError) -> [UInt8] {
        guard (1...100).contains(quality) else { throw .invalidQuality(quality) }
        try metadata.checkKeys()
        let metadata = metadata.storable
        switch format {
        case .png:
            return PNGChunks.adding(metadata, to: try bytes(of: image.withoutInks(), as: format) { atelier_vips_save_png($0, 6) })
        case .jpeg:
            let file = try bytes(of: image.withoutAlpha(), as: format) { atelier_vips_save_jpeg($0, Int32(quality)) }
            return JPEGSegments.adding(metadata, to: file)
        case .webp:
            let packet = XMPPacket.bytes(of: metadata)
            return try bytes(of: image.withoutInks(), as: format) { vips in
                if !metadata.isEmpty { packet.withUnsafeBytes { vips_image_set_blob_copy(vips, "xmp-data", $0.baseAddress, $0.count) } }
                return atelier_vips_save_webp(vips, Int32(quality))
            }
        case .gif, .tiff, .heif:
            throw .cannotEncode(format: format, detail: "it is only read, not written")
        }
    }

    /// Hands the pixels to libvips without copying them, and encodes.
    private static func bytes(
        of image: PixelImage, as format: PictureFormat, _ encode: (UnsafeMutablePointer<VipsImage>) -> UnsafeMutablePointer<VipsBlob>?
    ) throws(ImagingError) -> [UInt8] {
        try Vips.start()
        guard image.width <= VIPS_MAX_COORD && image.height <= VIPS_MAX_COORD else {
            throw .cannotEncode(format: format, detail: "\(image.size) pixels are too many on a side")
        }
        let encoded: [UInt8]? = image.pixels.withUnsafeBytes { pixels in
            guard
                let memory = vips_image_new_from_memory(
                    pixels.baseAddress, pixels.count, Int32(image.width), Int32(image.height), Int32(image.channelCount), VIPS_FORMAT_UCHAR)
            else { return nil }
            defer { atelier_vips_release_image(memory) }
            vips_image_set_int(memory, "interpretation", Int32(image.interpretation.rawValue))
            guard let blob = encode(memory) else { return nil }
            defer { atelier_vips_release_blob(blob) }
            var count = 0
            let bytes = vips_blob_get(blob, &count)
            return [UInt8](UnsafeRawBufferPointer(start: bytes, count: count))
        }
        guard let encoded else { throw .cannotEncode(format: format, detail: Vips.takeErrorLine()) }
        return encoded
    }
}

extension PixelImage {
    fileprivate var interpretation: VipsInterpretation {
        switch layout {
        case .gray, .grayAlpha: VIPS_INTERPRETATION_B_W
        case .rgb, .rgba: VIPS_INTERPRETATION_sRGB
        case .cmyk: VIPS_INTERPRETATION_CMYK
        }
    }

    fileprivate func withoutInks() -> PixelImage { layout == .cmyk ? rgb() : self }

    fileprivate func withoutAlpha() -> PixelImage { layout.hasAlpha || layout == .cmyk ? rgb() : self }
}

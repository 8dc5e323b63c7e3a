internal import CVips

/// Picture files: decoded and encoded by libvips, with limits that make any file safe to open.
public enum PictureFile {
    /// Decodes a picture file as Pillow opens it.
    ///
    /// Pixels equal Pillow's for JPEG, PNG, WebP, GIF and TIFF; for AVIF they are near, its decoders differ. 16-bit gray is
    /// cut at 255 here, where Pillow cuts after resizing. GIF, WebP and TIFF give their first frame.
    ///
    /// - Throws: `ImagingError` naming the file.
    public static func read(_ path: String, _ reading: PictureReading = PictureReading()) throws(ImagingError) -> PixelImage {
        try read(bytes: FileBytes.contents(of: path, limit: reading.byteLimit), name: path, reading)
    }

    /// Decodes a picture held in memory.
    ///
    /// - Parameter name: What errors call the picture.
    public static func read(
        bytes: [UInt8], name: String = "The picture", _ reading: PictureReading = PictureReading()
    ) throws(ImagingError) -> PixelImage {
        let header = try StoredPicture(bytes: bytes, name: name, byteLimit: reading.byteLimit)
        return try header.withImage { image throws(ImagingError) in
            try header.checkSize(image, limit: reading.pixelLimit)
            guard reading.appliesOrientation && vips_image_get_orientation(image) != 1 else { return try header.decoded(image) }
            guard let upright = atelier_vips_upright(image) else { throw header.damaged() }
            defer { atelier_vips_release_image(upright) }
            return try header.decoded(upright)
        }
    }

    /// Format, size and orientation of a picture file, without decoding it.
    public static func information(
        of path: String, _ reading: PictureReading = PictureReading()
    ) throws(ImagingError) -> PictureInformation {
        try information(bytes: FileBytes.contents(of: path, limit: reading.byteLimit), name: path, reading)
    }

    /// Format, size and orientation of a picture held in memory.
    public static func information(
        bytes: [UInt8], name: String = "The picture", _ reading: PictureReading = PictureReading()
    ) throws(ImagingError) -> PictureInformation {
        let header = try StoredPicture(bytes: bytes, name: name, byteLimit: reading.byteLimit)
        return try header.withImage { image in
            PictureInformation(
                format: header.format, size: StoredPicture.size(of: image), orientation: Int(vips_image_get_orientation(image)))
        }
    }
}

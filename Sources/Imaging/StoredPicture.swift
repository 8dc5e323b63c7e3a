internal import CVips

/// An encoded picture on its way through the decoder.
struct StoredPicture {
    let format: PictureFormat
    private let bytes: [UInt8]
    private let name: String
    private let sampling: StoredSampling

    init(bytes: [UInt8], name: String, byteLimit: Int) throws(ImagingError) {
        if bytes.isEmpty { throw .emptyFile(path: name) }
        if bytes.count > byteLimit { throw .fileTooLarge(path: name, byteCount: bytes.count, limit: byteLimit) }
        guard let format = PictureFormat(sniffing: bytes) else { throw .notAPicture(path: name) }
        self.format = format
        self.bytes = bytes
        self.name = name
        sampling = StoredSampling(bytes, format)
    }

    static func size(of image: UnsafeMutablePointer<VipsImage>) -> PixelSize {
        PixelSize(width: Int(vips_image_get_width(image)), height: Int(vips_image_get_height(image)))
    }

    func damaged() -> ImagingError { .damaged(path: name, format: format, detail: Vips.takeErrorLine()) }

    /// Opens the picture, which reads its header only, and closes it after `body`.
    func withImage<Value>(_ body: (UnsafeMutablePointer<VipsImage>) throws(ImagingError) -> Value) throws(ImagingError) -> Value {
        try Vips.start()
        let result = bytes.withUnsafeBytes { buffer -> Result<Value, ImagingError> in
            guard let image = atelier_vips_load(format.loader, buffer.baseAddress, buffer.count) else { return .failure(damaged()) }
            defer { atelier_vips_release_image(image) }
            return Result { () throws(ImagingError) in try body(image) }
        }
        return try result.get()
    }

    func checkSize(_ image: UnsafeMutablePointer<VipsImage>, limit: Int) throws(ImagingError) {
        let size = Self.size(of: image)
        if size.area > limit { throw .tooManyPixels(path: name, size: size, limit: limit) }
    }

    /// Decodes the pixels and arranges them as Pillow would.
    func decoded(_ image: UnsafeMutablePointer<VipsImage>) throws(ImagingError) -> PixelImage {
        let size = Self.size(of: image)
        let bands = Int(vips_image_get_bands(image))
        let layout = try layout(bands: bands, interpretation: vips_image_get_interpretation(image))
        var samples = try samples(of: image)
        if bands % 2 == 0, let palette = sampling.palette { uncover(palette.hiddenColour, in: &samples, bands: bands) }
        let pixels = layout.channelCount == bands ? samples : leadingChannels(layout.channelCount, of: samples, bands: bands)
        return PixelImage(
            width: size.width, height: size.height, layout: layout, pixels: pixels, isIndexed: sampling.isIndexed)
    }

    private func layout(bands: Int, interpretation: VipsInterpretation) throws(ImagingError) -> PixelImage.Layout {
        if interpretation == VIPS_INTERPRETATION_CMYK && bands >= 4 { return .cmyk }
        if sampling.palette?.isGrayRamp == true { return .gray }
        switch bands {
        case 1: return .gray
        case 2: return sampling.hidesAlpha ? .gray : .grayAlpha
        case 3: return .rgb
        case 4: return sampling.hidesAlpha ? .rgb : .rgba
        default: throw .unsupported(path: name, detail: "it has \(bands) channels, expected 1 to 4")
        }
    }

    /// The samples as bytes: 8-bit as they are; of 16 bits the high byte, or, for gray, the value cut at 255.
    private func samples(of image: UnsafeMutablePointer<VipsImage>) throws(ImagingError) -> [UInt8] {
        let sample = vips_image_get_format(image)
        guard sample == VIPS_FORMAT_UCHAR || sample == VIPS_FORMAT_USHORT else {
            throw .unsupported(path: name, detail: "its samples are not 8-bit or 16-bit integers")
        }
        var byteCount = 0
        guard let memory = vips_image_write_to_memory(image, &byteCount) else { throw damaged() }
        defer { g_free(memory) }
        if sample == VIPS_FORMAT_UCHAR { return [UInt8](UnsafeRawBufferPointer(start: memory, count: byteCount)) }
        let words = UnsafeRawBufferPointer(start: memory, count: byteCount).bindMemory(to: UInt16.self)
        // Pillow opens 16-bit gray as "I;16" and cuts values at 255 when it converts to RGB; 16-bit colour loses its low bytes.
        let isGray = vips_image_get_bands(image) == 1
        return words.map { isGray ? UInt8(clamping: $0) : UInt8($0 >> 8) }
    }

    /// Gives transparent pixels of a GIF file the colour of their index, which Pillow keeps.
    private func uncover(_ hidden: [UInt8], in samples: inout [UInt8], bands: Int) {
        for start in stride(from: 0, to: samples.count, by: bands) where samples[start + bands - 1] == 0 {
            for channel in 0..<bands - 1 { samples[start + channel] = hidden[channel] }
        }
    }

    private func leadingChannels(_ kept: Int, of samples: [UInt8], bands: Int) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: samples.count / bands * kept)
        for pixel in 0..<samples.count / bands {
            for channel in 0..<kept { result[pixel * kept + channel] = samples[pixel * bands + channel] }
        }
        return result
    }
}

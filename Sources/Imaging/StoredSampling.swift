/// What a file's header says about its samples and libvips does not: whether they were indices or single bits, and
/// whether the alpha that libvips reports is only a transparent colour, which Pillow leaves out of the pixels.
struct StoredSampling {
    let isIndexed: Bool
    let hidesAlpha: Bool
    /// The colour table of a GIF file.
    private(set) var palette: GIFPalette?

    init(_ bytes: [UInt8], _ format: PictureFormat) {
        switch format {
        case .png:
            // IHDR stands first: bit depth at byte 24, colour type at byte 25 (0 gray, 2 RGB, 3 palette, 4 and 6 with alpha).
            let (depth, colourType) = bytes.count > 25 ? (bytes[24], bytes[25]) : (8, 6)
            isIndexed = colourType == 3 || (colourType == 0 && depth == 1)
            hidesAlpha = colourType < 4
        case .gif:
            let palette = GIFPalette(bytes)
            self.palette = palette
            isIndexed = !palette.isGrayRamp
            hidesAlpha = true
        case .tiff:
            isIndexed = TIFFDirectory(bytes).isIndexed
            hidesAlpha = false
        case .jpeg, .webp, .heif:
            isIndexed = false
            hidesAlpha = false
        }
    }
}

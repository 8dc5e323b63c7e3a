internal import CVips

/// The entrance to libvips: started once, images and blobs released where they were obtained.
enum Vips {
    /// nil once libvips runs, else the reason why it does not.
    private static let startFailure: String? = atelier_vips_start("atelier") == 0 ? nil : takeErrorLine()

    /// Starts libvips at the first call, from whichever thread comes first.
    static func start() throws(ImagingError) {
        if let startFailure { throw .libraryUnavailable(detail: startFailure) }
    }

    /// The first line of what libvips has to say about the last failure, which is then forgotten.
    ///
    /// The buffer is shared by all threads, so under load the line can be that of another picture's failure.
    static func takeErrorLine() -> String {
        guard let buffer = vips_error_buffer_copy() else { return "no reason given" }
        defer { g_free(buffer) }
        let lines = String(cString: buffer).split(whereSeparator: \.isNewline)
        return lines.first.map { String($0.prefix(200)) } ?? "no reason given"
    }

    /// Calls `body` with the image and releases it, or returns nil where there is none.
    static func using<Value>(_ image: UnsafeMutablePointer<VipsImage>?, _ body: (UnsafeMutablePointer<VipsImage>) -> Value) -> Value? {
        guard let image else { return nil }
        defer { atelier_vips_release_image(image) }
        return body(image)
    }
}

import Imaging

/// Everything a stranger's bytes pass through: information, metadata, pixels, a reference.
///
/// Errors are the expected end; a crash, an overflow or a leak is a finding.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzImageDoor(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
    let reading = PictureReading(appliesOrientation: count % 2 == 0, pixelLimit: 1 << 20)
    _ = try? PictureFile.information(bytes: bytes, reading)
    _ = try? PictureFile.metadata(bytes: bytes)
    if let image = try? PictureFile.read(bytes: bytes, reading) {
        _ = try? image.referencePreprocessed(longSide: 64, multiple: 16)
    }
    return 0
}

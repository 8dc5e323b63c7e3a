/// The chunk of a WebP file that holds XMP. Source: RFC 9649, section 2.
enum WebPChunks {
    /// The metadata of a file written with an XMP packet of ours; empty for other files.
    static func metadata(in file: [UInt8]) -> PictureMetadata {
        var offset = 12
        while offset + 8 <= file.count {
            let length = Int(bigEndian: file[offset + 4..<offset + 8].reversed())
            let end = offset + 8 + length
            guard end <= file.count else { break }
            if file[offset..<offset + 4].elementsEqual("XMP ".utf8) { return XMPPacket.metadata(in: file[offset + 8..<end]) }
            offset = end + length % 2
        }
        return PictureMetadata()
    }
}

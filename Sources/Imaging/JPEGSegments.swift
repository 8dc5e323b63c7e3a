internal import CVips

/// The segments of a JPEG file that hold XMP. Source: Adobe, XMP specification part 3, section 1.1.3.
enum JPEGSegments {
    private static let packetName = Array("http://ns.adobe.com/xap/1.0/\0".utf8)
    private static let extensionName = Array("http://ns.adobe.com/xmp/extension/\0".utf8)
    /// A segment's length is 16-bit and counts itself.
    private static let segmentLimit = 65_533
    /// Behind the name of an extension segment: 32 letters of identifier, whole length and offset of four bytes each.
    private static let extensionHeaderLength = 40

    /// A file with the metadata behind its first marker, in as many segments as needed.
    static func adding(_ metadata: PictureMetadata, to file: [UInt8]) -> [UInt8] {
        if metadata.isEmpty { return file }
        let packet = XMPPacket.bytes(of: metadata)
        return Array(file.prefix(2)) + segments(for: packet) + file.dropFirst(2)
    }

    /// The metadata of a file written by `adding(_:to:)`; empty for other files.
    static func metadata(in file: [UInt8]) -> PictureMetadata {
        var (packet, continuation): (ArraySlice<UInt8>, [UInt8]) = ([], [])
        var offset = 2
        while offset + 4 <= file.count, file[offset] == 0xFF, file[offset + 1] != 0xDA {
            let length = Int(bigEndian: file[offset + 2..<offset + 4])
            guard length >= 2, offset + 2 + length <= file.count else { break }
            let content = file[offset + 4..<offset + 2 + length]
            if file[offset + 1] == 0xE1 && content.starts(with: packetName) {
                packet = content.dropFirst(packetName.count)
            } else if file[offset + 1] == 0xE1 && content.starts(with: extensionName) {
                continuation += content.dropFirst(extensionName.count + extensionHeaderLength)
            }
            offset += 2 + length
        }
        return XMPPacket.metadata(in: continuation.isEmpty ? packet : continuation[...])
    }

    private static func segments(for packet: [UInt8]) -> [UInt8] {
        if packetName.count + packet.count <= segmentLimit { return segment(packetName + packet) }
        let identifier = digest(packet)
        let step = segmentLimit - extensionName.count - extensionHeaderLength
        let parts = stride(from: 0, to: packet.count, by: step).map { start in
            segment(
                extensionName + Array(identifier.utf8) + UInt32(packet.count).bigEndianBytes + UInt32(start).bigEndianBytes
                    + packet[start..<min(start + step, packet.count)])
        }
        return segment(packetName + XMPPacket.reference(toExtension: identifier)) + parts.joined()
    }

    private static func segment(_ content: [UInt8]) -> [UInt8] {
        [0xFF, 0xE1] + UInt32(content.count + 2).bigEndianBytes.suffix(2) + content
    }

    /// The MD5 digest, in capitals, by which a packet names its extension.
    private static func digest(_ bytes: [UInt8]) -> String {
        guard let text = g_compute_checksum_for_data(G_CHECKSUM_MD5, bytes, gsize(bytes.count)) else {
            preconditionFailure("GLib always computes MD5 digests.")
        }
        defer { g_free(text) }
        return String(cString: text).uppercased()
    }
}

/// Metadata as an XMP packet, the form in which JPEG and WebP carry it.
///
/// Keys are free text, so each entry is a pair of properties rather than a property of its own. Packets are searched as
/// bytes: as characters, a mark combining with the ">" of a tag would hide the tag.
enum XMPPacket {
    static func bytes(of metadata: PictureMetadata) -> [UInt8] {
        let items = metadata.entries.map { entry in
            "<rdf:li rdf:parseType=\"Resource\"><atelier:key>\(escaped(entry.key))</atelier:key>"
                + "<atelier:text>\(escaped(entry.text))</atelier:text></rdf:li>"
        }
        return packet(
            " xmlns:atelier=\"urn:atelier:picture:1.0#\"", "<atelier:metadata><rdf:Seq>\(items.joined())</rdf:Seq></atelier:metadata>")
    }

    /// A packet that says only where the rest is. Source: Adobe, XMP specification part 3, section 1.1.3.1.
    static func reference(toExtension identifier: String) -> [UInt8] {
        packet(" xmlns:xmpNote=\"http://ns.adobe.com/xmp/note/\" xmpNote:HasExtendedXMP=\"\(identifier)\"", "")
    }

    /// The entries of a packet written by `bytes(of:)`; of other packets, none.
    static func metadata(in bytes: some Collection<UInt8>) -> PictureMetadata {
        var metadata = PictureMetadata()
        var rest = Array(bytes)[...]
        while metadata.entries.count < PictureMetadata.readingLimit,
            let key = next("atelier:key", in: &rest), let text = next("atelier:text", in: &rest)
        {
            metadata[key] = text
        }
        return metadata
    }

    private static func packet(_ attributes: String, _ content: String) -> [UInt8] {
        Array(
            """
            <?xpacket begin="\u{FEFF}" id="W5M0MpCehiHzreSzNTczkc9d"?>
            <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
            <rdf:Description rdf:about=""\(attributes)>\(content)</rdf:Description></rdf:RDF></x:xmpmeta>
            <?xpacket end="r"?>
            """.utf8)
    }

    /// The content of the next element of that name; `bytes` goes on behind it.
    private static func next(_ element: String, in bytes: inout ArraySlice<UInt8>) -> String? {
        guard let start = bytes.firstRange(of: Array("<\(element)>".utf8)) else { return nil }
        let inside = bytes[start.upperBound...]
        guard let end = inside.firstRange(of: Array("</\(element)>".utf8)) else { return nil }
        defer { bytes = bytes[end.upperBound...] }
        return unescaped(inside[..<end.lowerBound])
    }

    /// Carriage returns are spelled out because XML readers turn them into line feeds.
    private static let entities: KeyValuePairs<Unicode.Scalar, String> = ["&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"]

    private static func escaped(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if let entity = entities.first(where: { $0.key == scalar }) {
                result.append(contentsOf: entity.value.unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }

    private static func unescaped(_ bytes: ArraySlice<UInt8>) -> String {
        var result: [UInt8] = []
        var rest = bytes
        while let byte = rest.first {
            if byte == UInt8(ascii: "&"), let entity = entities.first(where: { rest.starts(with: $0.value.utf8) }) {
                result.append(contentsOf: String(entity.key).utf8)
                rest = rest.dropFirst(entity.value.utf8.count)
            } else {
                result.append(byte)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

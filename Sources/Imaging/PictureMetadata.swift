/// Texts stored with a picture, by key, in the order in which they were added.
public struct PictureMetadata: Sendable, Equatable {
    /// The key under which other programs keep and look for the settings of a generated picture, as readable text.
    public static let parametersKey = "parameters"
    /// The key of this engine's own recipe, as JSON.
    public static let recipeKey = "atelier"

    public private(set) var entries: [(key: String, text: String)]

    public init(_ entries: KeyValuePairs<String, String> = [:]) {
        self.entries = []
        for (key, text) in entries { self[key] = text }
    }

    public subscript(key: String) -> String? {
        get { entries.first { $0.key == key }?.text }
        set {
            let index = entries.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let text?): entries[index].text = text
            case (let index?, nil): entries.remove(at: index)
            case (nil, let text?): entries.append((key, text))
            case (nil, nil): break
            }
        }
    }

    public var isEmpty: Bool { entries.isEmpty }

    public static func == (left: PictureMetadata, right: PictureMetadata) -> Bool {
        left.entries.elementsEqual(right.entries, by: ==)
    }
}

extension PictureMetadata {
    /// Refuses keys that a PNG file cannot hold, so that metadata does not depend on the format.
    func checkKeys() throws(ImagingError) {
        for (key, _) in entries {
            let isValid = (1...79).contains(key.utf8.count) && key.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
            if !isValid || key.hasPrefix(" ") || key.hasSuffix(" ") { throw .invalidMetadataKey(key) }
        }
    }

    /// The texts without control characters, which neither PNG nor XML can hold; each becomes U+FFFD.
    var storable: PictureMetadata {
        var result = PictureMetadata()
        for (key, text) in entries {
            var scalars = String.UnicodeScalarView()
            for scalar in text.unicodeScalars {
                let isStorable = scalar.value >= 0x20 && scalar.value != 0xFFFE && scalar.value != 0xFFFF || "\t\n\r".unicodeScalars.contains(scalar)
                scalars.append(isStorable ? scalar : "\u{FFFD}")
            }
            result[key] = String(scalars)
        }
        return result
    }
}

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

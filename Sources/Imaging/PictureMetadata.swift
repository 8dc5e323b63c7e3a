/// Texts stored with a picture, by key, in the order in which they were added.
public struct PictureMetadata: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// The key under which other programs keep and look for the settings of a generated picture, as readable text.
    public static let parametersKey = "parameters"
    /// The key of this engine's own recipe, as JSON.
    public static let recipeKey = "atelier"

    /// All texts.
    public private(set) var entries: [(key: String, text: String)]

    /// No texts.
    public init() {
        entries = []
    }

    /// Texts by key; of equal keys the last counts.
    public init(dictionaryLiteral elements: (String, String)...) {
        entries = []
        for (key, text) in elements { self[key] = text }
    }

    /// The text of a key; setting nil removes the entry.
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

    /// True without any text.
    public var isEmpty: Bool { entries.isEmpty }

    /// Equal keys and texts in equal order.
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

    /// Texts read from one file at most: more are no description of a picture, and each is compared with those before it.
    static let readingLimit = 256

    /// The texts without control characters, which neither PNG nor XML can hold; each becomes U+FFFD.
    var storable: PictureMetadata {
        var result = PictureMetadata()
        for (key, text) in entries {
            var scalars = String.UnicodeScalarView()
            for scalar in text.unicodeScalars {
                switch scalar.value {
                case 0x09, 0x0A, 0x0D, 0x20..<0xFFFE, 0x10000...: scalars.append(scalar)
                default: scalars.append("\u{FFFD}")
                }
            }
            result[key] = String(scalars)
        }
        return result
    }
}

/// Sizes of a reader's networks, as `reader.json` stores them.
public struct ReaderConfiguration: Sendable, Codable, Equatable {
    /// Side in pixels of what the networks look at.
    public var side = 48
    /// Channels of the four levels of the network that looks at one toy, and of the one that looks at the whole picture.
    public var toyWidths = [16, 32, 64, 128]
    public var sceneWidths = [8, 16, 32, 48]
    /// Values in front of the toy network's answers.
    public var features = 80
    /// Length of an identity embedding.
    public var embedding = 48

    public init() {}
}

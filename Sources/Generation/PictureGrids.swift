/// The size of a picture that a language model draws, in squares of 32 pixels.
public struct PictureGrids: Sendable, Codable, Equatable, CustomStringConvertible {
    public let height, width: Int

    /// What a side may be; the vocabulary names more, but no model was trained beyond.
    public static let sides = 1...128

    public init(height: Int, width: Int) {
        (self.height, self.width) = (height, width)
    }

    /// "16x16", height first.
    public var description: String { "\(height)x\(width)" }
}

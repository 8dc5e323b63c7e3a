/// Something one can ask about a picture, with its answer.
public struct WorldQuestion: Sendable, Codable, Hashable {
    /// What the question is about.
    public enum Topic: String, Sendable, Codable, CaseIterable {
        case kind, count, place, colour, pattern, accessory, wearing, size, side, mood, hair, glasses, style, description
    }

    public var topic: Topic
    public var question: String
    /// One to four words; a caption where a description is asked for.
    public var answer: String
}

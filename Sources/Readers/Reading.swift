public import World

/// What the reader sees in one window.
public struct ToyReading: Sendable {
    public let kind: ToyKind
    public let pattern: ToyPattern
    public let accessory: ToyAccessory
    /// Hues 0..<1 of the body, its pattern and what it wears; without meaning where there is no such thing.
    public let mainHue, secondHue, accessoryHue: Float
    /// A direction, of length 1.
    public let embedding: [Float]

    /// How alike two toys are, -1...1: the cosine of their embeddings.
    public func similarity(to other: ToyReading) -> Double {
        zip(embedding, other.embedding).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
}

/// What the reader sees in a whole picture.
public struct SceneReading: Sendable {
    public let place: Place
    /// Toys, 0 to 3.
    public let subjectCount: Int
}

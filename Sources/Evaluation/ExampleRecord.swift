public import World

/// What was asked for in one example, and what is seen in the pictures of it: one line of the results.
public struct ExampleRecord: Sendable, Codable, Equatable {
    public var index: Int
    /// Of the picture's noise.
    public var seed: UInt64
    public var caption: String
    public var place: Place
    /// In the order of the references.
    public var subjects: [SubjectRecord]
    /// The picture that was made.
    public var made: PictureReading
    /// The true picture, and what the model's autoencoder makes of it: what can be reached at best.
    public var truth: PictureReading
    public var roundTrip: PictureReading?
}

/// A toy that was asked for.
public struct SubjectRecord: Sendable, Codable, Equatable {
    public var toy: ToyIdentity
    /// From the left, among the toys of its scene.
    public var position: Int
}

/// What is seen in one picture.
public struct PictureReading: Sendable, Codable, Equatable {
    public var place: Place
    public var subjectCount: Int
    /// For each subject that was asked for, what its window shows.
    public var subjects: [SubjectReading]
}

/// What is seen where a subject should be.
public struct SubjectReading: Sendable, Codable, Equatable {
    public var kind: ToyKind
    public var pattern: ToyPattern
    public var accessory: ToyAccessory
    public var mainHue: Float
    /// By the identity embedding, and by colours alone; nil where there are no references.
    public var identity, palette: Likeness?
}

/// How alike a window is to references.
public struct Likeness: Sendable, Codable, Equatable {
    /// To the subject's own.
    public var own: Double
    /// To those of other toys of the same kind, which the caption would fit as well.
    public var decoys: [Double]
    /// To the other subject's reference; and, for comparison, to toys of the other's kind that are not in the picture.
    public var other: Double?
    public var otherDecoys: [Double] = []

    /// Whether the own reference is the most alike one.
    var isTop: Bool { decoys.allSatisfy { own > $0 } }
    /// How much more alike the own reference is than others of its kind.
    var margin: Double { own - decoys.reduce(0, +) / Double(max(1, decoys.count)) }
    /// How much more the window has of the other subject than of other toys of that one's kind.
    var leakage: Double? { other.map { $0 - otherDecoys.reduce(0, +) / Double(max(1, otherDecoys.count)) } }
}

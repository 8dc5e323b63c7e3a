/// What was made of one scene: a file beside its pictures. Paths are relative to the output folder, or absolute.
struct SceneRecord: Codable, Sendable, Equatable {
    var index: Int
    var name: String
    var prompt: String
    var target: String
    var subjects: [SubjectRecord]
    /// Why nothing was made; the next run tries again.
    var problem: String?
}

/// A subject of a scene.
struct SubjectRecord: Codable, Sendable, Equatable {
    var name: String
    /// What was cut out of the picture, and the drawing most like it. No drawing where crops are used, or where the subject has
    /// a reference already, which then stands for the crop.
    var crop: String
    var drawing: String?
    /// What each of the drawings was asked for, the seed of its noise, and how alike it is, -1...1.
    var tries: [Try] = []

    struct Try: Codable, Sendable, Equatable {
        var prompt: String
        var seed: UInt64
        var similarity: Double
    }

    /// The first of the most alike drawings.
    var best: Try? { tries.max { $0.similarity < $1.similarity } }
}

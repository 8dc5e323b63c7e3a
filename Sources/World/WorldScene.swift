/// What a subject of a scene is.
public enum SubjectIdentity: Sendable, Hashable {
    case toy(ToyIdentity)

    /// The toy, where the subject is one.
    public var toy: ToyIdentity? {
        if case .toy(let toy) = self { toy } else { nil }
    }
}

extension SubjectIdentity: Codable {
    private enum CodingKeys: String, CodingKey { case toy }

    public init(from decoder: any Decoder) throws {
        self = .toy(try decoder.container(keyedBy: CodingKeys.self).decode(ToyIdentity.self, forKey: .toy))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .toy(let toy): try container.encode(toy, forKey: .toy)
        }
    }
}

/// A subject where it stands.
public struct SceneSubject: Sendable, Codable, Hashable {
    public var identity: SubjectIdentity
    public var pose: Pose
}

/// What a reference is for.
public enum ReferenceRole: String, Sendable, Codable, CaseIterable {
    case subject, style, face, garment
}

/// The manner in which the last stage draws a scene.
public enum PictureStyle: String, Sendable, Codable, CaseIterable {
    case plain
}

/// An example before anything is drawn: all that decides its pictures and its captions.
public struct WorldScene: Sendable, Codable, Hashable {
    public var task: WorldTask
    public var layout: PlaceLayout
    public var style: PictureStyle
    /// In the order the caption names them, which is that of their references.
    public var subjects: [SceneSubject]
    /// Whether the caption says "to the right of", and so names the right subject first.
    public var namesRightFirst: Bool

    /// Where the scene is.
    public var place: Place { layout.place }
}

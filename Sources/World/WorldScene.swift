/// What a subject of a scene is.
public enum SubjectIdentity: Sendable, Hashable {
    case toy(ToyIdentity)
    /// The head is what the reference shows.
    case person(PersonIdentity)
    /// Worn by the doll.
    case garment(GarmentIdentity)

    /// The toy, where the subject is one.
    public var toy: ToyIdentity? {
        if case .toy(let toy) = self { toy } else { nil }
    }

    /// The person, where the subject is one.
    public var person: PersonIdentity? {
        if case .person(let person) = self { person } else { nil }
    }

    /// The garment, where the subject is one.
    public var garment: GarmentIdentity? {
        if case .garment(let garment) = self { garment } else { nil }
    }

    /// What the subject's reference is for.
    var role: ReferenceRole {
        switch self {
        case .toy: .subject
        case .person: .face
        case .garment: .garment
        }
    }
}

extension SubjectIdentity: Codable {
    private enum CodingKeys: String, CodingKey { case toy, person, garment }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let person = try container.decodeIfPresent(PersonIdentity.self, forKey: .person) {
            self = .person(person)
        } else if let garment = try container.decodeIfPresent(GarmentIdentity.self, forKey: .garment) {
            self = .garment(garment)
        } else {
            self = .toy(try container.decode(ToyIdentity.self, forKey: .toy))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .toy(let toy): try container.encode(toy, forKey: .toy)
        case .person(let person): try container.encode(person, forKey: .person)
        case .garment(let garment): try container.encode(garment, forKey: .garment)
        }
    }
}

/// A subject where it stands.
public struct SceneSubject: Sendable, Codable, Hashable {
    public var identity: SubjectIdentity
    public var pose: Pose
    /// Expression, view and clothes, where the subject is a person.
    public var person: PersonBearing?
    /// The arms of the doll, where the subject is a garment.
    public var doll: DollBearing?

    public init(identity: SubjectIdentity, pose: Pose, person: PersonBearing? = nil, doll: DollBearing? = nil) {
        self.identity = identity
        self.pose = pose
        self.person = person
        self.doll = doll
    }
}

/// What a reference is for.
public enum ReferenceRole: String, Sendable, Codable, CaseIterable {
    case subject, style, face, garment
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

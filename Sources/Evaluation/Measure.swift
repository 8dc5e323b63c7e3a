import World

/// Something that is measured on every example of a kind: a name, what chance gives, and how it follows from a reading.
public struct Measure: Sendable {
    /// As the JSON calls it: `identity_top1`, `kind.left`.
    public let name: String
    /// As people read it.
    public let title: String
    /// What a picture that has nothing to do with the references gets.
    public let chance: Double?
    /// False for errors and leakage.
    public let isBetterHigher: Bool
    let value: @Sendable (ExampleRecord, PictureReading) -> Double?

    /// The measures of examples with that many references.
    public static func all(references: Int) -> [Measure] {
        switch references {
        case 0: whole + [kind] + named
        case 1: subject + whole
        default:
            binding + whole + subject + [(0, "left"), (1, "right")].flatMap { position, side in subject.map { $0.only(position, side) } }
        }
    }

    // MARK: of whole pictures

    private static let whole = [
        Measure("place", "place", 1 / 12) { $1.place == $0.place ? 1 : 0 },
        Measure("subject_count", "number of subjects", nil) { $1.subjectCount == $0.subjects.count ? 1 : 0 },
    ]

    private static let binding = [
        Measure("binding", "left and right by identity", 1 / 2) { bound($1, \.identity) },
        Measure("binding_palette", "left and right by palette", 1 / 2) { bound($1, \.palette) },
        Measure("leakage", "leakage of identity from the other subject", 0, isBetterHigher: false) {
            average($0, $1) { _, seen in seen.identity?.leakage }
        },
        Measure("leakage_palette", "leakage of palette from the other subject", 0, isBetterHigher: false) {
            average($0, $1) { _, seen in seen.palette?.leakage }
        },
    ]

    /// Whether the two windows go with their own references better than exchanged.
    private static func bound(_ reading: PictureReading, _ likeness: KeyPath<SubjectReading, Likeness?>) -> Double? {
        let pair = reading.subjects.compactMap { $0[keyPath: likeness] }
        guard pair.count == 2, let first = pair[0].other, let second = pair[1].other else { return nil }
        return pair[0].own + pair[1].own > first + second ? 1 : 0
    }

    // MARK: of single subjects

    private static let kind = each("kind", "kind", 1 / 8) { $1.kind == $0.kind ? 1 : 0 }

    /// What captions without references say, where they say it.
    private static let named = [
        each("colour", "named colour, where it is plain to see", 1 / 8) { toy, seen in
            guard toy.pattern.showsGround else { return nil }
            return HueColour(hue: seen.mainHue, saturation: 1, value: 1).name == toy.main.name ? 1 : 0
        },
        each("pattern", "named pattern", 1 / 6) { toy, seen in
            toy.pattern.adjective.map { _ in seen.pattern == toy.pattern ? 1 : 0 }
        },
        each("accessory", "named accessory", 1 / 6) { toy, seen in
            toy.accessory.phrase.map { _ in seen.accessory == toy.accessory ? 1 : 0 }
        },
    ]

    private static let subject = [
        each("identity_top1", "identity, first of 8 of its kind", 1 / 8) { _, seen in seen.identity.map { $0.isTop ? 1 : 0 } },
        each("identity_margin", "identity, cosine above others of its kind", 0) { _, seen in seen.identity?.margin },
        each("palette_top1", "palette, first of 8 of its kind", 1 / 8) { _, seen in seen.palette.map { $0.isTop ? 1 : 0 } },
        each("palette_overlap", "palette, overlap above others of its kind", 0) { _, seen in seen.palette?.margin },
        kind,
        each("pattern", "pattern", 1 / 6) { $1.pattern == $0.pattern ? 1 : 0 },
        each("accessory", "accessory", 1 / 6) { $1.accessory == $0.accessory ? 1 : 0 },
        each("main_hue_error", "main colour where it is plain to see, error in turns", 0.25, isBetterHigher: false) { toy, seen in
            guard toy.pattern.showsGround else { return nil }
            let distance = abs(Double(toy.main.hue - seen.mainHue))
            return min(distance, 1 - distance)
        },
    ]

    /// The mean over an example's subjects.
    private static func each(
        _ name: String, _ title: String, _ chance: Double?, isBetterHigher: Bool = true,
        _ value: @escaping @Sendable (ToyIdentity, SubjectReading) -> Double?
    ) -> Measure {
        Measure(name, title, chance, isBetterHigher: isBetterHigher, ofSubjects: value) { average($0, $1, value) }
    }

    private static func average(
        _ record: ExampleRecord, _ reading: PictureReading, _ value: (ToyIdentity, SubjectReading) -> Double?
    ) -> Double? {
        let values = zip(record.subjects, reading.subjects).compactMap { value($0.toy, $1) }
        return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    private let ofSubjects: (@Sendable (ToyIdentity, SubjectReading) -> Double?)?

    private init(
        _ name: String, _ title: String, _ chance: Double?, isBetterHigher: Bool = true,
        ofSubjects: (@Sendable (ToyIdentity, SubjectReading) -> Double?)? = nil,
        _ value: @escaping @Sendable (ExampleRecord, PictureReading) -> Double?
    ) {
        (self.name, self.title, self.chance, self.isBetterHigher) = (name, title, chance, isBetterHigher)
        self.ofSubjects = ofSubjects
        self.value = value
    }

    /// The same, of the subject at one position from the left.
    private func only(_ position: Int, _ side: String) -> Measure {
        let ofSubjects = ofSubjects
        return Measure("\(name).\(side)", "\(title), \(side)", chance, isBetterHigher: isBetterHigher) { record, reading in
            guard let place = record.subjects.firstIndex(where: { $0.position == position }), place < reading.subjects.count else { return nil }
            return ofSubjects?(record.subjects[place].toy, reading.subjects[place])
        }
    }
}

extension ToyPattern {
    /// Whether one of the two colours is the ground, and the other is on it; stripes, halves and checks are either way round.
    fileprivate var showsGround: Bool {
        switch self {
        case .plain, .dots, .belly: true
        case .stripes, .halves, .checks: false
        }
    }
}

/// The samples of one archive: members grouped by the part of their path before the first dot of the file name.
package struct TarIndex: Sendable {
    /// One example's members.
    package struct Sample: Sendable, Equatable {
        package var key: String
        package var target: TarMember
        package var references: [TarMember]
        /// One for each reference, or empty.
        package var masks: [TarMember]
        package var json: TarMember?
        package var text: TarMember?
    }

    /// Complete samples in the order in which their first members stand in the archive.
    package private(set) var samples: [Sample] = []
    /// Keys of samples without a target, without a text, or with a gap in their references.
    package private(set) var incompleteKeys: [String] = []

    /// Reads all headers of an archive.
    package init(_ source: some TarBytes) throws(TarProblem) {
        var walk = TarWalk(source)
        var drafts: [Draft] = []
        var places: [String: Int] = [:]
        while let member = try walk.next() {
            guard let (key, role) = Role.read(member.name) else { continue }
            let place = places[key] ?? drafts.count
            if place == drafts.count {
                drafts.append(Draft(key: key))
                places[key] = place
            }
            drafts[place].add(member, role)
        }
        for draft in drafts {
            if let sample = draft.sample { samples.append(sample) } else if draft.hasPicture { incompleteKeys.append(draft.key) }
        }
    }
}

/// What a member is to its sample.
private enum Role {
    case json, text
    case target
    /// A picture without a role: the target where no other is.
    case picture
    case reference(Int)
    case mask(Int)

    /// A sample may have this many references at most; larger numbers are other files.
    private static let referenceLimit = 64

    /// The sample's key and the member's role, or nil for a file that is none of a sample's.
    ///
    /// "a/0001.ref0.jpg" is reference 0 of "a/0001": the key ends at the first dot of the file name.
    static func read(_ name: String) -> (key: String, role: Role)? {
        let start = name.lastIndex(of: "/").map(name.index(after:)) ?? name.startIndex
        guard let dot = name[start...].firstIndex(of: "."), dot > start else { return nil }
        let parts = name[name.index(after: dot)...].lowercased().split(separator: ".", omittingEmptySubsequences: false)
        return role(parts).map { (String(name[..<dot]), $0) }
    }

    private static func role(_ parts: [Substring]) -> Role? {
        if parts == ["json"] { return .json }
        if parts == ["txt"] { return .text }
        guard let kind = parts.last, ["png", "jpg", "jpeg", "webp"].contains(kind) else { return nil }
        if parts.count == 1 { return .picture }
        guard parts.count == 2, let role = parts.first else { return nil }
        if role == "target" { return .target }
        if let number = number(role, after: "ref") { return .reference(number) }
        return number(role, after: "mask").map(Role.mask)
    }

    private static func number(_ text: Substring, after prefix: String) -> Int? {
        guard text.hasPrefix(prefix) else { return nil }
        let digits = text.dropFirst(prefix.count)
        guard (1...2).contains(digits.count), let number = Int(digits), digits.allSatisfy(\.isNumber), number < referenceLimit else { return nil }
        return number
    }
}

/// A sample whose members are still being found.
private struct Draft {
    let key: String
    private var target: TarMember?
    private var picture: TarMember?
    private var references: [Int: TarMember] = [:]
    private var masks: [Int: TarMember] = [:]
    private var json: TarMember?
    private var text: TarMember?

    init(key: String) { self.key = key }

    /// A name that comes twice means its last member, as when an archive is unpacked.
    mutating func add(_ member: TarMember, _ role: Role) {
        switch role {
        case .json: json = member
        case .text: text = member
        case .target: target = member
        case .picture: picture = member
        case .reference(let number): references[number] = member
        case .mask(let number): masks[number] = member
        }
    }

    var hasPicture: Bool { target != nil || picture != nil || !references.isEmpty }

    /// nil where something is missing.
    var sample: TarIndex.Sample? {
        guard let target = target ?? picture, json != nil || text != nil else { return nil }
        let ordered = (0..<references.count).compactMap { references[$0] }
        guard ordered.count == references.count else { return nil }
        let orderedMasks = ordered.indices.compactMap { masks[$0] }
        return TarIndex.Sample(
            key: key, target: target, references: ordered, masks: orderedMasks.count == ordered.count ? orderedMasks : [], json: json, text: text)
    }
}

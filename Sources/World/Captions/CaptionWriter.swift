/// Writes captions: short sentences from templates, words apart by single spaces.
struct CaptionWriter {
    /// No caption is longer.
    static let wordLimit = 15

    let scene: WorldScene
    let wording: WordingChances
    private var random: RandomStream

    init(_ scene: WorldScene, _ wording: WordingChances, _ random: RandomStream) {
        self.scene = scene
        self.wording = wording
        self.random = random
    }

    /// The longest caption that says all there is to say.
    mutating func description() -> String {
        let full = WordingChances(colour: 1, pattern: 1, accessory: 1)
        let place = scene.place.phrases[0]
        return "\(list(leftToRight.map { phrase($0, full) })) \(place)"
    }

    private var leftToRight: [SceneSubject] { scene.subjects.sorted { $0.pose.x < $1.pose.x } }

    /// A caption of at most `wordLimit` words; another one each time.
    mutating func caption() -> String {
        for _ in 0..<8 {
            let caption = sentence(scene.subjects.map { phrase($0, wording) }, random.pick(scene.place.phrases))
            if Self.wordCount(caption) <= Self.wordLimit { return caption }
        }
        // Two or three toys with many words each: say only what they are.
        let bare = scene.subjects.map { phrase($0, WordingChances()) }
        return shortest(bare, scene.place.phrases[scene.place.phrases.count - 1])
    }

    /// Different captions, as many as asked for where the templates give so many.
    mutating func captions(_ count: Int) -> [String] {
        var captions: [String] = []
        for _ in 0..<count * 4 where captions.count < count {
            let caption = caption()
            if !captions.contains(caption) { captions.append(caption) }
        }
        return captions
    }

    static func wordCount(_ text: String) -> Int {
        var count = 1
        for character in text.utf8 where character == UInt8(ascii: " ") || character == UInt8(ascii: ",") { count += 1 }
        return count
    }

    // MARK: Sentences

    /// - Parameter toys: what the subjects are called, toys or others.
    private mutating func sentence(_ toys: [String], _ place: String) -> String {
        switch toys.count {
        case 1: one(toys[0], place)
        case 2: two(toys[0], toys[1], place)
        default: random.chance(0.5) ? shortest(toys, place) : "\(place) \(list(toys))"
        }
    }

    private mutating func one(_ toy: String, _ place: String) -> String {
        switch random.below(8) {
        case 0, 1, 2: "\(toy) \(place)"
        case 3: "\(place) there is \(toy)"
        case 4: "a photo of \(toy) \(place)"
        case 5: "a picture of \(toy) \(place)"
        case 6: "\(toy) is \(place)"
        default: "\(toy) standing \(place)"
        }
    }

    /// The first reference is `first`, wherever it stands.
    private mutating func two(_ first: String, _ second: String, _ place: String) -> String {
        if scene.namesRightFirst {
            return random.chance(0.75) ? "\(first) to the right of \(second) \(place)" : "\(first) right of \(second) \(place)"
        }
        return switch random.below(8) {
        case 0, 1, 2: "\(first) to the left of \(second) \(place)"
        case 3: "\(first) left of \(second) \(place)"
        case 4: "\(place) there are \(first) and \(second)"
        case 5: "a picture of \(first) and \(second) \(place)"
        default: "\(first) and \(second) \(place)"
        }
    }

    private func shortest(_ toys: [String], _ place: String) -> String { "\(list(toys)) \(place)" }

    private func list(_ toys: [String]) -> String {
        toys.count < 3 ? toys.joined(separator: " and ") : "\(toys[0]), \(toys[1]) and \(toys[2])"
    }

    // MARK: Subjects

    private mutating func phrase(_ subject: SceneSubject, _ wording: WordingChances) -> String {
        switch subject.identity {
        case .toy(let toy): return phrase(toy, wording)
        case .person:
            let mood = subject.person?.expression.adjective
            if let mood, random.chance(max(0.35, wording.colour)) { return "a \(mood) person" }
            return "a person"
        case .garment(let garment):
            return "a doll \(random.chance(0.5) ? "wearing" : "in") \(phrase(garment, wording))"
        }
    }

    /// "a red striped dress"; dungarees come without an article.
    private mutating func phrase(_ garment: GarmentIdentity, _ wording: WordingChances) -> String {
        var words: [String] = []
        if random.chance(wording.colour) { words.append(garment.main.name.rawValue) }
        if random.chance(wording.pattern), let word = garment.pattern.adjective { words.append(word) }
        words.append(garment.kind.rawValue)
        if garment.kind != .dungarees { words.insert(Self.article(words[0]), at: 0) }
        return words.joined(separator: " ")
    }

    /// "a red striped star toy with a crown".
    private mutating func phrase(_ toy: ToyIdentity, _ wording: WordingChances) -> String {
        var words: [String] = []
        if random.chance(wording.colour) { words.append(toy.main.name.rawValue) }
        if random.chance(wording.pattern), let word = toy.pattern.adjective { words.append(word) }
        words.append(toy.kind.rawValue)
        words.append("toy")
        let phrase = "\(Self.article(words[0])) \(words.joined(separator: " "))"
        guard random.chance(wording.accessory), let wears = toy.accessory.phrase else { return phrase }
        return "\(phrase) with \(wears)"
    }

    static func article(_ word: String) -> String {
        word.first.map { "aeiou".contains($0) } == true ? "an" : "a"
    }
}

extension PersonBearing.Expression {
    /// How captions call somebody who looks like this.
    var adjective: String? { self == .calm ? nil : rawValue }
}

extension ToyPattern {
    /// How captions call a toy that has it.
    public var adjective: String? {
        switch self {
        case .plain: "plain"
        case .stripes: "striped"
        case .dots: "dotted"
        case .halves: "two-coloured"
        case .belly: nil
        case .checks: "checkered"
        }
    }
}

extension ToyAccessory {
    /// With its article; nothing for a bare toy.
    public var phrase: String? {
        switch self {
        case .none: nil
        case .hat: "a hat"
        case .crown: "a crown"
        case .bow: "a bow"
        case .antenna: "an antenna"
        case .topHat: "a top hat"
        }
    }
}

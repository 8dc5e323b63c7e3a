/// Asks about a scene what the scene itself answers.
///
/// Questions to be answered yes or no are drawn so that both are equally likely.
struct QuestionWriter {
    let scene: WorldScene
    private var random: RandomStream
    /// The subjects from left to right.
    private let subjects: [SceneSubject]
    private let toys: [ToyIdentity]

    init(_ scene: WorldScene, _ random: RandomStream) {
        self.scene = scene
        self.random = random
        subjects = scene.subjects.sorted { $0.pose.x < $1.pose.x }
        toys = subjects.compactMap(\.identity.toy)
    }

    /// Every question that has an answer, in random order.
    func questions() -> [WorldQuestion] {
        var writer = self
        var questions = [writer.placeQuestion(), writer.descriptionQuestion()]
        switch scene.subjects.first?.identity {
        case .person(let person): questions += writer.personQuestions(person)
        case .garment(let garment): questions += writer.garmentQuestions(garment)
        case .toy: questions += writer.toyQuestions()
        case nil: break
        }
        questions.append(WorldQuestion(topic: .style, question: "what style is the picture?", answer: scene.style.words))
        for i in questions.indices.reversed() { questions.swapAt(i, writer.random.below(i + 1)) }
        return questions
    }

    // MARK: Every scene

    private mutating func placeQuestion() -> WorldQuestion {
        let (verb, noun) =
            switch scene.subjects.first?.identity {
            case .person: ("is", "person")
            case .garment: ("is", "doll")
            default: toys.count > 1 ? ("are", "toys") : ("is", "toy")
            }
        return WorldQuestion(topic: .place, question: "where \(verb) the \(noun)?", answer: scene.place.phrases[0])
    }

    private mutating func descriptionQuestion() -> WorldQuestion {
        var writer = CaptionWriter(scene, WordingChances(), random)
        return WorldQuestion(topic: .description, question: "describe the picture.", answer: writer.description())
    }

    // MARK: Toys

    private mutating func toyQuestions() -> [WorldQuestion] {
        var questions = [WorldQuestion(topic: .count, question: "how many toys are there?", answer: ["one", "two", "three"][toys.count - 1])]
        let positions = toys.count == 1 ? [""] : toys.count == 2 ? ["left", "right"] : ["left", "middle", "right"]
        let asked = random.below(toys.count)
        let spot = positions[asked] == "middle" ? "in the middle" : "on the \(positions[asked])"
        questions.append(
            WorldQuestion(
                topic: .kind, question: toys.count == 1 ? "what kind of toy is this?" : "what kind of toy is \(spot)?",
                answer: toys[asked].kind.rawValue))
        questions += attributeQuestions(random.below(toys.count))
        if toys.count > 1 { questions += comparisons() }
        return questions
    }

    /// "the star", or "the left star" where there are several.
    private func name(_ position: Int) -> String {
        let kind = toys[position].kind
        guard toys.count(where: { $0.kind == kind }) > 1 else { return "the \(kind.rawValue)" }
        let side = position == 0 ? "left" : position == toys.count - 1 ? "right" : "middle"
        return "the \(side) \(kind.rawValue)"
    }

    private mutating func attributeQuestions(_ position: Int) -> [WorldQuestion] {
        let (toy, name) = (toys[position], name(position))
        var questions = [
            WorldQuestion(topic: .colour, question: "what colour is \(name)?", answer: toy.main.name.rawValue),
            WorldQuestion(topic: .accessory, question: "what does \(name) wear?", answer: toy.accessory.phrase ?? "nothing"),
        ]
        if let pattern = toy.pattern.adjective {
            questions.append(WorldQuestion(topic: .pattern, question: "what pattern has \(name)?", answer: pattern))
        }
        // Five toys in six wear something; asking for that three times in five makes yes as likely as no.
        var probed = random.pick(ToyAccessory.allCases.filter { $0 != .none && $0 != toy.accessory })
        if toy.accessory != .none && random.chance(0.6) { probed = toy.accessory }
        if let phrase = probed.phrase {
            questions.append(
                WorldQuestion(topic: .wearing, question: "does \(name) wear \(phrase)?", answer: probed == toy.accessory ? "yes" : "no"))
        }
        return questions
    }

    private mutating func comparisons() -> [WorldQuestion] {
        var pair = (0, 1 + random.below(toys.count - 1))
        if random.chance(0.5) { pair = (pair.1, pair.0) }
        let (first, second) = (name(pair.0), name(pair.1))
        guard toys[pair.0].kind != toys[pair.1].kind else { return [] }
        var questions = [
            WorldQuestion(topic: .side, question: "is \(first) to the left of \(second)?", answer: pair.0 < pair.1 ? "yes" : "no")
        ]
        let (a, b) = (subjects[pair.0].pose.radius, subjects[pair.1].pose.radius)
        if max(a, b) > 1.08 * min(a, b) {
            questions.append(
                WorldQuestion(topic: .size, question: "which is bigger, \(first) or \(second)?", answer: a > b ? first : second))
        }
        return questions
    }

    // MARK: People and dolls

    private mutating func personQuestions(_ person: PersonIdentity) -> [WorldQuestion] {
        var questions = [
            WorldQuestion(topic: .count, question: "how many people are there?", answer: "one"),
            WorldQuestion(topic: .glasses, question: "does the person wear glasses?", answer: person.glasses == .none ? "no" : "yes"),
        ]
        if person.hair != .bald, person.hairColour.saturation > 0.7 {
            questions.append(WorldQuestion(topic: .hair, question: "what colour is the hair?", answer: person.hairColour.name.rawValue))
        }
        if let expression = subjects[0].person?.expression {
            questions.append(moodQuestion(expression))
        }
        return questions
    }

    /// Half of the time the mood asked for is the one that shows.
    private mutating func moodQuestion(_ shown: PersonBearing.Expression) -> WorldQuestion {
        let moods: [PersonBearing.Expression] = [.smiling, .surprised, .sad]
        // Three people in four have a mood; asking for it two times in three makes yes as likely as no.
        let asked = shown != .calm && random.chance(0.667) ? shown : random.pick(moods.filter { $0 != shown })
        return WorldQuestion(topic: .mood, question: "is the person \(asked.rawValue)?", answer: asked == shown ? "yes" : "no")
    }

    private func garmentQuestions(_ garment: GarmentIdentity) -> [WorldQuestion] {
        let kind = garment.kind.rawValue
        let isPlural = garment.kind == .dungarees
        var questions = [
            WorldQuestion(topic: .kind, question: "what does the doll wear?", answer: isPlural ? kind : "a \(kind)"),
            WorldQuestion(
                topic: .colour, question: "what colour \(isPlural ? "are" : "is") the \(kind)?", answer: garment.main.name.rawValue),
        ]
        if let pattern = garment.pattern.adjective {
            questions.append(
                WorldQuestion(topic: .pattern, question: "what pattern \(isPlural ? "have" : "has") the \(kind)?", answer: pattern))
        }
        return questions
    }
}

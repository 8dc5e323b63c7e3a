import Testing
import World

/// Answers agree with the scene, and yes is as likely as no.
struct QuestionTests {
    private func world(_ task: WorldTask) throws -> PictureWorld {
        try PictureWorld(WorldSettings(pictureSize: 16, referenceSize: 16, tasks: .only(task)))
    }

    @Test func answersAgreeWithTheScene() throws {
        let world = try world(.twoSubjects)
        for index in 0..<300 {
            let scene = world.scene(at: index)
            let toys = scene.subjects.sorted { $0.pose.x < $1.pose.x }.compactMap(\.identity.toy)
            for question in world.questions(at: index) {
                let words = question.question.split { " ?,.".contains($0) }.map(String.init)
                switch question.topic {
                case .kind:
                    #expect(question.answer == (words.contains("left") ? toys[0] : toys[1]).kind.rawValue)
                case .side:
                    let first = toys.firstIndex { words[2] == $0.kind.rawValue }
                    #expect((question.answer == "yes") == (first == 0), "\(question)")
                case .count: #expect(question.answer == "two")
                case .place: #expect(scene.place.phrases.contains(question.answer))
                case .description: #expect(toys.allSatisfy { question.answer.contains($0.main.name.rawValue) })
                default: break
                }
            }
        }
    }

    @Test(arguments: [WorldQuestion.Topic.wearing, .side, .mood, .glasses])
    func yesIsAsLikelyAsNo(_ topic: WorldQuestion.Topic) throws {
        let world = try world(topic == .mood || topic == .glasses ? .face : .twoSubjects)
        let answers = (0..<3000).flatMap { world.questions(at: $0) }.filter { $0.topic == topic }.map(\.answer)
        let yes = Double(answers.count { $0 == "yes" }) / Double(answers.count)
        #expect(answers.count > 2000 && abs(yes - 0.5) < 0.04, "\(topic): \(yes)")
    }

    @Test func everyTopicComesUp() throws {
        let topics = try WorldTask.allCases.reduce(into: Set<WorldQuestion.Topic>()) { topics, task in
            let world = try world(task)
            for index in 0..<40 { topics.formUnion(world.questions(at: index).map(\.topic)) }
        }
        #expect(topics == Set(WorldQuestion.Topic.allCases))
    }

    @Test func examplesCarryTheirQuestions() throws {
        let world = try world(.garment)
        #expect(world.example(at: 5).questions == world.questions(at: 5))
        #expect(Set(world.questions(at: 5).map(\.question)).count == world.questions(at: 5).count)
    }
}

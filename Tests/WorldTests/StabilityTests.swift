import Foundation
import Imaging
import Testing
import World

/// Models are trained on the world for days; what an index showed yesterday it shows tomorrow.
struct StabilityTests {
    private func world() throws -> PictureWorld {
        let tasks = TaskWeights(textToImage: 1, oneSubject: 2, twoSubjects: 2, threeSubjects: 1)
        return try PictureWorld(WorldSettings(seed: 5, tasks: tasks))
    }

    @Test func captionsStayAsTheyWere() throws {
        let world = try world()
        let text = (0..<400).flatMap { world.captions(at: $0) }.joined(separator: "\n")
        #expect(fingerprint(text) == 381_973_439_660_662_151)
    }

    @Test func picturesStayAsTheyWere() throws {
        // Sums leave room for the last digit of another system's sine.
        let examples = try (0..<24).map { try world().example(at: $0) }
        let target = examples.reduce(0) { $0 + $1.target.pixels.reduce(0) { $0 + Int($1) } }
        let references = examples.flatMap(\.references).reduce(0) { $0 + $1.pixels.reduce(0) { $0 + Int($1) } }
        #expect(abs(target - 36_608_155) < 2000, "\(target)")
        #expect(abs(references - 47_614_058) < 2000, "\(references)")
    }

    @Test func wordsStayAsTheyWere() {
        let vocabulary = WorldVocabulary()
        #expect(fingerprint(vocabulary.words.map { "\($0.text) \($0.count)" }.joined(separator: "\n")) == 12_292_962_656_904_853_705)
        #expect(vocabulary.words.count == 231)
    }

    @Test func settingsReadWithDefaultsForWhatIsAbsent() throws {
        let settings = try JSONDecoder().decode(WorldSettings.self, from: Data(#"{"seed": 9, "tasks": {"oneSubject": 2}}"#.utf8))
        #expect(settings == WorldSettings(seed: 9, tasks: TaskWeights(oneSubject: 2)))
        let full = WorldSettings(pictureSize: 96, split: .heldOut, tasks: .everything, places: [.farm], styles: [.neon])
        #expect(try JSONDecoder().decode(WorldSettings.self, from: JSONEncoder().encode(full)) == full)
    }

    @Test func scenesSurviveJSON() throws {
        let world = try PictureWorld(WorldSettings(tasks: .everything))
        for index in 0..<40 {
            let scene = world.scene(at: index)
            #expect(try JSONDecoder().decode(WorldScene.self, from: JSONEncoder().encode(scene)) == scene)
        }
    }

    /// FNV-1a, 64 bits.
    private func fingerprint(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

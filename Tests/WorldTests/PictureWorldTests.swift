import Imaging
import Testing
import World

/// Examples are a pure function of settings and index, and what they say about themselves is true.
struct PictureWorldTests {
    private func world(_ tasks: TaskWeights = .toys, size: Int = 32, _ change: (inout WorldSettings) -> Void = { _ in }) throws -> PictureWorld {
        var settings = WorldSettings(pictureSize: size, referenceSize: 24, tasks: tasks)
        change(&settings)
        return try PictureWorld(settings)
    }

    @Test func anExampleIsTheSameWheneverAsked() async throws {
        let world = try world()
        let once = world.example(at: 71)
        // Asked for among others and on other threads.
        let again = await withTaskGroup(of: (Int, PixelImage).self) { group in
            for index in 64..<80 { group.addTask { (index, world.example(at: index).target) } }
            return await group.reduce(into: [Int: PixelImage]()) { $0[$1.0] = $1.1 }
        }
        #expect(again[71] == once.target)
        #expect(Set(again.values.map(\.pixels)).count == 16, "every index gives another picture")
        let other = try self.world { $0.seed = 1 }
        #expect(other.example(at: 71).target != once.target)
    }

    @Test func picturesHaveTheAskedSizes() throws {
        let example = try world(.only(.twoSubjects)).example(at: 3)
        #expect(example.target.size == PixelSize(width: 32, height: 32) && example.target.layout == .rgb)
        #expect(example.references.map(\.width) == [24, 24] && example.roles == [.subject, .subject])
        #expect(example.masks.count == 2 && example.masks.allSatisfy { $0.layout == .gray && $0.width == 32 })
    }

    @Test func countsAreKnownWithoutDrawing() throws {
        let world = try world(TaskWeights(textToImage: 1, oneSubject: 1, twoSubjects: 1, threeSubjects: 1))
        for index in 0..<40 {
            let example = world.example(at: index)
            #expect(world.referenceCount(at: index) == example.references.count)
            #expect(world.captions(at: index) == example.captions)
            #expect(world.scene(at: index) == example.scene)
            #expect(example.task == .textToImage || example.subjects.count == example.references.count)
        }
    }

    @Test func tasksComeInTheirShares() throws {
        let world = try world(TaskWeights(textToImage: 1, oneSubject: 2, twoSubjects: 1))
        let tasks = (0..<2000).map { world.scene(at: $0).task }
        for (task, share) in [(WorldTask.textToImage, 0.25), (.oneSubject, 0.5), (.twoSubjects, 0.25), (.threeSubjects, 0)] {
            let found = Double(tasks.count { $0 == task }) / 2000
            #expect(abs(found - share) < 0.04, "\(task): \(found)")
        }
    }

    @Test func theSameSceneLooksTheSameAtEverySize() throws {
        let world = try world()
        let small = world.scene(at: 5).drawn(size: 32).picture
        #expect(difference(small, world.scene(at: 5).drawn(size: 256).picture) < 9)
        #expect(difference(small, world.scene(at: 6).drawn(size: 256).picture) > 25)
    }

    /// Mean distance between the pixels of a picture of 32 and the means of blocks of 8 of a picture of 256.
    private func difference(_ small: PixelImage, _ large: PixelImage) -> Int {
        var difference = 0
        for y in 0..<32 {
            for x in 0..<32 {
                for channel in 0..<3 {
                    var sum = 0
                    for row in 0..<8 {
                        for column in 0..<8 { sum += Int(large.pixels[((y * 8 + row) * 256 + x * 8 + column) * 3 + channel]) }
                    }
                    difference += abs(sum / 64 - Int(small.pixels[(y * 32 + x) * 3 + channel]))
                }
            }
        }
        return difference / (32 * 32 * 3)
    }

    @Test func masksCoverTheirSubjects() throws {
        let world = try world(.only(.twoSubjects), size: 64)
        for index in 0..<12 {
            let example = world.example(at: index)
            for (subject, mask) in zip(example.subjects, example.masks) {
                let (x, y) = (Int(subject.pose.x * 64), Int(subject.pose.y * 64))
                // Every body covers its middle but the moon's, which is bitten off there.
                if subject.identity.toy?.kind != .moon { #expect(mask.pixels[y * 64 + x] == 255, "\(index)") }
                let share = Float(mask.pixels.reduce(0) { $0 + Int($1) }) / 255 / 4096
                #expect(share > 1.3 * subject.pose.radius * subject.pose.radius && share < 5 * subject.pose.radius * subject.pose.radius)
                #expect(mask.pixels[0] == 0 && mask.pixels[63] == 0)
            }
            let both = zip(example.masks[0].pixels, example.masks[1].pixels).map { Int($0) + Int($1) }
            #expect((both.max() ?? 0) <= 257, "masks of two subjects share no pixel")
        }
    }

    @Test func captionsBindSides() throws {
        let world = try world(.only(.twoSubjects))
        var rightFirst = 0
        for index in 0..<200 {
            let example = world.scene(at: index)
            for caption in world.captions(at: index) {
                let saysRight = caption.contains("right of")
                #expect(saysRight == (example.subjects[0].pose.x > example.subjects[1].pose.x), "\(caption)")
                if saysRight { rightFirst += 1 }
                let kinds = example.subjects.compactMap(\.identity.toy?.kind.rawValue)
                let words = caption.split(separator: " ").map(String.init).filter { kinds.contains($0) }
                #expect(words == kinds, "the caption names the first reference first")
            }
        }
        #expect(rightFirst > 100)
    }

    @Test func captionsAreShortAndName() throws {
        for tasks in [TaskWeights.toys, .only(.threeSubjects), .textOnly] {
            let world = try world(tasks) { $0.referenceWording = WordingChances(colour: 0.5) }
            for index in 0..<500 {
                let scene = world.scene(at: index)
                for caption in world.captions(at: index) {
                    #expect(caption.split(whereSeparator: { $0 == " " || $0 == "," }).count <= 15)
                    #expect(scene.place.phrases.contains { caption.contains($0) }, "\(caption)")
                    #expect(!caption.contains(" a orange"))
                }
            }
        }
    }

    @Test(arguments: WorldTask.allCases)
    func everyTaskDrawsAtEverySize(_ task: WorldTask) throws {
        for size in [8, 33, 120] {
            let world = try world(.only(task), size: size)
            for index in [-3, 0, 1 << 40] + Array(1..<14) {
                let example = world.example(at: index)
                #expect(example.target.width == size && example.task == task)
                #expect(example.references.count == example.roles.count && example.references.count == world.referenceCount(at: index))
                #expect(example.captions.count >= 1 && example.masks.count == example.subjects.count)
            }
        }
    }

    @Test func settingsAreChecked() throws {
        #expect(throws: WorldError.impossibleSize(name: "The picture size", 4)) { try world(size: 4) }
        #expect(throws: WorldError.noTask) { try world(TaskWeights()) }
        #expect(throws: WorldError.self) { try world(TaskWeights(oneSubject: -1)) }
        #expect(throws: WorldError.self) { try world { $0.plainWording.colour = .nan } }
    }
}

import Imaging
import Testing
import World

/// Training and held-out toys have nothing in common; decoys are others of the same kind.
struct IdentityTests {
    private func toys(_ split: WorldSplit, seed: UInt64, count: Int = 3000) throws -> [ToyIdentity] {
        let world = try PictureWorld(WorldSettings(seed: seed, split: split, tasks: .only(.twoSubjects)))
        return (0..<count).flatMap { world.scene(at: $0).subjects.compactMap(\.identity.toy) }
    }

    /// What makes two toys look alike: everything but shades.
    private func look(_ toy: ToyIdentity) -> String {
        let hues = [Int(toy.main.hue * 24), Int(toy.second.hue * 24), Int(toy.accessoryColour.hue * 12)]
        return "\(toy.kind) \(toy.pattern) \(toy.eyes) \(toy.mouth) \(toy.accessory) \(hues)"
    }

    @Test func splitsAreDisjointUnderAnySeed() throws {
        let train = Set(try toys(.train, seed: 0).map(look))
        for seed in [UInt64(0), 7] {
            let heldOut = try toys(.heldOut, seed: seed).map(look)
            #expect(train.isDisjoint(with: heldOut))
            #expect(Set(heldOut).count > 2900, "the held-out part is rich, too")
        }
        #expect(train.count > 5900)
    }

    @Test func everyChoiceComesUp() throws {
        let toys = try toys(.train, seed: 3, count: 1000)
        #expect(Set(toys.map(\.kind)).count == ToyKind.allCases.count)
        #expect(Set(toys.map(\.pattern)).count == ToyPattern.allCases.count)
        #expect(Set(toys.map(\.eyes)).count == ToyEyes.allCases.count)
        #expect(Set(toys.map(\.accessory)).count == ToyAccessory.allCases.count)
        #expect(Set(toys.map(\.main.name)).count == ColourName.allCases.count)
        #expect(toys.allSatisfy { abs($0.main.hue - $0.second.hue) > 0.13 })
    }

    @Test func decoysAreOthersOfTheSameKind() throws {
        let world = try PictureWorld(WorldSettings(split: .heldOut, tasks: .only(.oneSubject)))
        let toy = try #require(world.scene(at: 9).subjects[0].identity.toy)
        let decoys = world.decoys(at: 9, subject: 0, count: 7)
        let others = decoys.compactMap(\.identity.toy)
        #expect(others.count == 7 && others.allSatisfy { $0.kind == toy.kind && look($0) != look(toy) })
        #expect(decoys.allSatisfy { $0.reference.width == 48 })
        #expect(Set(others.map(look)).count == 7)
        #expect(world.decoys(at: 9, subject: 0, count: 3).compactMap(\.identity.toy) == others.prefix(3).map(\.self))
        #expect(world.decoys(at: 9, subject: 4, count: 3).isEmpty)
    }

    @Test func oneAttributeChangesThePictureWhereItIs() throws {
        let world = try PictureWorld(WorldSettings(tasks: .only(.oneSubject)))
        var scene = world.scene(at: 2)
        let before = scene.drawn(size: 64)
        guard case .toy(var toy) = scene.subjects[0].identity else { return }
        toy.eyes = toy.eyes == .one ? .round : .one
        scene.subjects[0].identity = .toy(toy)
        let after = scene.drawn(size: 64)
        #expect(before.picture != after.picture && before.masks == after.masks)
    }
}

import Imaging
import Testing
import World

/// People known from their faces, dolls in referenced garments.
struct PeopleAndGarmentTests {
    @Test func peopleStayThemselvesInBothParts() throws {
        func people(_ split: WorldSplit, seed: UInt64) throws -> [PersonIdentity] {
            let world = try PictureWorld(WorldSettings(seed: seed, split: split, tasks: .only(.face)))
            return (0..<1500).compactMap { world.scene(at: $0).subjects[0].identity.person }
        }
        func look(_ person: PersonIdentity) -> [Int] {
            [
                Int(person.headWidth * 3), Int(person.headHeight * 3), Int(person.skin * 6), Int(person.hairColour.hue * 12),
                Int(person.hairColour.value * 3), Int(person.browAngle * 3), Int(person.eyeSpacing * 3), Int(person.mouthWidth * 3),
                HairShape.allCases.firstIndex(of: person.hair) ?? -1, Glasses.allCases.firstIndex(of: person.glasses) ?? -1,
                person.hasFreckles ? 1 : 0,
            ]
        }
        let train = Set(try people(.train, seed: 0).map(look))
        #expect(train.isDisjoint(with: try people(.heldOut, seed: 4).map(look)))
        #expect(train.count > 1490)
    }

    @Test func theHeadIsTheSubject() throws {
        let world = try PictureWorld(WorldSettings(tasks: .only(.face)))
        for index in 0..<20 {
            let example = world.example(at: index)
            let pose = example.subjects[0].pose
            #expect(example.roles == [.face] && example.subjects[0].person != nil)
            let mask = example.masks[0].pixels
            #expect(mask[Int(pose.y * 64) * 64 + Int(pose.x * 64)] == 255)
            #expect(mask[63 * 64 + 32] == 0, "clothes are not the face's")
        }
    }

    @Test func expressionsChangeThePictureAndNotThePerson() throws {
        var scene = try PictureWorld(WorldSettings(tasks: .only(.face))).scene(at: 3)
        let pictures = PersonBearing.Expression.allCases.map { expression in
            scene.subjects[0].person?.expression = expression
            return scene.drawn(size: 64).picture.pixels
        }
        #expect(Set(pictures).count == 4)
    }

    @Test func armsMoveTheSleeves() throws {
        let world = try PictureWorld(WorldSettings(tasks: .only(.garment)))
        let index = try #require((0..<99).first { world.scene(at: $0).subjects[0].identity.garment?.kind == .jumper })
        var scene = world.scene(at: index)
        scene.subjects[0].doll?.rightArm = 0.2
        scene.subjects[0].doll?.leftArm = 0.2
        let down = scene.drawn(size: 64)
        scene.subjects[0].doll?.leftArm = 2.1
        let up = scene.drawn(size: 64)
        #expect(down.masks[0] != up.masks[0])
        func top(_ mask: PixelImage) -> Int { (mask.pixels.firstIndex { $0 > 128 } ?? 0) / 64 }
        #expect(top(up.masks[0]) < top(down.masks[0]) - 3, "the raised sleeve reaches higher")
    }

    @Test func decoysKeepTheKind() throws {
        let garments = try PictureWorld(WorldSettings(tasks: .only(.garment)))
        let kind = try #require(garments.scene(at: 2).subjects[0].identity.garment?.kind)
        let decoys = garments.decoys(at: 2, subject: 0, count: 5)
        #expect(decoys.allSatisfy { $0.identity.garment?.kind == kind })
        #expect(Set(decoys.map(\.reference.pixels)).count == 5)
        let people = try PictureWorld(WorldSettings(tasks: .only(.face))).decoys(at: 2, subject: 0, count: 3)
        #expect(people.count == 3 && people.allSatisfy { $0.identity.person != nil })
    }
}

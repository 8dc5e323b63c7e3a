import Imaging
import Testing
import World

/// Styles redraw the same scene; a style reference shows the style on something else.
struct StyleTests {
    @Test func everyStyleLooksDifferent() throws {
        var scene = try PictureWorld(WorldSettings(tasks: .only(.oneSubject))).scene(at: 4)
        var pictures: [PictureStyle: PixelImage] = [:]
        let masks = scene.drawn(size: 48).masks
        for style in PictureStyle.allCases {
            scene.style = style
            let (picture, styledMasks) = scene.drawn(size: 48)
            #expect(styledMasks == masks, "a style changes no mask")
            pictures[style] = picture
        }
        for (a, b) in PictureStyle.allCases.flatMap({ a in PictureStyle.allCases.filter { $0.rawValue > a.rawValue }.map { (a, $0) } }) {
            let (first, second) = (try #require(pictures[a]), try #require(pictures[b]))
            let difference = zip(first.pixels, second.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) } / first.pixels.count
            #expect(difference > 12, "\(a) and \(b) differ by \(difference)")
        }
    }

    @Test func aStyledPictureLooksTheSameAtEverySize() throws {
        var scene = try PictureWorld(WorldSettings(tasks: .only(.oneSubject))).scene(at: 8)
        // The mean of the whole picture hardly depends on its size.
        for style in PictureStyle.allCases {
            scene.style = style
            let means = [64, 256].map { size in
                let pixels = scene.drawn(size: size).picture.pixels
                return pixels.reduce(0) { $0 + Int($1) } / pixels.count
            }
            #expect(abs(means[0] - means[1]) < 14, "\(style): \(means)")
        }
    }

    @Test func styleTasksBringAStyleReference() throws {
        let world = try PictureWorld(WorldSettings(pictureSize: 32, referenceSize: 32, tasks: .only(.style)))
        for index in 0..<12 {
            let example = world.example(at: index)
            #expect(example.style != .plain && example.roles == [.subject, .style])
            #expect(example.references.count == 2 && example.masks.count == 1 && world.referenceCount(at: index) == 2)
            #expect(example.captions.allSatisfy { !$0.contains(example.style.words) }, "the style is to be seen, not read")
        }
        let alone = try PictureWorld(WorldSettings(pictureSize: 32, tasks: .only(.styleOnly), styles: [.neon])).example(at: 1)
        #expect(alone.roles == [.style] && alone.references.count == 1 && alone.style == .neon)
        let dark = alone.references[0].pixels.reduce(0) { $0 + Int($1) } / alone.references[0].pixels.count
        #expect(dark < 110, "a neon reference is dark, as its target")
    }
}

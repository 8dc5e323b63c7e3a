import Evaluation
import Imaging
import Readers
import Testing
import World

@Suite struct PaletteTests {
    @Test func aReferencesPaletteLeavesItsGroundOut() {
        var pixels = [UInt8](repeating: 240, count: 16 * 16 * 3)
        for y in 4..<12 {
            for x in 4..<12 { pixels.replaceSubrange((y * 16 + x) * 3..<(y * 16 + x) * 3 + 3, with: [255, 0, 0]) }
        }
        let palette = Palette(reference: PixelImage(width: 16, height: 16, layout: .rgb, pixels: pixels))
        #expect(palette.shares[5 * 36] == 1)
        #expect(abs(palette.shares.reduce(0, +) - 1) < 1e-9)
    }

    /// A level between two boxes belongs half to each.
    @Test func coloursAreSharedAmongBoxes() {
        let gray = PixelImage(width: 1, height: 1, layout: .rgb, pixels: [26, 0, 0])  // 26 / 255 * 5 = 0.51
        let palette = Palette(gray, .whole)
        #expect(abs(palette.shares[0] / palette.shares[36] - 0.49 / 0.51) < 0.01)
        #expect(palette.overlap(palette) > 1.99)
    }

    /// Own references against seven of the same kind, for one toy and for two.
    @Test(arguments: [1, 2]) func truePicturesHaveTheirReferencesPalettes(references: Int) throws {
        var settings = EvaluationSettings()
        settings.references = references
        let world = try settings.world()
        var own = 0, strangers = 0, count = 0
        for index in 0..<60 {
            let example = world.example(at: index)
            let order = example.subjects.indices.sorted { example.subjects[$0].pose.x < example.subjects[$1].pose.x }
            for (position, subject) in order.enumerated() {
                let window = Palette(example.target, .expected(position: position, of: references))
                let others = world.decoys(at: index, subject: subject, count: 8).map { window.overlap(Palette(reference: $0.reference)) }
                let known = window.overlap(Palette(reference: example.references[subject]))
                count += 1
                if others.prefix(7).allSatisfy({ known > $0 }) { own += 1 }
                if others.prefix(7).allSatisfy({ others[7] > $0 }) { strangers += 1 }
            }
        }
        #expect(Double(own) / Double(count) > 0.95, "\(own) of \(count)")
        // Another toy of the kind in the reference's stead is first as often as chance has it.
        #expect(Double(strangers) / Double(count) < 0.25, "\(strangers) of \(count)")
    }
}

import Foundation
import Imaging
import Synthesis
import Testing
import Torch
import World

/// What is cut out, and which drawings are taken for it.
@Suite struct SelectionTests {
    /// Strangers of the same kind are told from the toy itself, and pairs with a stranger are dropped.
    @Test func theReaderChoosesTheToyItself() async throws {
        TorchRuntime.threadCount = 1
        let folder = try TemporaryFolder(), scenes = try twoToys()
        let synthesis = try PairSynthesis(
            quickSettings(tries: 3), scenes: scenes, count: 40, folder: folder.path("pairs"), generator: RedrawingGenerator(scenes),
            encoder: { try ReaderEncoder(folder: shippedReader) })
        _ = try await synthesis.run()
        var honest: [Double] = [], strange: [Double] = [], right = 0, wrong = 0
        for index in 0..<40 {
            let text = try folder.text("pairs/pictures/000/\(String(format: "%06d", index)).json")
            let record = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            for subject in try #require(record["subjects"] as? [[String: Any]]) {
                let tries = try #require(subject["tries"] as? [[String: Any]]).map {
                    (seed: ($0["seed"] as? NSNumber)?.uint64Value ?? 0, similarity: $0["similarity"] as? Double ?? .nan)
                }
                honest += tries.filter { RedrawingGenerator.isHonest($0.seed) }.map(\.similarity)
                strange += tries.filter { !RedrawingGenerator.isHonest($0.seed) }.map(\.similarity)
                guard tries.contains(where: { RedrawingGenerator.isHonest($0.seed) }), let best = tries.max(by: { $0.similarity < $1.similarity }) else { continue }
                if RedrawingGenerator.isHonest(best.seed) { right += 1 } else { wrong += 1 }
            }
        }
        #expect(right > 20 * wrong, "\(right) right, \(wrong) wrong")
        let mean = { (values: [Double]) in values.reduce(0, +) / Double(values.count) }
        #expect(mean(honest) > mean(strange) + 0.3, "\(mean(honest)) and \(mean(strange))")
    }

    @Test func rulesKeepWhatTheySay() {
        let similarities = [0.2, 0.5, 0.7, 0.5]
        #expect(KeepRule.above(0.5).kept(similarities) == [1, 2, 3])
        #expect(KeepRule.above(0.51).kept(similarities) == [2])
        // Of equals the first is taken.
        #expect(KeepRule.share(0.5).kept(similarities) == [1, 2])
        #expect(KeepRule.share(1).kept(similarities) == [0, 1, 2, 3])
        #expect(KeepRule.share(0.1).kept(similarities) == [])
        #expect(KeepRule.above(0.5).kept([nil, nil]) == [0, 1] && KeepRule.share(0.5).kept([nil, 0.1, nil, 0.2]) == [0, 2, 3] && KeepRule.share(0.5).kept([]) == [])
    }

    @Test func rulesAreRead() {
        #expect(KeepRule("0.7") == .above(0.7) && KeepRule("-0.5") == .above(-0.5) && KeepRule("60%") == .share(0.6) && KeepRule("100%") == .share(1))
        for wrong in ["", "%", "0%", "101%", "-5%", "1.5", "nan", "nan%", "half", "0,7"] { #expect(KeepRule(wrong) == nil, "\(wrong)") }
    }

    @Test func cropsAreSquareAndStayInThePicture() throws {
        let picture = PixelImage(width: 40, height: 30, layout: .rgb, pixels: (0..<3600).map { UInt8($0 / 3 % 251) })
        func crop(_ left: Double, _ top: Double, _ width: Double, _ height: Double, margin: Double = 0) -> PixelImage? {
            SubjectBox(left: left, top: top, width: width, height: height).crop(of: picture, margin: margin)
        }
        #expect(crop(10, 5, 8, 8) == picture.cropped(left: 10, top: 5, width: 8, height: 8))
        #expect(crop(10, 5, 10, 10, margin: 0.1) == picture.cropped(left: 9, top: 4, width: 12, height: 12))
        // A long box gets room on its short sides; at the edge all of it on one.
        #expect(crop(10, 10, 4, 8) == picture.cropped(left: 8, top: 10, width: 8, height: 8))
        #expect(crop(0, 10, 4, 8) == picture.cropped(left: 0, top: 10, width: 8, height: 8))
        #expect(crop(36, 10, 4, 8) == picture.cropped(left: 32, top: 10, width: 8, height: 8))
        // Wider than the picture is high.
        #expect(crop(0, 0, 40, 30) == picture)
        #expect(crop(-5, -5, 15, 15) == picture.cropped(left: 0, top: 0, width: 10, height: 10))
        for outside in [crop(40, 0, 8, 8), crop(-20, 0, 20, 8), crop(38, 0, 8, 8), crop(0, 29, 9, 9)] { #expect(outside == nil) }
    }

    @Test func boxesLieCloselyAroundMasks() {
        var pixels = [UInt8](repeating: 0, count: 12 * 10)
        for (x, y) in [(3, 4), (7, 2), (5, 8)] { pixels[y * 12 + x] = 200 }
        pixels[0] = 100
        let mask = PixelImage(width: 12, height: 10, layout: .gray, pixels: pixels)
        #expect(SubjectBox(around: mask) == SubjectBox(left: 3, top: 2, width: 5, height: 7))
        #expect(SubjectBox(around: PixelImage(width: 2, height: 2, layout: .gray, pixels: [0, 127, 0, 0])) == nil)
    }
}

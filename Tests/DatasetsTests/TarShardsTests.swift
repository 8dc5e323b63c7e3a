import Datasets
import Imaging
import Testing

struct TarShardsTests {
    private func png(_ image: PixelImage) throws -> [UInt8] { try PictureFile.encoded(image, as: .png) }

    private func shard(_ keys: Range<Int>, references: Int = 1) throws -> TestTar {
        var tar = TestTar()
        for key in keys {
            tar.add("\(key).json", #"{"prompt": "prompt \#(key)", "other": 5}"#)
            tar.add("\(key).target.png", try png(.pattern(20, 16, key)))
            for reference in 0..<references { tar.add("\(key).ref\(reference).png", try png(.pattern(12, 10, key + reference + 1))) }
        }
        return tar
    }

    @Test func shardsAreOneRowOfExamples() throws {
        let space = try Workspace()
        try space.write(try shard(0..<3).finished, to: "s-00.tar")
        try space.write(try shard(3..<4, references: 2).finished, to: "s-01.tar")
        try space.write(try shard(4..<6, references: 0).finished, to: "s-02.tar")
        for pattern in ["s-{00..02}.tar", "s-*.tar", "s-0[012].tar", "{s-00,s-01,s-02}.tar", "s-0?.tar"] {
            let source = try TarShards(space.file(pattern))
            #expect(source.count == 6)
            #expect((0..<6).map(source.referenceCount(at:)) == [1, 1, 1, 2, 0, 0])
            for index in 0..<6 {
                let example = try source.example(at: index)
                #expect(example.name == "s-0\([0, 0, 0, 1, 2, 2][index]).tar: \(index)")
                #expect(example.prompt == "prompt \(index)")
                #expect(example.target == .pattern(20, 16, index))
                #expect(example.references == (0..<source.referenceCount(at: index)).map { .pattern(12, 10, index + $0 + 1) })
            }
        }
    }

    @Test func membersBeyondTheReadingWindowAreFound() throws {
        let space = try Workspace()
        var tar = TestTar()
        for key in 0..<40 {
            tar.add("\(key).noise.bin", [UInt8](repeating: 1, count: key * 1733))
            tar.add("\(key).txt", " prompt \(key)\n")
            tar.add("\(key).png", try png(.pattern(3, 2, key)))
        }
        let source = try TarShards(try space.write(tar.finished, to: "one.tar"))
        #expect(source.count == 40)
        for index in 0..<40 {
            let example = try source.example(at: index)
            #expect(example.prompt == "prompt \(index)" && example.target == .pattern(3, 2, index) && example.references.isEmpty)
        }
    }

    @Test func masksComeAlong() throws {
        let space = try Workspace()
        var tar = try shard(0..<1)
        let mask = PixelImage(width: 20, height: 16, layout: .gray, pixels: (0..<320).map { UInt8($0 % 256) })
        tar.add("0.mask0.png", try png(mask))
        let example = try TarShards(try space.write(tar.finished, to: "m.tar")).example(at: 0)
        #expect(example.subjectMasks == [mask])
        // A second member of one name replaces the first; this one does not fit its target.
        tar.add("0.mask0.png", try png(PixelImage(width: 2, height: 1, layout: .gray, pixels: [0, 1])))
        let odd = try TarShards(try space.write(tar.finished, to: "n.tar"))
        let loader = try BatchLoader(odd, BatchPlan(odd, batchSize: 1, seed: 0), LoaderSettings(resolution: 32))
        let message = errorText { _ = try loader.next() }
        #expect(message.contains("n.tar: 0") && message.contains("2 x 1 gray") && message.contains("20 x 16"), "\(message)")
    }

    @Test func badMembersAreErrorsOfTheirExample() throws {
        let space = try Workspace()
        var tar = try shard(0..<1)
        tar.add("a.json", "{")
        tar.add("a.png", try png(.pattern(2, 2)))
        tar.add("b.json", #"{"caption": "no prompt"}"#)
        tar.add("b.png", try png(.pattern(2, 2)))
        tar.add("c.txt", "fine")
        tar.add("c.png", Array(try png(.pattern(20, 20)).prefix(60)))
        let source = try TarShards(try space.write(tar.finished, to: "bad.tar"))
        #expect(source.count == 4)
        for (index, parts) in [(1, ["bad.tar: a", "a.json"]), (2, ["bad.tar: b", "no \"prompt\""]), (3, ["bad.tar: c.png"])] {
            let message = errorText { _ = try source.example(at: index) }
            for part in parts { #expect(message.contains(part), "\(message)") }
        }
        #expect(throws: Never.self) { try source.example(at: 0) }
    }

    @Test func archivesThatShrinkAreErrors() throws {
        let space = try Workspace()
        let tar = try shard(0..<2)
        let path = try space.write(tar.finished, to: "s.tar")
        let source = try TarShards(path)
        try space.write(tar.bytes.prefix(1500), to: "s.tar")
        let message = errorText { _ = try source.example(at: 1) }
        #expect(message.contains("s.tar") && message.contains("shorter"))
    }

    @Test func damagedAndEmptyArchivesAreRefusedByName() throws {
        let space = try Workspace()
        try space.write(try shard(0..<2).bytes.prefix(1400), to: "cut.tar")
        try space.write([], to: "empty.tar")
        try space.write(Array("This is no archive, it is a letter.".utf8), to: "letter.tar")
        var only = TestTar()
        only.add("1.json", "{}")
        only.add("1.ref0.png", "")
        try space.write(only.finished, to: "incomplete.tar")
        for (name, part) in [
            ("cut.tar", "damaged at byte"), ("empty.tar", "it is empty"), ("letter.tar", "damaged at byte 0"), ("incomplete.tar", "1 samples lack"),
            ("none.tar", "cannot be read"), ("none-*.tar", "no file matches"), ("none-{0..3}.tar", "none-0.tar"),
        ] {
            let message = errorText { _ = try TarShards(space.file(name)) }
            #expect(message.contains(part) && message.contains(space.path), "\(message)")
        }
    }

    @Test(arguments: [
        ("a.tar", ["a.tar"]), ("{a,b}.tar", ["a.tar", "b.tar"]), ("{08..11}", ["08", "09", "10", "11"]), ("{3..1}", ["3", "2", "1"]),
        ("{a,b}{0..1}", ["a0", "a1", "b0", "b1"]), ("{a}.tar", ["{a}.tar"]), ("{.tar", ["{.tar"]), ("{000..001}x{,y}", ["000x", "000xy", "001x", "001xy"]),
        ("{1..x}", ["{1..x}"]), ("{0..010}", (0...10).map { $0 < 10 ? "00\($0)" : "0\($0)" }),
    ] as [(String, [String])])
    func bracesAreExpandedAsInAShell(pattern: String, expected: [String]) {
        #expect(ShardPattern.expanded(pattern) == expected)
    }

    @Test(arguments: ["{0..99999999}", "{0..999}{0..999}", String(repeating: "{0..9}", count: 9), String(repeating: "{a,b}", count: 40)])
    func patternsWithoutBoundAreRefused(pattern: String) {
        #expect(ShardPattern.expanded(pattern) == nil)
        let message = errorText { _ = try ShardPattern(pattern) }
        #expect(message.contains("more than"))
    }
}

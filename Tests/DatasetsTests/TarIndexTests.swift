import Datasets
import Testing

struct Memory: TarBytes {
    let content: [UInt8]
    var count: Int { content.count }
    func bytes(at offset: Int, count: Int) -> ArraySlice<UInt8> { content.dropFirst(offset).prefix(count) }
}

struct TarIndexTests {
    private func members(_ bytes: [UInt8]) throws -> [TarMember] {
        var walk = TarWalk(Memory(content: bytes)), members: [TarMember] = []
        while let member = try walk.next() { members.append(member) }
        return members
    }

    private func names(_ bytes: [UInt8]) throws -> [String] { try members(bytes).map(\.name) }

    @Test func membersLieWhereTheirDataIs() throws {
        var tar = TestTar()
        tar.add("a.txt", "first")
        tar.add("b.txt", [UInt8](repeating: 7, count: 1024))
        tar.add("c.txt", "")
        tar.add("d.txt", "last")
        let found = try members(tar.finished)
        #expect(found.map(\.name) == ["a.txt", "b.txt", "c.txt", "d.txt"])
        #expect(found.map(\.size) == [5, 1024, 0, 4])
        #expect(found.map { tar.finished[$0.offset..<$0.offset + $0.size].first } == [0x66, 7, nil, 0x6C])
    }

    @Test func longNamesOfEveryKindAreRead() throws {
        let long = String(repeating: "folder/", count: 40) + "ä.target.png"
        var tar = TestTar()
        tar.add("x.txt", "", kind: "0")
        tar.add("name.txt", [], prefix: "some/prefix")
        tar.add("././@LongLink", Array(long.utf8) + [0], kind: "L")
        tar.add("cut short", "1")
        tar.addPax([("mtime", "1.5"), ("path", long + "2"), ("comment", "a=b\nc")])
        tar.add("cut short", "2")
        tar.add("plain.txt", "3")
        tar.add("old.txt", [], prefix: "not a prefix", magic: Array("ustar ".utf8))
        #expect(try names(tar.finished) == ["x.txt", "some/prefix/name.txt", long, long + "2", "plain.txt", "old.txt"])
    }

    @Test func sizesInBase256AndInPaxAreRead() throws {
        var tar = TestTar()
        tar.add("a", [1, 2, 3], size: TestTar.base256(3))
        tar.addPax([("size", "4")])
        tar.add("b", [1, 2, 3, 4], size: TestTar.octal(0, 12))
        tar.add("c", [9], size: Array("         1 \0".utf8))
        #expect(try members(tar.finished).map(\.size) == [3, 4, 1])
    }

    @Test func whatIsNoFileIsPassedOver() throws {
        var tar = TestTar()
        tar.add("folder/", [], kind: "5")
        tar.add("link", [], kind: "2", size: TestTar.octal(999_999, 12))
        tar.add("hard", [], kind: "1", size: TestTar.octal(999_999, 12))
        tar.add("pax_global_header", TestTar.paxRecord("path", "wrong"), kind: "g")
        tar.addPax([("GNU.sparse.major", "1"), ("path", "sparse")])
        tar.add("sparse", [1, 2, 3])
        tar.add("K", Array("linkname".utf8), kind: "K")
        tar.add("a", "1")
        // An old sparse file with two continuation blocks, the first of which announces the second.
        var block = TestTar.header("s", size: TestTar.octal(3, 12), kind: "S", magic: Array("ustar ".utf8))
        block[482] = 1
        var more = [UInt8](repeating: 1, count: 512), last = more
        (more[504], last[504]) = (1, 0)
        var bytes = tar.bytes + TestTar.sealed(block) + more + last + [UInt8](repeating: 5, count: 512)
        var rest = TestTar()
        rest.add("b", "2")
        bytes += rest.finished
        #expect(try names(bytes) == ["a", "b"])
    }

    @Test func archivesMayEndWithoutZeroBlocksOrPadding() throws {
        var tar = TestTar()
        tar.add("a", "12345")
        #expect(try names(tar.bytes) == ["a"])
        #expect(try names(Array(tar.bytes.prefix(517))) == ["a"])
        #expect(try names(tar.finished + Array("rubbish".utf8)) == ["a"])
        #expect(try names([]) == [])
    }

    @Test func brokenArchivesSayWhere() throws {
        var tar = TestTar()
        tar.add("a", "12345")
        let cut = #expect(throws: TarProblem.self) { try members(Array(tar.bytes.prefix(516))) }
        #expect(cut?.offset == 512 && cut?.text.contains("4 of 5 bytes") == true)
        let header = #expect(throws: TarProblem.self) { try members(tar.bytes + tar.bytes.prefix(100)) }
        #expect(header?.offset == 1024 && header?.text.contains("ends after 100 of 512") == true)
        var wrong = tar.bytes
        wrong[3] ^= 1
        let sum = #expect(throws: TarProblem.self) { try members(wrong) }
        #expect(sum?.offset == 0 && sum?.text.contains("checksum") == true)
    }

    static let hostileSizes: [[UInt8]] = [
        TestTar.base256(.max), [0x80] + [UInt8](repeating: 0xFF, count: 11), [0xFF] + [UInt8](repeating: 0xFF, count: 11),
        [0xC0] + [UInt8](repeating: 0, count: 11), Array("77777777777\0".utf8), Array("777777777777".utf8), Array("-1         \0".utf8),
        Array("9          \0".utf8),
    ]

    @Test(arguments: hostileSizes, ["0", "L", "x", "g", "K", "S"] as [Character])
    func hostileSizesAreProblems(size: [UInt8], kind: Character) {
        var tar = TestTar()
        tar.add("a", [1, 2, 3], kind: kind, size: size)
        let bytes = tar.finished
        #expect(throws: TarProblem.self) { try members(bytes) }
    }

    @Test(arguments: [
        "5", "5 a=b\n", "99 a=b\n", "6 ab=\n\n", "-3 a=b\n", "7 path=", "00000000000000000009 a=b\n", "3 =\n", "13 size=1e99x\n",
        "12 size=-12\n", "30 size=99999999999999999999999\n",
    ])
    func hostilePaxHeadersAreProblems(text: String) {
        var tar = TestTar()
        tar.add("x", text, kind: "x")
        tar.add("a", "1")
        let bytes = tar.finished
        #expect(throws: TarProblem.self) { try members(bytes) }
    }

    // MARK: Samples

    @Test func membersAreGroupedByKey() throws {
        var tar = TestTar()
        for name in [
            "d.x/0001.json", "d.x/0001.target.png", "d.x/0001.ref1.JPG", "d.x/0001.ref0.png", "0002.txt", "0002.jpg", "d.x/0001.mask0.png", "0003.json",
            "0003.ref0.png", "0004.target.png", "0005.json", "0005.png", "0005.ref1.png", "README", ".hidden.png", "._0001.png", "0006.tiff", "0006.txt",
            "d.x/0001.mask1.png", "0002.webp", "0007.json", "0007.target.webp", "0007.jpeg", "0007.ref00.jpeg", "0007.ref99.png", "0007.refx.png",
        ] { tar.add(name, name) }
        let index = try TarIndex(Memory(content: tar.finished))
        #expect(index.samples.map(\.key) == ["d.x/0001", "0002", "0007"])
        #expect(index.samples.map(\.target.name) == ["d.x/0001.target.png", "0002.webp", "0007.target.webp"])
        #expect(index.samples[0].references.map(\.name) == ["d.x/0001.ref0.png", "d.x/0001.ref1.JPG"])
        #expect(index.samples.map(\.masks.count) == [2, 0, 0])
        #expect(index.samples[2].references.map(\.name) == ["0007.ref00.jpeg"])
        #expect(index.incompleteKeys == ["0003", "0004", "0005"], "no target; no text; a gap in the references")
    }

    // MARK: Fuzzing

    /// A short, repeatable form of the fuzzing that `Fuzz/README.md` describes.
    @Test(arguments: 1...4) func mutatedArchivesAreReadOrRefused(seed: UInt64) throws {
        var tar = TestTar()
        tar.add("././@LongLink", Array("long/0001.json".utf8) + [0], kind: "L")
        tar.add("0001.json", #"{"prompt": "p"}"#)
        tar.addPax([("path", "long/0001.target.png"), ("size", "300")])
        tar.add("0001.target.png", [UInt8](repeating: 3, count: 300))
        tar.add("long/0001.ref0.png", [UInt8](repeating: 4, count: 20), size: TestTar.base256(20))
        let sound = tar.finished
        let whole = try TarIndex(Memory(content: sound))
        #expect(whole.samples.count == 1)
        var random = SeededRandom(state: seed)
        var (accepted, refused) = (0, 0)
        for _ in 0..<3000 {
            let bytes = Self.mutated(sound, &random)
            do throws(TarProblem) {
                let index = try TarIndex(Memory(content: bytes))
                accepted += 1
                for sample in index.samples {
                    for member in [sample.target] + sample.references + sample.masks + [sample.json, sample.text].compactMap(\.self) {
                        #expect(member.size >= 0 && member.offset <= bytes.count && member.size <= bytes.count - member.offset)
                    }
                }
            } catch {
                refused += 1
                #expect((0...bytes.count).contains(error.offset) && !error.text.isEmpty)
            }
        }
        #expect(accepted > 100 && refused > 100, "the mutations reach both ends: \(accepted), \(refused)")
    }

    private static func mutated(_ sound: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        var bytes = sound
        for _ in 0..<Int.random(in: 1...3, using: &random) where bytes.count > 512 {
            // Half of them in the size, kind and magic fields of a header, where they matter.
            let block = Int.random(in: 0..<bytes.count / 512, using: &random) * 512
            let place = Bool.random(using: &random) ? block + [124, 125, 134, 135, 156, 257, 482].randomElement(using: &random)! : Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 2: bytes.removeSubrange(place..<min(bytes.count, place + [1, 9, 512].randomElement(using: &random)!))
            case 3: bytes.insert(contentsOf: bytes[place...].prefix(512), at: place)
            case 4: bytes.removeLast(Int.random(in: 1...700, using: &random) % bytes.count)
            default: bytes[place] = [0, 0x20, 0x30, 0x37, 0x80, 0xFF, 0x4C, 0x78, 0x53].randomElement(using: &random)!
            }
        }
        // Most mutations get past the checksum only where it is made to fit again.
        for start in stride(from: 0, through: bytes.count - 512, by: 512) where Bool.random(using: &random) && bytes[start..<start + 512].contains(where: { $0 != 0 }) {
            bytes.replaceSubrange(start..<start + 512, with: TestTar.sealed(Array(bytes[start..<start + 512])))
        }
        return bytes
    }
}

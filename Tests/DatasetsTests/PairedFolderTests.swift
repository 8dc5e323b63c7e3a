import Datasets
import Foundation
import Imaging
import Testing

struct PairedFolderTests {
    @Test func officialListGivesItsExamples() throws {
        let space = try Workspace()
        let source = try PairedFolder(path: try space.pairedList([2, 0, 1]))
        #expect(source.count == 3)
        #expect((0..<3).map(source.referenceCount(at:)) == [2, 0, 1])
        let example = try source.example(at: 0)
        #expect(example.name == "train.json[0]: 0_target")
        #expect(example.prompt == "prompt 0")
        #expect(example.target == .pattern(24, 20, 0))
        #expect(example.references == [.pattern(16, 18, 1), .pattern(16, 18, 2)])
        #expect(example.subjectMasks.isEmpty)
    }

    @Test func jsonLinesAreReadAsTheArrayIs() throws {
        let space = try Workspace()
        let array = try space.pairedList([1, 1, 0])
        let objects = try String(contentsOfFile: array, encoding: .utf8).dropFirst().dropLast().split(separator: ",\n")
        // A byte order mark, Windows line ends, empty lines and no end of the last line.
        let text = "\u{FEFF}" + objects.joined(separator: "\r\n\n")
        let (first, second) = (try PairedFolder(path: array), try PairedFolder(path: try space.write(text, to: "train.jsonl")))
        #expect(second.count == first.count)
        for index in 0..<3 {
            let (a, b) = (try first.example(at: index), try second.example(at: index))
            #expect(a.prompt == b.prompt && a.target == b.target && a.references == b.references)
        }
    }

    @Test(arguments: [
        (#""image_path": "r""#, 1), (#""image_path": "r", "image_paths": ["a", "b"]"#, 1), (#""image_paths": []"#, 0), (#""other": [1, {}]"#, 0),
        (#""image_paths": null"#, 0), (#""image_paths": ["a", "b", "c"]"#, 3),
    ])
    func officialVariantsOfReferences(fields: String, expected: Int) throws {
        let space = try Workspace()
        let list = try space.write(#"[{"prompt": "", "image_tgt_path": "t.png", \#(fields)}]"#, to: "list.json")
        let source = try PairedFolder(path: list)
        #expect(source.referenceCount(at: 0) == expected)
    }

    static let malformed: [(String, [String])] = [
        (#"[{"prompt": "a", "image_tgt_path": "t"}, {"image_tgt_path": "t"}]"#, ["list.json", "entry 1", "\"prompt\"", "missing"]),
        (#"[{"prompt": "a"}]"#, ["entry 0", "\"image_tgt_path\"", "missing"]),
        (#"[{"prompt": "a", "image_tgt_path": null}]"#, ["entry 0", "\"image_tgt_path\"", "missing"]),
        (#"[{"prompt": 5, "image_tgt_path": "t"}]"#, ["entry 0", "\"prompt\"", "not a text"]),
        (#"[{"prompt": "a", "image_tgt_path": ""}]"#, ["entry 0", "\"image_tgt_path\"", "no path"]),
        (#"[{"prompt": "a", "image_tgt_path": "t\u0000"}]"#, ["entry 0", "\"image_tgt_path\"", "no path"]),
        (#"[{"prompt": "a", "image_tgt_path": "t", "image_paths": "r"}]"#, ["entry 0", "\"image_paths\"", "not a list"]),
        (#"[{"prompt": "a", "image_tgt_path": "t", "image_paths": ["r", 7]}]"#, ["entry 0", "\"image_paths[1]\"", "not a text"]),
        (#"[{"prompt": "a", "image_tgt_path": "t", "image_paths": ["r", ""]}]"#, ["entry 0", "\"image_paths[1]\"", "no path"]),
        (#"[{"prompt": "a", "image_tgt_path": "t"}, 5]"#, ["entry 1", "not an object"]),
        (#"[{"prompt": "a", "image_tgt_path": "t"},"#, ["list.json", "not valid JSON"]),
        (#"{"prompt": "a", "image_tgt_path": "t"}"# + "\n" + #"{"prompt": "a"}"#, ["line 2", "\"image_tgt_path\""]),
        (#"{"prompt": "a", "image_tgt_path": "t"}"# + "\n{", ["line 2", "not valid JSON"]),
        ("5", ["line 1"]), ("", ["empty"]), ("  \n", ["empty"]), ("[]", ["the list is empty"]),
    ]

    @Test(arguments: malformed)
    func malformedEntriesAreNamed(text: String, expected: [String]) throws {
        let space = try Workspace()
        let path = try space.write(text, to: "list.json")
        let message = errorText { _ = try PairedFolder(path: path) }
        for part in expected { #expect(message.contains(part), "\(message)") }
        #expect(!message.contains("\n"))
    }

    @Test func absentListAndPicturesAreNamed() throws {
        let space = try Workspace()
        let absent = errorText { _ = try PairedFolder(path: space.file("none.json")) }
        #expect(absent.contains("none.json") && absent.contains("cannot be read"))
        let source = try PairedFolder(path: try space.write(#"[{"prompt": "", "image_tgt_path": "gone.png"}]"#, to: "list.json"))
        let message = errorText { _ = try source.example(at: 0) }
        #expect(message.contains("gone.png"))
    }

    @Test func absolutePathsStayAbsolute() throws {
        let (space, other) = (try Workspace(), try Workspace())
        let picture = try other.write(try PictureFile.encoded(.pattern(8, 8), as: .png), to: "p.png")
        let source = try PairedFolder(path: try space.write(#"[{"prompt": "", "image_tgt_path": "\#(picture)"}]"#, to: "list.json"))
        let example = try source.example(at: 0)
        #expect(example.target == .pattern(8, 8))
    }

    @Test func picturesBecomeRGB() throws {
        let space = try Workspace()
        let gray = PixelImage(width: 2, height: 1, layout: .gray, pixels: [7, 200])
        let seeThrough = PixelImage(width: 1, height: 1, layout: .rgba, pixels: [9, 8, 7, 0])
        try space.write(try PictureFile.encoded(gray, as: .png), to: "g.png")
        try space.write(try PictureFile.encoded(seeThrough, as: .png), to: "a.png")
        let list = try space.write(#"[{"prompt": "", "image_tgt_path": "g.png", "image_path": "a.png"}]"#, to: "list.json")
        let example = try PairedFolder(path: list).example(at: 0)
        #expect(example.target.pixels == [7, 7, 7, 200, 200, 200])
        #expect(example.references[0].pixels == [9, 8, 7], "opacity is dropped without blending, as Pillow's convert does")
    }
}

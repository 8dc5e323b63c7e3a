import Checkpoints
import Testing

@Suite struct SafetensorsHeaderTests {
    /// One damaged file and a part of the message it must cause.
    struct Damage: Sendable, CustomTestStringConvertible {
        let name: String, bytes: [UInt8], message: String
        var testDescription: String { name }

        init(_ name: String, _ bytes: [UInt8], _ message: String) {
            self.name = name
            self.bytes = bytes
            self.message = message
        }

        /// Damage in the entry of one tensor "w".
        init(_ name: String, entry: String, dataCount: Int = 8, _ message: String) {
            self.init(name, safetensors(#"{"w":\#(entry)}"#, dataCount: dataCount), message)
        }
    }

    static let framing = [
        Damage("empty file", [], "0 bytes, expected at least 8"),
        Damage("seven bytes", [1, 0, 0, 0, 0, 0, 0], "7 bytes, expected at least 8"),
        Damage("length zero", safetensors("", storedLength: 0), "header length is 0"),
        Damage("length one", safetensors("{", storedLength: 1), "header length is 1"),
        Damage("negative length", safetensors("{}", storedLength: UInt64(bitPattern: -2)), "header length is 18446744073709551614"),
        Damage("length beyond the file", safetensors("{}\u{1}", storedLength: 4000), "header length is 4000, expected 2 to 3 for a file of 11 bytes"),
        Damage("length over 100 MB", safetensors("{}\u{1}", storedLength: 100_000_001), "header length is 100000001"),
        Damage("big endian length", safetensors("{}      ", storedLength: UInt64(8).byteSwapped), "big endian (8 bytes)"),
        Damage("no brace", safetensors("   {}\u{1}"), "does not begin with '{'"),
        Damage("array", safetensors("[]\u{1}"), "does not begin with '{'"),
        Damage("trailing comma", safetensors(#"{"__metadata__":{},}"#), "'}' at byte 19 where a string is expected"),
        Damage("missing comma", safetensors(#"{"__metadata__":{} "w":{}}"#), "where ',' or '}' is expected"),
        Damage("unclosed object", safetensors(#"{"__metadata__":{}"#), "the end of the text at byte 18"),
        Damage("text after the object", safetensors("{} x"), "'x' at byte 3 where the end of the text is expected"),
        Damage("unquoted key", safetensors("{w:1}"), "'w' at byte 1 where a string is expected"),
        Damage("git LFS pointer", Array("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 23802932552\n".utf8), "git lfs pull"),
        Damage("web page", Array("\n<!DOCTYPE html><html><body>Sign in</body></html>".utf8), "web page"),
        Damage("error text", Array("Entry not found".utf8), "'Entry not found'"),
        Damage("torch pickle", [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 60), "torch pickle"),
        Damage("GGUF", Array("GGUF".utf8) + [3, 0, 0, 0, 0xFF, 0xFF, 0, 0], "GGUF"),
    ]

    static let entries = [
        Damage("bomb of arrays", entry: String(repeating: "[", count: 1_000_000), "tensor 'w'"),
        Damage("bomb in an unknown field", entry: #"{"x":\#(String(repeating: "[", count: 1_000_000))"#, "nested less deeply"),
        Damage("bomb of objects", entry: #"{"x":\#(String(repeating: "{\"a\":", count: 100_000))"#, "nested less deeply"),
        Damage("entry is a number", entry: "1", "where an object is expected"),
        Damage("no dtype", entry: #"{"shape":[2],"data_offsets":[0,8]}"#, "tensor 'w' has no 'dtype'"),
        Damage("no shape", entry: #"{"dtype":"F32","data_offsets":[0,8]}"#, "tensor 'w' has no 'shape'"),
        Damage("no offsets", entry: #"{"dtype":"F32","shape":[2]}"#, "tensor 'w' has no 'data_offsets'"),
        Damage("field twice", entry: #"{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}"#, "a second 'dtype'"),
        Damage("unknown dtype", entry: #"{"dtype":"F31","shape":[2],"data_offsets":[0,8]}"#, "tensor 'w' has the type 'F31'; known are F64"),
        Damage("NaN dtype", entry: #"{"dtype":NaN,"shape":[2],"data_offsets":[0,8]}"#, "'N' at byte 14 where a string is expected"),
        Damage("null shape", entry: #"{"dtype":"F32","shape":null,"data_offsets":[0,8]}"#, "where an array is expected"),
        Damage("negative size", entry: #"{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}"#, "'-' at byte 29 where a whole number"),
        Damage("fractional size", entry: #"{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}"#, "a whole number"),
        Damage("size with exponent", entry: #"{"dtype":"F32","shape":[2e0],"data_offsets":[0,8]}"#, "a whole number"),
        Damage("leading zero", entry: #"{"dtype":"F32","shape":[02],"data_offsets":[0,8]}"#, "a whole number"),
        Damage("size beyond 64 bits", entry: #"{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,8]}"#, "a whole number"),
        Damage("string as size", entry: #"{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}"#, "a whole number"),
        Damage("shape product overflows", entry: #"{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}"#, "larger than any memory"),
        Damage("overflow hidden by a zero", entry: #"{"dtype":"F32","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}"#, dataCount: 0, "larger than any memory"),
        Damage("one offset", entry: #"{"dtype":"F32","shape":[2],"data_offsets":[8]}"#, "1 data_offsets, expected 2"),
        Damage("three offsets", entry: #"{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}"#, "3 data_offsets, expected 2"),
        Damage("begin after end", entry: #"{"dtype":"F32","shape":[2],"data_offsets":[8,0]}"#, "begins at byte 8, after its end at 0"),
        Damage("size mismatch", entry: #"{"dtype":"F32","shape":[3],"data_offsets":[0,8]}"#, "has 8 bytes, expected 12 for F32 [3]"),
        Damage("end beyond the file", entry: #"{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#, dataCount: 7, "ends at byte 8 of the data, but the file holds 7"),
        Damage("hole before", entry: #"{"dtype":"U8","shape":[4],"data_offsets":[4,8]}"#, "bytes 0 to 4 of the data, before tensor 'w'"),
        Damage("trailing bytes", entry: #"{"dtype":"U8","shape":[4],"data_offsets":[0,4]}"#, "4 bytes after the last tensor"),
        Damage("data without tensors", safetensors("{}", dataCount: 1), "1 bytes after the last tensor"),
        Damage("name twice", safetensors(#"{"w":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"w":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#), "names 'w' twice"),
        Damage("escaped name twice", safetensors(#"{"w":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\u0077":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#), "names 'w' twice"),
        Damage("overlap", safetensors(#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[3,7]}}"#, dataCount: 7), "tensors 'a' and 'b' overlap"),
        Damage("same bytes twice", safetensors(#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#, dataCount: 4), "overlap"),
        Damage("hole between", safetensors(#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}"#, dataCount: 3), "bytes 1 to 2 of the data, before tensor 'b'"),
        Damage("metadata is a list", safetensors(#"{"__metadata__":[]}"#), "'__metadata__' is not an object of strings"),
        Damage("metadata holds a number", safetensors(#"{"__metadata__":{"step":1}}"#), "'1' at byte 24 where a string is expected"),
        Damage("metadata key twice", safetensors(#"{"__metadata__":{"a":"","a":""}}"#), "a second 'a'"),
        Damage("metadata twice", safetensors(#"{"__metadata__":{},"__metadata__":{}}"#), "names '__metadata__' twice"),
        Damage("lone surrogate", safetensors(#"{"\ud800":1}"#), "a pair of surrogates"),
        Damage("control character", safetensors("{\"a\nb\":1}"), "a character allowed in a string"),
    ]

    @Test(arguments: framing + entries) func damageIsRefusedWithItsReasonAndARemedy(_ damage: Damage) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(damage.bytes, to: "damaged.safetensors")
        let message = checkpointError { _ = try SafetensorsReader(path: path) }
        #expect(message.contains(damage.message), "\(message)")
        #expect(message.contains(path), "names the file")
        #expect(["ownload", "Convert", "Write", "Use", "Run"].contains { message.contains($0) }, "says what to do: \(message)")
    }

    @Test func invalidUTF8InANameIsRefused() {
        let text = Array(#"{"a"#.utf8) + [0xFF] + Array(#"":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#.utf8)
        let bytes = withUnsafeBytes(of: UInt64(text.count).littleEndian, Array.init) + text
        #expect { try header(bytes) } throws: { "\($0)".contains("a string that is not UTF-8") }
    }

    @Test func scalarsEmptyTensorsAndPaddingAreLegal() throws {
        let parsed = try header(
            safetensors(#"{"s":{"dtype":"F64","shape":[],"data_offsets":[0,8]},"e":{"dtype":"F32","shape":[3,0],"data_offsets":[8,8]}}   "#, dataCount: 8))
        #expect(parsed.entries.map(\.name) == ["s", "e"])
        #expect(parsed.entries.map(\.shape) == [[], [3, 0]])
        #expect(try header(safetensors("{}")).entries.isEmpty)
    }

    @Test func namesAndMetadataKeepAnyText() throws {
        let parsed = try header(
            safetensors(#"{"__metadata__":{"é\n\"":"\ud83c\udfa8 ü\u0000"},"a\/b\\":{"dtype":"I8","extra":{"x":[1.5,null,true]},"shape":[1],"data_offsets":[0,1]}}"#, dataCount: 1))
        #expect(parsed.metadata == ["é\n\"": "🎨 ü\0"])
        #expect(parsed.entries.map(\.name) == ["a/b\\"])
    }

    @Test func tensorsMayStandInAnyOrder() throws {
        let parsed = try header(
            safetensors(#"{"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]},"e":{"dtype":"U8","shape":[0],"data_offsets":[1,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, dataCount: 3))
        #expect(parsed.entries.map(\.range) == [1..<3, 1..<1, 0..<1])
    }
}

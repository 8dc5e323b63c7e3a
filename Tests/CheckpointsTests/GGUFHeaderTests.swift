import Checkpoints
import Testing
import Torch

@Suite struct GGUFHeaderTests {
    private func header(_ file: TestGGUF) throws -> GGUFHeader { try file.bytes.withUnsafeBytes { try GGUFHeader(file: $0) } }

    private func problem(_ bytes: [UInt8]) -> String {
        do {
            _ = try bytes.withUnsafeBytes { try GGUFHeader(file: $0) }
            return "no problem"
        } catch { return "\(error)" }
    }

    @Test(arguments: [2, 3] as [UInt32]) func bothVersionsAreRead(_ version: UInt32) throws {
        let header = try header(.sound { $0.version = version })
        #expect(header.version == Int(version))
        #expect(header.metadata == ["general.architecture": .text("flux"), "general.file_type": .unsigned(7)])
        #expect(header.entries.map(\.name) == ["double_blocks.0.img_attn.qkv.weight", "double_blocks.0.img_attn.qkv.bias"])
        #expect(header.entries.map(\.shape) == [[2, 32], [3]])
        #expect(header.entries.map(\.type) == [.blocks(.q8_0), .plain(.float32)])
        #expect(header.entries.map(\.range) == [0..<68, 96..<108])
        #expect(header.dataStart.isMultiple(of: 32))
    }

    @Test func metadataOfEveryTypeIsRead() throws {
        let header = try header(.sound { file in
            file.values = [
                ("u8", 0, [255]), ("i8", 1, [255]), ("u16", 2, TestGGUF.bytes(UInt16.max)), ("i16", 3, TestGGUF.bytes(Int16.min)),
                ("u32", 4, TestGGUF.bytes(UInt32.max)), ("i32", 5, TestGGUF.bytes(Int32.min)), ("f32", 6, TestGGUF.bytes(Float(1.5).bitPattern)),
                ("yes", 7, [1]), ("text", 8, TestGGUF.text("Größe")), ("u64", 10, TestGGUF.bytes(UInt64.max)), ("i64", 11, TestGGUF.bytes(Int64.min)),
                ("f64", 12, TestGGUF.bytes(Double(-0.25).bitPattern)), ("none", 9, TestGGUF.array(8, [])),
                ("words", 9, TestGGUF.array(8, (0..<20).map { TestGGUF.text("w\($0)") })), ("numbers", 9, TestGGUF.array(4, (0..<3).map { TestGGUF.bytes(UInt32($0)) })),
                ("nested", 9, TestGGUF.array(9, [TestGGUF.array(0, [[1], [2]]), TestGGUF.array(0, [])])),
            ]
        })
        let expected = [
            "u8": "255", "i8": "-1", "u16": "65535", "i16": "-32768", "u32": "4294967295", "i32": "-2147483648", "f32": "1.5", "yes": "true",
            "text": "Größe", "u64": "18446744073709551615", "i64": "-9223372036854775808", "f64": "-0.25", "none": "[]",
            "words": "[w0, w1, w2, w3, w4, w5, w6, w7, … 20 in all]", "numbers": "[0, 1, 2]", "nested": "[[1, 2], []]",
        ]
        #expect(header.metadata.mapValues(\.description) == expected)
    }

    @Test func theAlignmentOfTheFileHolds() throws {
        let header = try header(.sound { file in
            file.alignment = 64
            file.values.append(("general.alignment", 4, TestGGUF.bytes(UInt32(64))))
            file.tensors[1].offset = 128
            file.data += [UInt8](repeating: 0, count: 64)
        })
        #expect(header.dataStart.isMultiple(of: 64) && header.entries[1].range == 128..<140)
    }

    struct Damage: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let bytes: [UInt8]
        let expected: String

        init(_ name: String, _ expected: String, _ change: (inout TestGGUF) -> Void) {
            (testDescription, self.expected) = (name, expected)
            bytes = TestGGUF.sound(change).bytes
        }
    }

    static let damages = [
        Damage("mark", "does not begin with 'GGUF'") { $0.mark = [0xFF, 1, 2, 3] },
        Damage("web page", "it is a web page") { $0.mark = Array("<!DOCTYPE html>".utf8) },
        Damage("version 1", "version 1 of GGUF; versions 2 and 3") { $0.version = 1 },
        Damage("version 9", "version 9 of GGUF") { $0.version = 9 },
        Damage("big endian", "big endian") { $0.version = UInt32(3).byteSwapped },
        Damage("billions of tensors", "announces 4000000000 tensors") { $0.tensorCount = 4_000_000_000 },
        Damage("beyond any number of tensors", "beyond any file") { $0.tensorCount = .max },
        Damage("billions of values", "metadata values, more than it can hold") { $0.valueCount = 1 << 40 },
        Damage("empty name", "has 0 bytes") { $0.tensors[0].name = "" },
        Damage("unknown value type", "has the type 13, expected 0 to 12") { $0.values[1].type = 13 },
        Damage("endless array", "elements, more than the file holds") { $0.values.append(("a", 9, TestGGUF.array(4, [], count: 1 << 50))) },
        Damage("endless text", "in the middle of a value") { $0.values.append(("a", 8, TestGGUF.bytes(UInt64(1 << 50)))) },
        Damage("deep arrays", "lies within too many others") { file in
            let array = (0..<6).reduce(TestGGUF.array(0, [[1]])) { inner, _ in TestGGUF.array(9, [inner]) }
            file.values.append(("a", 9, array))
        },
        Damage("key twice", "names 'general.file_type' twice") { $0.values.append($0.values[1]) },
        Damage("tensor twice", "'double_blocks.0.img_attn.qkv.weight' twice") { $0.tensors[1].name = $0.tensors[0].name },
        Damage("no alignment", "'general.alignment' is 0, expected a power of two") { $0.values.append(("general.alignment", 4, [0, 0, 0, 0])) },
        Damage("odd alignment", "is 48, expected a power of two") { $0.values.append(("general.alignment", 4, [48, 0, 0, 0])) },
        Damage("alignment of text", "is wide, expected a power of two") { $0.values.append(("general.alignment", 8, TestGGUF.text("wide"))) },
        Damage("five dimensions", "has 5 dimensions, expected at most 4") { $0.tensors[0].dimensions = [32, 1, 1, 1, 1] },
        Damage("overflowing shape", "larger than any memory") { $0.tensors[0].dimensions = [1 << 32, 1 << 32] },
        Damage("overflowing shape of nothing", "larger than any memory") { $0.tensors[0].dimensions = [1 << 62, 0] },
        Damage("endless dimension", "beyond any file") { $0.tensors[0].dimensions = [.max] },
        Damage("half a block", "not whole blocks of 32 numbers of Q8_0") { $0.tensors[0].dimensions = [33, 2] },
        Damage("IQ4_XS", "has the type IQ4_XS, which is not supported; expected F32, F16, Q4_0") { $0.tensors[0].type = 23 },
        Damage("MXFP4", "has the type MXFP4") { $0.tensors[0].type = 39 },
        Damage("unknown type", "has the type number 1000") { $0.tensors[0].type = 1000 },
        Damage("crooked offset", "begin at 97, expected a multiple of 32") { $0.tensors[1].offset = 97 },
        Damage("far offset", "cut short") { $0.tensors[1].offset = 1 << 60 },
        Damage("endless offset", "beyond any file") { $0.tensors[1].offset = .max & ~31 },
        Damage("overlap", "'double_blocks.0.img_attn.qkv.weight' and 'double_blocks.0.img_attn.qkv.bias' overlap") { $0.tensors[1].offset = 64 },
        Damage("cut short", "but the file holds 107. The file is cut short") { $0.data.removeLast() },
    ]

    @Test(arguments: damages) func damagesAreNamed(_ damage: Damage) {
        #expect(problem(damage.bytes).contains(damage.expected), "\(problem(damage.bytes))")
    }

    @Test func everyCutIsRefused() {
        let bytes = TestGGUF.sound.bytes
        for count in 0..<bytes.count { #expect(problem(Array(bytes.prefix(count))) != "no problem", "\(count)") }
    }

    @Test(arguments: 1...4) func mutatedHeadersAreReadOrRefused(seed: UInt64) {
        var generator = HeaderMutationTests.Generator(state: seed)
        var accepted = 0
        for _ in 0..<5000 {
            let bytes = Self.mutated(&generator)
            do {
                let header = try bytes.withUnsafeBytes { try GGUFHeader(file: $0) }
                accepted += 1
                for entry in header.entries {
                    #expect(header.dataStart + entry.range.upperBound <= bytes.count || entry.range.isEmpty)
                    #expect(entry.range.count == entry.shape.reduce(1, *) / entry.type.blockCount * entry.type.blockByteCount)
                }
            } catch {
                #expect(error is ContentProblem && !"\(error)".isEmpty)
            }
        }
        #expect(accepted > 0 && accepted < 5000, "the mutations reach both outcomes")
    }

    private static func mutated(_ generator: inout HeaderMutationTests.Generator) -> [UInt8] {
        var bytes = TestGGUF.sound.bytes
        for _ in 0..<Int.random(in: 1...3, using: &generator) where !bytes.isEmpty {
            let at = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes[at] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 2: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...9, using: &generator)))
            case 3:
                let number: UInt64 = ([.max, 1 << 63, 1 << 32, 1 << 31, 255, 0] as [UInt64]).randomElement(using: &generator) ?? 0
                let end = min(bytes.count, at + 8)
                bytes.replaceSubrange(at..<end, with: TestGGUF.bytes(number).prefix(end - at))
            case 4: bytes.removeLast(min(bytes.count, Int.random(in: 1...40, using: &generator)))
            default: bytes.insert(contentsOf: bytes[at...].prefix(30), at: at)
            }
        }
        return bytes
    }
}

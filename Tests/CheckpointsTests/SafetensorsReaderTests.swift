import Checkpoints
import Foundation
import Testing
import Torch

@Suite struct SafetensorsReaderTests {
    @Test func tensorsHaveTheFilesTypesShapesAndValues() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(
            safetensors(
                #"{"__metadata__":{"format":"pt"},"b":{"dtype":"I64","shape":[2],"data_offsets":[0,16]},"a":{"dtype":"U8","shape":[2,2],"data_offsets":[16,20]}}"#
                    .padding(toLength: 144, withPad: " ", startingAt: 0), dataCount: 20), to: "x.safetensors")
        let reader = try SafetensorsReader(path: path)
        #expect(reader.keys == ["b", "a"])
        #expect(reader.metadata == ["format": "pt"])
        #expect(reader.info("a") == TensorInfo(dtype: .uint8, shape: [2, 2]))
        #expect(reader.info("c") == nil)
        #expect(try reader.tensor("a").values(as: UInt8.self) == [16, 17, 18, 19])
        #expect(try reader.tensor("b").values(as: Int64.self) == [0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908])
        #expect(checkpointError { _ = try reader.tensor("aa") }.contains("holds no tensor 'aa'; the nearest name is 'a'"))
    }

    @Test func tensorsShareTheMappedBytes() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(safetensors(#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}  "#, dataCount: 8), to: "x")
        let reader = try SafetensorsReader(path: path)
        let (first, second) = try (reader.tensor("a"), reader.tensor("a"))
        #expect(try address(of: first) == address(of: second))
    }

    private func address(of tensor: Tensor) throws -> Int {
        try tensor.withUnsafeBytes { Int(bitPattern: $0.baseAddress) }
    }

    @Test func unalignedTensorsAreCopiedAndEqual() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(
            safetensors(
                #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"I32","shape":[2],"data_offsets":[1,9]}}"#
                    .padding(toLength: 112, withPad: " ", startingAt: 0), dataCount: 9), to: "x")
        let tensor = try SafetensorsReader(path: path).tensor("b")
        #expect(try tensor.values(as: Int32.self) == [0x0403_0201, 0x0807_0605])
        #expect(try address(of: tensor).isMultiple(of: 4))
    }

    @Test func tensorsOutliveTheReaderAndTheFile() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(safetensors(#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#, dataCount: 4), to: "x")
        let tensor = try SafetensorsReader(path: path).tensor("a")
        try FileManager.default.removeItem(atPath: path)
        #expect(try tensor.values(as: UInt8.self) == [0, 1, 2, 3])
    }

    @Test func emptyTensorsAndScalarsAreRead() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(
            safetensors(#"{"s":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"e":{"dtype":"F32","shape":[3,0],"data_offsets":[1,1]}}"#, dataCount: 1), to: "x")
        let reader = try SafetensorsReader(path: path)
        #expect(try reader.tensor("s").shape == [])
        #expect(try reader.tensor("e").shape == [3, 0])
        #expect(try reader.tensor("e").dtype == .float32)
    }

    @Test func absentFilesAndDirectoriesAreRefused() throws {
        let directory = try TemporaryDirectory()
        #expect(checkpointError { _ = try SafetensorsReader(path: directory.file("no")) }.contains("There is no file"))
        #expect(checkpointError { _ = try SafetensorsReader(path: directory.path) }.contains("not a regular file"))
    }

    /// A file as large as FLUX's transformer, without its blocks on disk.
    @Test func aFileOf24GigabytesOpensAtOnceAndTakesNoMemory() throws {
        let directory = try TemporaryDirectory()
        let rows = 4_000_000, columns = 3072
        let size = rows * columns * 2
        let path = try directory.write(
            safetensors(#"{"w":{"dtype":"BF16","shape":[\#(rows),\#(columns)],"data_offsets":[0,\#(size)]}}  "#), to: "large.safetensors")
        let dataStart = try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
        #expect(truncate(path, dataStart + size) == 0)
        try patchLastElement(path, at: dataStart + size - 2)

        let before = try residentBytes()
        let tensor = try SafetensorsReader(path: path).tensor("w")
        let last = try tensor.narrowed(dim: 0, start: rows - 1, count: 1).reshaped([columns])
            .narrowed(dim: 0, start: columns - 1, count: 1)
        #expect(try last.values(as: Float.self) == [1.5])
        #expect(try residentBytes() - before < 256 << 20, "24 GB are mapped, not read")
    }

    private func patchLastElement(_ path: String, at offset: Int) throws {
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.seek(toOffset: UInt64(offset))
        try handle.write(contentsOf: Data([0xC0, 0x3F]))  // 1.5 as bfloat16
        try handle.close()
    }

    private func residentBytes() throws -> Int {
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return try #require(Int(pages[1])) * 4096
    }

    @Test(.enabled(if: SharedData.path != nil, SharedData.absence)) func everyGoldenFileReadsBitForBit() throws {
        let root = try SharedData.golden("")
        let names = try #require(FileManager.default.enumerator(atPath: root)).compactMap { $0 as? String }
        let files = names.filter { $0.hasSuffix(".safetensors") }
        #expect(files.count > 100)
        for name in files { try compareWithJSON(root + name) }
    }

    /// Holds the reader against Foundation's JSON and the file's own bytes.
    private func compareWithJSON(_ path: String) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        let length = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        var table = try #require(try JSONSerialization.jsonObject(with: data[8..<(8 + length)]) as? [String: [String: Any]])
        let metadata = table.removeValue(forKey: "__metadata__") as? [String: String]
        let reader = try SafetensorsReader(path: path)
        #expect(Set(reader.keys) == Set(table.keys), "\(path)")
        #expect(reader.metadata == metadata ?? [:])
        for (key, entry) in table {
            let offsets = try #require(entry["data_offsets"] as? [Int])
            let tensor = try reader.tensor(key)
            #expect(tensor.shape == entry["shape"] as? [Int])
            let bytes = try bytes(of: tensor)
            #expect(bytes == [UInt8](data[(8 + length + offsets[0])..<(8 + length + offsets[1])]), "\(path) \(key)")
        }
    }
}

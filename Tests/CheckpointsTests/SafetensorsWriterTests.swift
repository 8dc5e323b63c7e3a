import Checkpoints
import Foundation
import Testing
import Torch

@Suite struct SafetensorsWriterTests {
    @Test(arguments: SafetensorsType.allCases) func everyTypeMakesTheRoundTripBitForBit(_ type: SafetensorsType) throws {
        let directory = try TemporaryDirectory()
        // All byte values, NaN and infinities among them; a bool is only 0 or 1.
        let bytes = (0..<UInt8(240)).map { type == .BOOL ? $0 & 1 : $0 &* 37 &+ 11 }
        let header = #"{"w":{"dtype":"\#(type.rawValue)","shape":[5,\#(48 / type.byteCount)],"data_offsets":[0,240]}}"#
        let path = try directory.write(safetensors(header) + bytes, to: "in.safetensors")
        let tensor = try SafetensorsReader(path: path).tensor("w")
        try SafetensorsWriter.write([("w", tensor)], to: directory.file("out.safetensors"))
        let reader = try SafetensorsReader(path: directory.file("out.safetensors"))
        #expect(try CheckpointsTests.bytes(of: reader.tensor("w")) == bytes)
        #expect(try reader.tensor("w").shape == [5, 48 / type.byteCount])
        #expect(try reader.tensor("w").dtype == tensor.dtype)
    }

    @Test func everyElementTypeHasItsOwnName() throws {
        for dtype in DType.allCases {
            let directory = try TemporaryDirectory()
            try SafetensorsWriter.write([("w", .zeros([2], dtype: dtype))], to: directory.file("x"))
            #expect(try SafetensorsReader(path: directory.file("x")).info("w") == TensorInfo(dtype: dtype, shape: [2]))
        }
    }

    @Test func tensorsAreSortedAndAlignedAndTextSurvives() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("x.safetensors")
        let text = "quote \" backslash \\ newline \n nul \0 ü 🎨"
        try SafetensorsWriter.write(
            [
                ("b", Tensor([1, 2, 3] as [UInt8], shape: [3])), ("z", Tensor([1.5] as [Double], shape: [])),
                ("c", Tensor([1, 2] as [Float], shape: [2])), (text, Tensor([7] as [UInt8], shape: [1])),
                ("a", Tensor([3] as [Int64], shape: [1])), ("none", .zeros([0, 3], dtype: .float16)),
            ], metadata: [text: text, "format": "pt"], to: path)
        let reader = try SafetensorsReader(path: path)
        #expect(reader.keys == ["a", "z", "c", "none", "b", text])
        #expect(reader.metadata == [text: text, "format": "pt"])
        #expect(try reader.tensor("c").values(as: Float.self) == [1, 2])
        #expect(try reader.tensor(text).values(as: UInt8.self) == [7])
        let file = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(try header(file).dataStart.isMultiple(of: 8))
    }

    @Test func stridedTensorsAreWrittenInOrder() throws {
        let directory = try TemporaryDirectory()
        let tensor = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3]).transposed(0, 1)
        try SafetensorsWriter.write([("t", tensor)], to: directory.file("x"))
        #expect(try SafetensorsReader(path: directory.file("x")).tensor("t").values(as: Float.self) == [1, 4, 2, 5, 3, 6])
    }

    @Test func writingReplacesAFileInUseWithoutTouchingItsTensors() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("x.safetensors")
        try SafetensorsWriter.write([("w", Tensor([1, 2] as [Float], shape: [2]))], to: path)
        let old = try SafetensorsReader(path: path).tensor("w")
        try SafetensorsWriter.write([("w", Tensor([3, 4] as [Float], shape: [2]))], to: path)
        #expect(try old.values(as: Float.self) == [1, 2])
        #expect(try SafetensorsReader(path: path).tensor("w").values(as: Float.self) == [3, 4])
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["x.safetensors"])
    }

    @Test func reservedAndRepeatedNamesAreRefused() throws {
        let directory = try TemporaryDirectory()
        let tensor = try Tensor.zeros([1])
        #expect(checkpointError { try SafetensorsWriter.write([("a", tensor), ("a", tensor)], to: directory.file("x")) }.contains("'a' is given twice"))
        #expect(checkpointError { try SafetensorsWriter.write([("__metadata__", tensor)], to: directory.file("x")) }.contains("reserved"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    }

    @Test func anAbsentDirectoryIsNamed() throws {
        let directory = try TemporaryDirectory()
        let tensor = try Tensor.zeros([1])
        let message = checkpointError { try SafetensorsWriter.write([("a", tensor)], to: directory.file("no/x")) }
        #expect(message.contains("No such file or directory") && message.contains("/no/x"))
    }

    @Test(.enabled(if: FullDisk.isAvailable, "mounting a small file system needs root"))
    func aFullDiskLeavesTheOldFileAndNothingElse() throws {
        let disk = try FullDisk()
        let path = disk.path + "/x.safetensors"
        try SafetensorsWriter.write([("w", Tensor([1, 2] as [Float], shape: [2]))], to: path)
        let large = try Tensor.zeros([1 << 20])
        let message = checkpointError { try SafetensorsWriter.write([("w", large)], to: path) }
        #expect(message.contains("the disk is full. Free space"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path) == ["x.safetensors"])
        #expect(try SafetensorsReader(path: path).tensor("w").values(as: Float.self) == [1, 2])
    }
}

/// A file system of 64 kB, unmounted with this object.
private final class FullDisk {
    let directory: TemporaryDirectory
    var path: String { directory.path }

    static let isAvailable: Bool = (try? FullDisk()) != nil

    init() throws {
        directory = try TemporaryDirectory()
        guard mount("tmpfs", directory.path, "tmpfs", 0, "size=64k") == 0 else { throw POSIXError(.EPERM) }
    }

    deinit { umount(path) }
}

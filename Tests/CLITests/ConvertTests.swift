import Checkpoints
import Foundation
import Testing
import Torch

@Suite struct ConvertTests {
    private static let flux = CommandRun.model + "/flux.safetensors"

    /// A copy of the model that comes with the program, whose transformer is another file.
    private func model(_ file: String, in folder: Folder) throws -> String {
        let path = folder.path("model")
        try FileManager.default.copyItem(atPath: CommandRun.model, toPath: path)
        try FileManager.default.moveItem(atPath: folder.path(file), toPath: "\(path)/\(file)")
        try FileManager.default.removeItem(atPath: "\(path)/flux.safetensors")
        let description = try String(contentsOfFile: "\(path)/model.json", encoding: .utf8)
        try description.replacing("flux.safetensors", with: file).write(toFile: "\(path)/model.json", atomically: true, encoding: .utf8)
        return path
    }

    @Test(arguments: [("q8_0", "flux.gguf", "32 Q8_0"), ("int8", "flux8.safetensors", "32 int8 with scales"), ("fp8", "flux8.safetensors", "32 float8e4m3 with a scale")])
    func convertedModelIsSoundAndDraws(_ type: String, _ file: String, _ shown: String) throws {
        let folder = try Folder()
        let run = try CommandRun(["models", "convert", Self.flux, file, "--to", type], in: folder)
        #expect(run.status == 0 && run.output == "\(file)\n", "\(run.errors)")
        #expect(run.errors.contains("FLUX.1 transformer, width 192"))
        #expect(try folder.names == [file])
        let inspected = try CommandRun(["models", "inspect", folder.path(file)])
        #expect(inspected.status == 0 && inspected.output.contains(shown) && inspected.output.contains("of the parameters 93.0 % in "), "\(inspected.output)")
        let model = try model(file, in: folder)
        let verified = try CommandRun(["models", "verify", model])
        #expect(verified.status == 0 && verified.output.contains("ok       transformer"), "\(verified.output)")
        let drawn = try CommandRun(
            ["generate", "--model", model, "--prompt", "a star toy in the snow", "--steps", "2", "--width", "64", "--height", "64", "-o", folder.path("x.png")])
        #expect(drawn.status == 0, "\(drawn.errors)")
    }

    @Test func wideWeightsMakeTheRoundTrip() throws {
        let folder = try Folder()
        #expect(try CommandRun(["models", "convert", Self.flux, "wide.safetensors", "--to", "float32"], in: folder).status == 0)
        #expect(try CommandRun(["models", "convert", "wide.safetensors", "back.safetensors", "--to", "bf16"], in: folder).status == 0)
        let original = try Checkpoint.open(Self.flux), back = try Checkpoint.open(folder.path("back.safetensors"))
        #expect(Set(back.keys) == Set(original.keys))
        for key in original.keys { #expect(try back.tensor(key).values(as: Float.self) == original.tensor(key).values(as: Float.self), "\(key)") }
    }

    struct Case: CustomTestStringConvertible, Sendable {
        let arguments: [String], status: Int32, texts: [String]
        var testDescription: String { arguments.joined(separator: " ") }

        init(_ arguments: [String], _ status: Int32, _ texts: String...) {
            (self.arguments, self.status, self.texts) = (arguments, status, texts)
        }
    }

    static let cases = [
        Case(["in.safetensors", "x.safetensors", "--to", "q8_0"], 2, "does not end in .gguf"),
        Case(["in.safetensors", "x.gguf", "--to", "int8"], 2, "does not end in .safetensors"),
        Case(["in.safetensors", "x.gguf", "--to", "q3"], 2, "'q3'", "q8_0"),
        Case(["in.safetensors", "x.gguf"], 2, "--to"),
        Case(["missing.safetensors", "x.safetensors", "--to", "int8"], 1, "missing.safetensors does not exist"),
        Case(["in.safetensors", "no/x.safetensors", "--to", "int8"], 1, "The folder no for no/x.safetensors does not exist"),
        Case(["in.safetensors", "there.safetensors", "--to", "int8"], 2, "there.safetensors is there already", "--force"),
        Case(["in.safetensors", "in.safetensors", "--to", "int8", "--force"], 2, "would replace a file that is converted"),
        Case(["in.safetensors", "link.safetensors", "--to", "int8", "--force"], 2, "would replace a file that is converted"),
        Case([".", "in.safetensors", "--to", "int8", "--force"], 1, "several checkpoints"),
        Case(["broken.gguf", "x.safetensors", "--to", "int8"], 1, "broken.gguf", "does not begin with 'GGUF'"),
    ]

    @Test(arguments: cases) func wrongInputEndsInOneLineAndNoFile(_ wrong: Case) throws {
        let folder = try Folder()
        try SafetensorsWriter.write([(name: "a.weight", tensor: try .ones([64, 64]))], to: folder.path("in.safetensors"))
        try FileManager.default.createSymbolicLink(atPath: folder.path("link.safetensors"), withDestinationPath: "in.safetensors")
        for name in ["there.safetensors", "broken.gguf"] { try Data([1, 2, 3]).write(to: URL(fileURLWithPath: folder.path(name))) }
        let before = try Data(contentsOf: URL(fileURLWithPath: folder.path("in.safetensors")))
        let names = try folder.names
        let run = try CommandRun(["models", "convert"] + wrong.arguments, in: folder)
        #expect(run.status == wrong.status)
        for text in wrong.texts { #expect(run.failure.contains(text), "\(run.failure)") }
        #expect(run.output.isEmpty)
        #expect(try folder.names == names)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path("in.safetensors"))) == before)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path("there.safetensors"))) == Data([1, 2, 3]))
    }

    @Test func anExistingFileIsReplacedWithForce() throws {
        let folder = try Folder()
        try SafetensorsWriter.write([(name: "a.weight", tensor: try .ones([64, 64]))], to: folder.path("in.safetensors"))
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: folder.path("x.safetensors")))
        #expect(try CommandRun(["models", "convert", "in.safetensors", "x.safetensors", "--to", "fp8", "--force"], in: folder).status == 0)
        #expect(try Checkpoint.open(folder.path("x.safetensors")).stored("a.weight")?.name == "float8e4m3 with a scale")
    }

    /// 8 TiB that exist in the header and in a hole of the file alone.
    @Test func whatDoesNotFitIsRefusedBeforeTheWork() throws {
        let folder = try Folder()
        let path = folder.path("huge.safetensors"), rows = 1 << 21, columns = 1 << 20, size = rows * columns * 4
        let header = #"{"model.diffusion_model.img_in.weight":{"dtype":"F32","shape":[\#(rows),\#(columns)],"data_offsets":[0,\#(size)]}}"#
        let bytes = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init) + Array(header.utf8)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let free = try FileManager.default.attributesOfFileSystem(forPath: folder.url.path)[.systemFreeSize] as? Int ?? .max
        // On disks that have the room, and on file systems that know no such holes, nothing is left to test.
        guard free < size, truncate(path, bytes.count + size) == 0 else { return }
        let run = try CommandRun(["models", "convert", "huge.safetensors", "x.safetensors", "--to", "int8"], in: folder)
        #expect(run.status == 1 && run.failure.contains("x.safetensors takes 8.0 TiB, and . has"), "\(run.failure)")
        #expect(try folder.names == ["huge.safetensors"])
    }
}

import Checkpoints
import Foundation
import Testing
import Torch

@Suite struct ModelsTests {
    /// A copy of the model that comes with the program, to be damaged.
    private func copy() throws -> Folder {
        let folder = try Folder()
        try FileManager.default.copyItem(atPath: CommandRun.model, toPath: folder.path("model"))
        return folder
    }

    /// Rewrites the autoencoder of a copy.
    private func rewrite(_ folder: Folder, _ change: (String, Tensor) throws -> (name: String, tensor: Tensor)?) throws {
        let path = folder.path("model/ae.safetensors")
        let source = try SafetensorsReader(path: path)
        let tensors = try source.keys.compactMap { try change($0, source.tensor($0)) }
        try SafetensorsWriter.write(tensors, to: path)
    }

    @Test func modelOfTheProgramIsSound() throws {
        let run = try CommandRun(["models", "verify", CommandRun.model])
        #expect(run.status == 0, "\(run.errors)")
        #expect(!run.output.contains("PROBLEM"))
    }

    @Test func missingAndUnexpectedTensorsAreNamed() throws {
        let folder = try copy()
        try rewrite(folder) { $0 == "decoder.conv_in.bias" ? ("decoder.conv_in.offset", $1) : ($0, $1) }
        let run = try CommandRun(["models", "verify", folder.path("model")])
        #expect(run.status == 1)
        #expect(run.output.contains("decoder.conv_in.bias") && run.output.contains("decoder.conv_in.offset"))
    }

    @Test func misshapenTensorIsNamed() throws {
        let folder = try copy()
        try rewrite(folder) { name, tensor in (name, name == "encoder.conv_out.bias" ? try Tensor.zeros([3]) : tensor) }
        let run = try CommandRun(["models", "verify", folder.path("model")])
        #expect(run.status == 1)
        #expect(run.output.contains("encoder.conv_out.bias"))
    }

    @Test func weightThatIsNotFiniteIsNamed() throws {
        let folder = try copy()
        try rewrite(folder) { name, tensor in
            (name, name == "encoder.conv_out.bias" ? try Tensor.full(tensor.shape, .nan, dtype: tensor.dtype) : tensor)
        }
        let run = try CommandRun(["models", "verify", folder.path("model")])
        #expect(run.status == 1)
        #expect(run.output.contains("encoder.conv_out.bias") && run.output.contains("not finite"))
        #expect(try CommandRun(["models", "verify", "--headers-only", folder.path("model")]).status == 0)
    }

    @Test func missingTokenizerIsNamed() throws {
        let folder = try copy()
        try FileManager.default.removeItem(atPath: folder.path("model/t5/spiece.model"))
        let run = try CommandRun(["models", "verify", folder.path("model")])
        #expect(run.status == 1)
        #expect(run.output.contains("PROBLEM  T5 tokenizer"))
    }

    @Test func inspectShowsEveryPart() throws {
        let run = try CommandRun(["models", "inspect", CommandRun.model])
        #expect(run.status == 0)
        let transformer = "FLUX.1 transformer, width 192, 2 double-stream and 4 single-stream"
        for text in ["system 'uno'", transformer, "FLUX.1 autoencoder", "T5 encoder", "CLIP text encoder"] {
            #expect(run.output.contains(text), "\(text)")
        }
    }

    @Test func inspectListsTheKeysOfAFile() throws {
        let run = try CommandRun(["models", "inspect", CommandRun.model + "/flux.safetensors", "--keys"])
        #expect(run.output.contains("img_in.weight  bfloat16  [192, 32]"))
    }

    @Test func inspectRecognisesAnAdapter() throws {
        let folder = try Folder()
        let key = "double_blocks.0.processor.qkv_lora1"
        try SafetensorsWriter.write(
            [(name: "\(key).down.weight", tensor: try .zeros([8, 4])), (name: "\(key).up.weight", tensor: try .zeros([12, 8]))],
            to: folder.path("lora.safetensors"))
        let run = try CommandRun(["models", "inspect", folder.path("lora.safetensors"), "--json"])
        #expect(run.status == 0)
        #expect(run.output.contains("adapter of UNO or USO, rank 8"))
    }

    @Test func inspectReportsAMissingFile() throws {
        let folder = try copy()
        try FileManager.default.removeItem(atPath: folder.path("model/ae.safetensors"))
        let run = try CommandRun(["models", "inspect", folder.path("model")])
        #expect(run.status == 1)
        #expect(run.output.contains("PROBLEM") && run.output.contains("ae.safetensors"))
    }

    @Test func pullOfAnUnknownNameIsWrongUsage() throws {
        let run = try CommandRun(["models", "pull", "nothing"])
        #expect(run.status == 2)
        #expect(run.failure.contains("'nothing'") && run.failure.contains("'atelier models pull --help'"))
    }
}

import Checkpoints
import Foundation
import Testing
import Torch

@Suite struct CheckpointTests {
    private func directory(_ files: [String]) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        for name in files {
            let isIndex = name.hasSuffix(".index.json")
            let text = Array(#"{"weight_map":{"w":"shard.safetensors"}}"#.utf8)
            try directory.write(isIndex ? text : safetensors(#"{"w":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#), to: name)
        }
        return directory
    }

    @Test(arguments: [
        (["model.safetensors", "model.fp16.safetensors", "config.json"], "model.safetensors"),
        (["diffusion_pytorch_model.safetensors", "other.safetensors"], "diffusion_pytorch_model.safetensors"),
        (["flux1-dev.safetensors"], "flux1-dev.safetensors"),
        (["model.safetensors.index.json", "shard.safetensors"], "model.safetensors.index.json"),
        (["diffusion_pytorch_model.safetensors.index.json", "shard.safetensors", "x.bin"], "diffusion_pytorch_model.safetensors.index.json"),
    ])
    func directoriesOpenTheUsualFile(_ files: [String], _ expected: String) throws {
        let directory = try directory(files)
        #expect(try Checkpoint.open(directory.path).location == directory.file(expected))
    }

    @Test func aFileWithoutASuffixIsJudgedByItsContent() throws {
        let directory = try directory(["0f68f4ac"])
        #expect(try Checkpoint.open(directory.file("0f68f4ac")).keys == ["w"])
    }

    @Test(arguments: [
        ([], "holds no checkpoint; expected model.safetensors"),
        (["a.safetensors", "b.safetensors"], "several checkpoints: 'a.safetensors', 'b.safetensors'"),
        (["model-00001-of-00002.safetensors"], "without their .safetensors.index.json"),
        (["pytorch_model.bin", "config.json"], "is a torch pickle; checkpoints are read from .safetensors"),
    ])
    func directoriesWithoutOneChoiceAreRefused(_ files: [String], _ expected: String) throws {
        let directory = try directory(files)
        #expect(checkpointError { _ = try Checkpoint.open(directory.path) }.contains(expected))
    }

    @Test(arguments: ["vqgan.ckpt", "model.bin", "model.PTH", "model.pt", "flux.ggml"])
    func otherFormatsAreNamed(_ name: String) throws {
        let directory = try directory([name])
        let message = checkpointError { _ = try Checkpoint.open(directory.file(name)) }
        #expect(message.contains(name) && message.contains("Use the safetensors file of the same model"), "\(message)")
    }

    @Test func absentPathsAreNamed() {
        #expect(checkpointError { _ = try Checkpoint.open("/no/such/model") } == "There is no file or directory '/no/such/model'. Check the path.")
    }
}

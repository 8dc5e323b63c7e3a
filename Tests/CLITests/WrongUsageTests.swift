import Foundation
import Testing
import Torch

@Suite struct WrongUsageTests {
    /// Arguments after `generate`, the exit code, and what the one line must name.
    struct Case: Sendable, CustomTestStringConvertible {
        let arguments: [String]
        let status: Int32
        let texts: [String]

        init(_ arguments: [String], _ status: Int32, _ texts: String...) {
            self.arguments = arguments
            self.status = status
            self.texts = texts
        }

        var testDescription: String { arguments.map { String($0.prefix(24)) }.joined(separator: " ") }
    }

    static let reference = CommandRun.reference
    static let prompt = ["--prompt", "a toy"]

    static let cases = [
        Case([], 2, "--prompt"),
        Case(["--prompt", ""], 2, "--prompt", "empty"),
        Case(["--prompt", String(repeating: "a", count: 100_000)], 2, "--prompt", "100000 bytes", "65536"),
        Case(prompt + ["--width", "0"], 2, "--width is 0", "16 to 8192"),
        Case(prompt + ["--width", "15"], 2, "--width is 15", "16 to 8192"),
        Case(prompt + ["--height", "100000"], 2, "--height is 100000", "16 to 8192"),
        Case(prompt + ["--height", "-64"], 2, "--height is -64"),
        Case(prompt + ["--width", "wide"], 2, "--width", "'wide'"),
        Case(prompt + ["--steps", "0"], 2, "--steps is 0", "1 to 1000"),
        Case(prompt + ["--steps", "10000"], 2, "--steps is 10000", "1 to 1000"),
        Case(prompt + ["--guidance", "nan"], 2, "--guidance is nan"),
        Case(prompt + ["--seed", "-2"], 2, "--seed", "'-2'", "-1"),
        Case(prompt + ["--seed", "18446744073709551615", "--count", "2"], 2, "--seed", "2 seeds"),
        Case(prompt + ["--posterior-seed", "average"], 2, "--posterior-seed", "'mean'"),
        Case(prompt + ["--count", "0"], 2, "--count is 0"),
        Case(prompt + ["--count", "2", "--dump", "x.safetensors"], 2, "--dump", "--count"),
        Case(prompt + ["--threads", "0"], 2, "--threads is 0"),
        Case(prompt + ["--device", "gpu"], 2, "--device", "'gpu'", "cuda"),
        Case(prompt + ["--dtype", "int4"], 2, "--dtype", "'int4'", "int8"),
        Case(prompt + ["--memory-limit", "0"], 2, "--memory-limit is 0", "GiB"),
        Case(prompt + ["--memory-limit", "much"], 2, "--memory-limit", "'much'"),
        Case(prompt + ["--memory-limit", "0.1"], 1, "The memory limit is 0.10 GiB", "the least", "--memory-limit"),
        Case(prompt + ["--noise-device", "tpu"], 2, "--noise-device", "'tpu'", "'cuda'"),
        Case(prompt + ["--position", "x"], 2, "--position", "'x'"),
        Case(prompt + ["--cfg-window", "3:1"], 2, "--cfg-window", "FIRST:END"),
        Case(prompt + ["--cfg-window", "1:3"], 2, "UNO", "--cfg-window"),
        Case(prompt + ["--first-step-guidance", "2"], 2, "UNO", "--first-step-guidance"),
        Case(prompt + ["--prepare", "none"], 2, "UNO", "--prepare"),
        Case(prompt + ["--save-prepared", "shown"], 2, "--save-prepared", "DreamO"),
        Case(prompt + ["--prepare", "some"], 2, "--prepare", "'some'", "none"),
        Case(prompt + ["--ref", "subject#x:\(reference)"], 2, "--ref", "subject#2"),
        Case(prompt + ["--ref", "subject#2:\(reference)"], 2, "UNO", "number"),
        Case(prompt + ["--keep-size"], 2, "--keep-size", "--ref"),
        Case(prompt + ["--ref", "style:\(reference)"], 2, "'style'", reference, "USO and DreamO"),
        Case(prompt + ["--ref", "face:\(reference)"], 2, "'face'", "USO and DreamO"),
        Case(prompt + ["--ref", "garment:\(reference)"], 2, "'garment'", ". DreamO can"),
        Case(prompt + ["--ref", "sbject:\(reference)"], 2, "'sbject'", "subject"),
        Case(prompt + ["--frobnicate"], 2, "--frobnicate"),
        Case(prompt + ["-o", "picture.bmp"], 2, "picture.bmp", ".png"),
        Case(prompt + ["-o", "missing/picture.png"], 1, "missing", "mkdir"),
        Case(prompt + ["-o", "."], 2, "."),
        Case(prompt + ["-o", ""], 2, "-o ''", ".png"),
        Case(prompt + ["-o", "/proc/picture.png"], 1, "/proc/picture.png"),
        Case(prompt + ["--ref", "missing.png"], 1, "missing.png"),
        Case(prompt + ["--ref", #filePath], 1, "WrongUsageTests.swift", "picture"),
        Case(prompt + ["--lora", "missing.safetensors:0.5"], 1, "missing.safetensors", "--lora"),
        Case(prompt + ["--lora", CommandRun.model + "/ae.safetensors"], 1, "ae.safetensors", "adapter"),
        Case(prompt + ["--model", "missing"], 1, "missing", "--model"),
        Case(prompt + ["--model", "/proc"], 1, "/proc", "flux1-dev.safetensors"),
        Case(["--from", reference], 1, "07_a.png", "recipe"),
    ]

    @Test(arguments: cases)
    func wrongInputEndsInOneLineAndNoFile(_ wrong: Case) throws {
        let folder = try Folder()
        let run = try CommandRun(["generate"] + wrong.arguments, in: folder, environment: ["ATELIER_MODELS": CommandRun.package.path + "/Models"])
        #expect(run.status == wrong.status)
        for text in wrong.texts { #expect(run.failure.contains(text), "\(run.failure)") }
        #expect(run.failure.hasPrefix("atelier: "))
        #expect(run.failure.utf8.count < 1000)
        #expect(run.output.isEmpty)
        #expect(try folder.names.isEmpty)
    }

    @Test(.enabled(if: TorchRuntime.cudaDeviceCount == 0, "needs a machine without a GPU"))
    func noiseOnAGPUThatIsNotThereIsRefused() throws {
        let folder = try Folder()
        let run = try CommandRun(["generate", "--noise-device", "cuda"] + Self.prompt, in: folder)
        #expect(run.status == 2)
        #expect(run.failure.contains("CUDA") && run.failure.contains("--noise-device cpu"))
        #expect(try folder.names.isEmpty)
    }

    /// On copies, so that a failure harms nothing.
    @Test(arguments: [["--ref", "toy.png", "-o", "./toy.png"], ["--dump", "model/t5/../flux.safetensors", "-o", "x.png"]])
    func filesThatAPictureIsDrawnFromAreNotReplaced(_ arguments: [String]) throws {
        let folder = try Folder()
        try FileManager.default.copyItem(atPath: Self.reference, toPath: folder.path("toy.png"))
        try FileManager.default.copyItem(atPath: CommandRun.model, toPath: folder.path("model"))
        let run = try CommandRun(["generate", "--model", "model", "--steps", "1"] + Self.prompt + arguments, in: folder)
        #expect(run.status == 2)
        #expect(run.failure.contains("would replace") && run.failure.contains("choose another name"))
        #expect(FileManager.default.contentsEqual(atPath: Self.reference, andPath: folder.path("toy.png")))
        #expect(FileManager.default.contentsEqual(atPath: CommandRun.model, andPath: folder.path("model")))
    }

    @Test func promptThatIsNotUTF8IsRefused() throws {
        let run = try CommandRun(shell: #"exec "$0" generate --prompt "$(printf 'caf\351')""#)
        #expect(run.status == 2)
        #expect(run.failure.contains("UTF-8"))
    }

    @Test(arguments: ["omnigen", "ip-adapter"])
    func modelOfAnotherSystemIsRefused(_ system: String) throws {
        let folder = try Folder()
        try Data(#"{"system": "\#(system)", "files": {}}"#.utf8).write(to: folder.url.appendingPathComponent("model.json"))
        let run = try CommandRun(["generate", "--prompt", "a toy", "--model", folder.url.path, "-o", folder.path("x.png")])
        #expect(run.status == 1)
        #expect(run.failure.contains("'\(system)'") && run.failure.contains("model.json"))
        #expect(try folder.names == ["model.json"])
    }

    @Test func misspeltKeyOfAModelIsNamed() throws {
        let folder = try Folder()
        try Data(#"{"system": "uno", "defaults": {"widht": 64}, "files": {}}"#.utf8).write(to: folder.url.appendingPathComponent("model.json"))
        let run = try CommandRun(["generate", "--prompt", "a toy", "--model", folder.url.path])
        #expect(run.status == 1)
        #expect(run.failure.contains("'widht'") || run.failure.contains("'defaults.widht'"))
        #expect(run.failure.contains("'width'"))
    }

    @Test func unknownCommandPointsToHelp() throws {
        let run = try CommandRun(["paint"])
        #expect(run.status == 2)
        #expect(run.failure.contains("'paint'") && run.failure.contains("'atelier --help'"))
    }
}

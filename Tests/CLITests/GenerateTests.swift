import Foundation
import Imaging
import Testing

@Suite struct GenerateTests {
    /// A picture of a few steps, of the model that comes with the program.
    static let quick = ["generate", "--model", CommandRun.model, "--prompt", "a moon toy on the beach", "--steps", "2"]

    private func succeed(_ arguments: [String], in folder: Folder) throws -> CommandRun {
        let run = try CommandRun(arguments, in: folder)
        #expect(run.status == 0, "\(run.errors)")
        return run
    }

    @Test(arguments: ["picture.png", "picture.jpg", "picture.webp"])
    func pictureIsWrittenInTheFormatOfItsName(_ name: String) throws {
        let folder = try Folder()
        let run = try succeed(Self.quick + ["-o", name], in: folder)
        #expect(run.output == "\(name)\n")
        #expect(try folder.names == [name])
        let information = try PictureFile.information(of: folder.path(name))
        #expect(information.format == PictureFormat(writing: name))
        #expect(information.size == PixelSize(width: 64, height: 64))
    }

    @Test func fromRepeatsAPictureByteForByte() throws {
        let folder = try Folder()
        _ = try succeed(Self.quick + ["--ref", CommandRun.reference, "--seed", "7", "--width", "72", "-o", "first.png"], in: folder)
        _ = try succeed(["generate", "--from", "first.png", "-o", "second.png"], in: folder)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path("first.png"))) == Data(contentsOf: URL(fileURLWithPath: folder.path("second.png"))))
    }

    @Test func recipeSaysWhatAutoStoodFor() throws {
        let folder = try Folder()
        _ = try succeed(Self.quick + ["--device", "cpu", "-o", "toy.png"], in: folder)
        let recipe = try #require(try PictureFile.metadata(of: folder.path("toy.png"))[PictureMetadata.recipeKey])
        let values = try #require(JSONSerialization.jsonObject(with: Data(recipe.utf8)) as? [String: Any])
        #expect(values["device"] as? String == "cpu")
        #expect(values["noise_device"] as? String == "cpu")
        #expect(["float32", "bfloat16"].contains(values["dtype"] as? String))
    }

    @Test func optionBesideFromReplacesOneValue() throws {
        let folder = try Folder()
        _ = try succeed(Self.quick + ["--seed", "7", "-o", "first.png"], in: folder)
        let run = try succeed(["generate", "--from", "first.png", "--seed", "8", "-o", "second.png"], in: folder)
        _ = try succeed(Self.quick + ["--seed", "8", "-o", "third.png"], in: folder)
        #expect(run.errors.contains("seed 8"))
        #expect(try PictureFile.read(folder.path("second.png")) == PictureFile.read(folder.path("third.png")))
        #expect(try PictureFile.read(folder.path("second.png")) != PictureFile.read(folder.path("first.png")))
    }

    @Test func changedReferenceIsNoticedWhenAPictureIsRepeated() throws {
        let folder = try Folder()
        try FileManager.default.copyItem(atPath: CommandRun.reference, toPath: folder.path("toy.png"))
        _ = try succeed(Self.quick + ["--ref", "toy.png", "-o", "first.png"], in: folder)
        try PictureFile.write(PixelImage(width: 32, height: 32, layout: .rgb, pixels: Array(repeating: 9, count: 3072)), to: folder.path("toy.png"))
        let run = try succeed(["generate", "--from", "first.png", "-o", "second.png"], in: folder)
        #expect(run.errors.contains("toy.png is not the file"))
    }

    @Test func countDrawsOnePictureForEachSeed() throws {
        let folder = try Folder()
        let run = try succeed(Self.quick + ["--seed", "41", "--count", "2", "-o", "toy.png"], in: folder)
        #expect(run.output == "toy-0.png\ntoy-1.png\n")
        _ = try succeed(Self.quick + ["--seed", "42", "-o", "alone.png"], in: folder)
        #expect(try PictureFile.read(folder.path("toy-1.png")) == PictureFile.read(folder.path("alone.png")))
    }

    @Test func picturesWithoutANameDoNotReplaceOneAnother() throws {
        let folder = try Folder()
        _ = try succeed(Self.quick + ["--seed", "3"], in: folder)
        _ = try succeed(Self.quick + ["--seed", "3"], in: folder)
        #expect(try folder.names == ["atelier-3-2.png", "atelier-3.png"])
    }

    @Test func randomSeedIsSaidAndUsed() throws {
        let folder = try Folder()
        let run = try succeed(Self.quick + ["--seed", "-1"], in: folder)
        let seed = try #require(run.output.firstMatch(of: /atelier-(\d+)\.png/)?.1)
        #expect(run.errors.contains("The seed is \(seed)."))
    }

    @Test func sizeIsRoundedDownWithANote() throws {
        let folder = try Folder()
        let run = try succeed(Self.quick + ["--width", "71", "--height", "33", "-o", "odd.png"], in: folder)
        #expect(run.errors.contains("71x33") && run.errors.contains("64x32"))
        #expect(try PictureFile.information(of: folder.path("odd.png")).size == PixelSize(width: 64, height: 32))
    }

    @Test func keptSizeIsTheReferencesWhateverElseIsAsked() throws {
        let folder = try Folder()
        let size = try PictureFile.information(of: CommandRun.reference).size
        let run = try succeed(Self.quick + ["--ref", CommandRun.reference, "--keep-size", "--width", "16", "-o", "kept.png"], in: folder)
        #expect(run.errors.contains("--width and --height are left aside"))
        #expect(try PictureFile.information(of: folder.path("kept.png")).size == size.roundedDown(toMultipleOf: 8))
    }

    @Test func moreThanFourReferencesAreWarnedAbout() throws {
        let folder = try Folder()
        let references = Array(repeating: ["--ref", CommandRun.reference], count: 5).flatMap { $0 }
        let run = try succeed(Self.quick + references + ["-o", "many.png"], in: folder)
        #expect(run.errors.contains("5"))
        #expect(run.errors.contains("up to 4"))
    }

    @Test func jsonIsOneEventPerLine() throws {
        let folder = try Folder()
        let run = try succeed(Self.quick + ["--json", "-o", "toy.png"], in: folder)
        let events = try run.output.split(separator: "\n").map {
            try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        #expect(events.filter { $0["event"] as? String == "step" }.compactMap { $0["step"] as? Int } == [1, 2])
        let last = try #require(events.last)
        #expect(last["event"] as? String == "finished")
        #expect(last["path"] as? String == "toy.png")
        #expect(last["width"] as? Int == 64)
        #expect(run.errors.isEmpty)
    }

    @Test func interruptionStopsTheWorkAndLeavesNoFile() throws {
        let folder = try Folder()
        let long = Self.quick + ["--steps", "1000", "--width", "256", "--height", "256", "-o", "never.png", "--dump", "never.safetensors"]
        let run = try CommandRun(long, in: folder, interruptAfter: 1.5)
        #expect(run.status == 130)
        #expect(run.failure.contains("Interrupted"))
        #expect(try folder.names.isEmpty)
    }
}

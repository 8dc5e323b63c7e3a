import Foundation
import Imaging
import TestSupport
import Testing

/// A model of DreamO from the command line (`golden/dreamo-e2e`, with the networks of `ben2` and `face`).
@Suite(.enabled(if: ["dreamo-e2e", "ben2", "face"].allSatisfy(Golden.isAvailable), Golden.absence))
struct DreamOTests {
    let golden: Golden
    let model: String

    init() throws {
        golden = try Golden("dreamo-e2e")
        model = golden.path("model.json")
    }

    private struct Parameters: Decodable {
        let prompt: String
        let width, height, steps: Int
        let guidance: Double
        let latents_rng_seed, global_rng_seed: UInt64
    }

    @Test func preparedPicturesGiveTheOfficialOne() throws {
        let folder = try Folder()
        let values = try golden.decoded("cases/id_ip/case.json", as: Parameters.self)
        var arguments = ["generate", "--model", model, "--prompt", values.prompt, "--dtype", "float32", "--noise-dtype", "float32"]
        arguments += ["--seed", "\(values.latents_rng_seed)", "--posterior-seed", "\(values.global_rng_seed)", "--steps", "\(values.steps)"]
        arguments += ["--guidance", "\(values.guidance)", "--width", "\(values.width)", "--height", "\(values.height)", "--prepare", "none"]
        arguments += ["--ref", "face:\(golden.path("refs/id_face.png"))", "--ref", "garment:\(golden.path("refs/ip_b.png"))"]
        let run = try CommandRun(arguments + ["-o", "picture.png", "--save-prepared", "shown"], in: folder)
        #expect(run.status == 0, "\(run.errors)")
        let picture = try PictureFile.read(folder.path("picture.png")), expected = try golden.picture("cases/id_ip/expected.png").rgb()
        try expectAlmostEqual(picture, expected, share: 1, level: 1)
        for (index, name) in ["id_face", "ip_b"].enumerated() {
            #expect(try PictureFile.read(folder.path("shown/\(index).png")).pixels == golden.picture("refs/\(name).png").rgb().pixels)
        }

        let again = try CommandRun(["generate", "--from", "picture.png", "-o", "again.png"], in: folder)
        #expect(again.status == 0, "\(again.errors)")
        #expect(try PictureFile.read(folder.path("again.png")) == picture)
    }

    /// Writes a description of the golden model with its networks, and gives back its path.
    private func modelWithNetworks(in folder: Folder) throws -> String {
        let data = try Data(contentsOf: URL(fileURLWithPath: model))
        var description = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        var files = try #require(description["files"] as? [String: Any])
        func absolute(_ name: Any?) -> String { golden.path("\(name ?? "")") }
        files["diffusers"] = absolute(files["diffusers"])
        files["dreamo"] = absolute(files["dreamo"])
        files["loras"] = (files["loras"] as? [[String: Any]])?.map { ["file": absolute($0["file"]), "weight": $0["weight"] ?? 1] }
        files["background_remover"] = try Golden("ben2").path("BEN2_Base.safetensors")
        files["face_detector"] = try Golden("face").path("detection_Resnet50_Final.safetensors")
        files["face_parser"] = try Golden("face").path("parsing_bisenet.safetensors")
        description["files"] = files
        let path = folder.path("model.json")
        try JSONSerialization.data(withJSONObject: description).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test func networksAreVerifiedShownAndUsed() throws {
        let folder = try Folder(), model = try modelWithNetworks(in: folder)
        let verification = try CommandRun(["models", "verify", model])
        #expect(verification.status == 0, "\(verification.output)")
        let inspection = try CommandRun(["models", "inspect", model])
        for text in ["background remover", "face detector", "face parser", "embeddings"] {
            #expect(verification.output.contains(text), "\(text)")
        }
        for text in ["system 'dreamo'", "BEN2 background remover", "RetinaFace face detector", "BiSeNet face parser", "DreamO adapter with its embeddings"] {
            #expect(inspection.output.contains(text), "\(text)")
        }
        let run = try CommandRun(
            ["generate", "--model", model, "--prompt", "a cup", "--width", "32", "--height", "32", "--steps", "1", "--ref-size", "64",
             "--ref", try Golden("ben2").path("photo_a_decoded.png"), "-o", "cup.png", "--save-prepared", "shown"], in: folder)
        #expect(run.status == 0, "\(run.errors)")
        #expect(try PictureFile.read(folder.path("shown/0.png")).width.isMultiple(of: 16))
    }

    @Test(arguments: [
        (["--ref", "face:PICTURE"], "files.face_detector"), (["--ref", "PICTURE"], "--prepare none"), (["--keep-size", "--ref", "PICTURE"], "--keep-size"),
        (["--ref", "style:PICTURE", "--ref", "PICTURE"], "alone"), (["--position", "w"], "--position"),
    ])
    func whatDreamOCannotDoIsRefused(arguments: [String], text: String) throws {
        let folder = try Folder(), picture = golden.path("refs/ip_a.png")
        let options = arguments.map { $0.replacingOccurrences(of: "PICTURE", with: picture) }
        let run = try CommandRun(["generate", "--model", model, "--prompt", "a cup", "-o", "cup.png"] + options, in: folder)
        #expect(run.status == 2)
        #expect(run.failure.contains(text), "\(run.failure)")
        #expect(try folder.names.isEmpty)
    }
}

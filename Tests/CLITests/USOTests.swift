import Foundation
import Imaging
import TestSupport
import Testing

/// A model of USO from the command line (`golden/uso-e2e`).
@Suite(.enabled(if: Golden.isAvailable("uso-e2e"), Golden.absence))
struct USOTests {
    let golden: Golden
    let model: String

    init() throws {
        golden = try Golden("uso-e2e")
        model = golden.path("model")
    }

    private struct Parameters: Decodable {
        let prompt: String
        let seed, encode_seed: UInt64
        let width, height, num_steps, content_ref: Int
        let guidance: Double
    }

    @Test(arguments: [("layout_preserved", ["subject:content_b.jpg", "style:style_c.jpg"]), ("keep_size_sentinel", ["style:style_a.png", "face:sentinel16.png"])])
    func pictureIsTheOfficialOne(name: String, references: [String]) throws {
        let folder = try Folder()
        let values = try golden.decoded("cases/\(name)/params.json", as: Parameters.self)
        var arguments = ["generate", "--model", model, "--prompt", values.prompt, "--dtype", "float32", "-o", "picture.png"]
        arguments += ["--seed", "\(values.seed)", "--posterior-seed", "\(values.encode_seed)", "--steps", "\(values.num_steps)"]
        arguments += ["--guidance", "\(values.guidance)", "--ref-size", "\(values.content_ref)", "--width", "\(values.width)", "--height", "\(values.height)"]
        for reference in references {
            let parts = reference.split(separator: ":")
            arguments += ["--ref", "\(parts[0]):\(golden.path("images/\(parts[1])"))"]
        }
        let run = try CommandRun(arguments + (name.hasPrefix("keep") ? ["--keep-size"] : []), in: folder)
        #expect(run.status == 0, "\(run.errors)")
        let picture = try PictureFile.read(folder.path("picture.png")), expected = try PictureFile.read(golden.path("cases/\(name)/expected.png")).rgb()
        #expect(picture.size == expected.size)
        #expect(zip(picture.pixels, expected.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 1 })

        // The picture remembers its references and their roles.
        let again = try CommandRun(["generate", "--from", "picture.png", "-o", "again.png"], in: folder)
        #expect(again.status == 0, "\(again.errors)")
        #expect(try PictureFile.read(folder.path("again.png")) == picture)
    }

    @Test(arguments: [
        (["garment"], "DreamO can"), (["subject", "face"], "UNO (several subjects) or DreamO"), (["style", "style", "style"], "two style pictures"),
    ])
    func whatUSOCannotDoIsRefused(roles: [String], text: String) throws {
        let folder = try Folder()
        let references = roles.flatMap { ["--ref", "\($0):\(golden.path("images/style_a.png"))"] }
        let run = try CommandRun(["generate", "--model", model, "--prompt", "a cup"] + references, in: folder)
        #expect(run.status == 2)
        #expect(run.failure.contains(text), "\(run.failure)")
        #expect(try folder.names.isEmpty)
    }

    @Test func everyFileIsVerifiedAndShown() throws {
        let verification = try CommandRun(["models", "verify", model])
        #expect(verification.status == 0, "\(verification.output)")
        #expect(verification.output.contains("style projector") && verification.output.contains("SigLIP"))
        let inspection = try CommandRun(["models", "inspect", model])
        for text in ["system 'uso'", "adapter of UNO or USO, rank 8", "style projector of USO", "SigLIP vision encoder"] {
            #expect(inspection.output.contains(text), "\(text)")
        }
    }
}

import Checkpoints
import Foundation
import Imaging
import TestSupport
import Testing
import Torch

/// Questions from the command line, and pictures drawn token by token (`golden/unitoken-e2e`).
@Suite(.enabled(if: Golden.isAvailable("unitoken-e2e"), Golden.absence))
struct AskTests {
    let golden: Golden
    let model: String
    let cases: [String: Case]

    struct Case: Decodable {
        let generated_ids: [Int]
        let text: String
    }

    init() throws {
        golden = try Golden("unitoken-e2e")
        model = golden.directory.path
        cases = try golden.decoded("cases.json", as: [String: Case].self)
    }

    @Test func theAnswerIsTheOfficialOneAndIsRecorded() throws {
        let folder = try Folder(), expected = try #require(cases["understand_1"])
        let question = "<|image|>Please describe the details of the image as much as possible."
        let run = try CommandRun(
            ["ask", "--model", model, "--image", golden.path("images/0.png"), question, "--max-tokens", "24", "--dump", "d.safetensors", "--dtype", "float32"],
            in: folder)
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output == expected.text + "\n")
        let dump = try SafetensorsReader(path: folder.path("d.safetensors"))
        #expect(try dump.tensor("output_ids").values(as: Int.self) == expected.generated_ids)
        #expect(try dump.tensor("input_ids").values(as: Int.self) == golden.tensors("data.safetensors")["understand_1.discrete_ids"].values(as: Int.self))
        #expect(dump.keys.contains("logits.0") && dump.keys.contains("logits.23"))
    }

    @Test func everyTokenIsALineOfJSON() throws {
        let expected = try #require(cases["chat_2"]?.generated_ids.count)
        let run = try CommandRun(["ask", "--model", model, "Write a short poem about the sea.", "--max-tokens", "24", "--json"])
        let lines = try run.output.split(separator: "\n").map { try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) }
        let ids = lines.filter { $0["event"] as? String == "token" }.compactMap { $0["id"] as? Int }
        #expect(ids == cases["chat_1"]?.generated_ids && expected > 0)
        let texts = lines.filter { $0["event"] as? String == "token" }.compactMap { $0["text"] as? String }.joined()
        #expect(texts == cases["chat_1"]?.text && lines.last?["text"] as? String == texts)
    }

    @Test func aTalkKeepsItsTurns() throws {
        let folder = try Folder(), lines = ["Hi! I will show you a photo.", "/image \(golden.path("images/1.png"))", "What is it?", "/image none.png", "", "And?", "/end", "no"]
        try Data(lines.joined(separator: "\n").utf8).write(to: folder.url.appendingPathComponent("in"))
        let words = "\"$0\" ask --model '\(model)' --max-tokens 4 --json < '\(folder.path("in"))'"
        let run = try CommandRun(shell: words)
        #expect(run.status == 0, "\(run.errors)")
        let prompts = run.output.split(separator: "\n").filter { $0.contains("\"read\"") }.compactMap { line in
            (try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["prompt_tokens"] as? Int
        }
        #expect(prompts.count == 3 && prompts[1] > prompts[0] + 1060 && prompts[2] > prompts[1] + 4, "\(prompts)")
        #expect(run.errors.contains("none.png"))
    }

    @Test func aPictureIsDrawnAndRepeated() throws {
        let folder = try Folder()
        let run = try CommandRun(
            ["generate", "--model", model, "--prompt", "A majestic phoenix with fiery wings soaring above a tranquil mountain lake", "--grids", "2x2",
             "--image-top-k", "150", "--seed", "1234", "--dtype", "float32", "-o", "p.png"], in: folder)
        #expect(run.status == 0, "\(run.errors)")
        let picture = try PictureFile.read(folder.path("p.png")), expected = try golden.picture("images/t2i_multinomial_0.png").rgb()
        try expectAlmostEqual(picture, expected, share: 0.01, level: 1)
        let again = try CommandRun(["generate", "--from", "p.png", "-o", "q.png"], in: folder)
        #expect(again.status == 0, "\(again.errors)")
        #expect(try PictureFile.read(folder.path("q.png")) == picture)
    }

    @Test(arguments: [
        (["ask", "x"], 2, "--model"), (["ask", "--model", "MODEL", "<|image|>?"], 1, "1 pictures by"), (["ask", "--model", "MODEL", "x", "--max-tokens", "0"], 2, "--max-tokens is 0"),
        (["ask", "--model", "MODEL", "x", "--temperature", "-1"], 2, "--temperature"), (["ask", "--model", "MODEL", "--image", "none.png", "x"], 1, "none.png"),
        (["ask", "--model", "MODEL", "--dump", "d.safetensors"], 2, "--dump"), (["ask", "--model", "nowhere", "x"], 1, "'nowhere' does not exist"),
        (["generate", "--model", "MODEL", "--prompt", "x", "--steps", "4"], 2, "no use for --steps"), (["generate", "--model", "MODEL", "--prompt", "x", "--grids", "9"], 2, "16x16"),
        (["generate", "--prompt", "x", "--grids", "4x4"], 2, "no use for --grids"), (["generate", "--model", "MODEL", "--prompt", "x", "--grids", "0x4"], 2, "--grids is 0x4"),
    ])
    func whatIsWrongIsSaid(_ words: [String], _ status: Int32, _ text: String) throws {
        let run = try CommandRun(words.map { $0 == "MODEL" ? model : $0 }, in: Folder())
        #expect(run.status == status && run.failure.contains(text), "\(run.failure)")
    }

    @Test func everyFileIsVerifiedAndShown() throws {
        #expect(try CommandRun(["models", "verify", model]).status == 0)
        let inspection = try CommandRun(["models", "inspect", model])
        for text in ["system 'unitoken'", "UniToken: language model of 3 layers", "Chameleon picture tokenizer"] { #expect(inspection.output.contains(text), "\(text)") }
    }
}

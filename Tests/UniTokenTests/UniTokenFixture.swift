import Foundation
import Generation
import Imaging
import TestSupport
import Testing
import Torch
import UniToken

/// The release of `golden/unitoken-e2e` and its cases.
struct UniTokenFixture {
    static let isAvailable = Golden.isAvailable("unitoken-e2e")
    let golden: Golden
    let expected: GoldenTensors
    let cases: [String: Case]

    struct Case: Decodable {
        let function: String
        let images: [String]?
        let qas: [[String?]]?
        let prompt: String?
        let max_gen_len: Int
        let generated_ids: [Int]
        let text: String
        let finite_scores_per_step: [Int]
        let image_end_position: Int?
        let crop_rgb_sha256, decoded_rgb_sha256: String?
        let cfg, temperature: Double?
        let image_top_k, text_top_k: Int?
        let do_sample: Bool?
        let generator_seed: UInt64?
        let forced_grid_ids: [Int]?
        let images_out: [String]?
    }

    init() throws {
        golden = try Golden("unitoken-e2e")
        expected = try golden.tensors("data.safetensors")
        cases = try golden.decoded("cases.json", as: [String: Case].self)
    }

    /// - Parameter isAnyResolution: false for the base variant, which reads the same files.
    func model(isAnyResolution: Bool = true, dtype: DType = .float32) throws -> UniTokenModel {
        guard !isAnyResolution else { return try UniTokenModel(UniTokenDirectory(path: golden.directory.path), dtype: dtype) }
        let folder = try TemporaryModel(golden, change: { $0.replacing("\"anyres\": true", with: "\"anyres\": false") })
        return try UniTokenModel(UniTokenDirectory(path: folder.path), dtype: dtype)
    }

    func turns(_ row: Case) throws -> [AnswerRequest.Turn] {
        let pictures = try (row.images ?? []).map { AnswerRequest.Picture(name: $0, image: try golden.picture($0)) }
        var turns = (row.qas ?? []).map { AnswerRequest.Turn($0[0] ?? "", answer: $0[1].map { .text($0) }) }
        // Pictures belong to the turn that shows them; without marks, to the first.
        let place = turns.firstIndex { $0.question.contains("<|image|>") } ?? 0
        turns[place].pictures = pictures
        return turns
    }
}

/// A folder whose `model.json` is the golden set's, changed, over the set's own files.
final class TemporaryModel {
    let path: String

    init(_ golden: Golden, change: (String) -> String = { $0 }, files: [String: String] = [:]) throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("unitoken-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for name in ["checkpoint", "ckpts"] {
            try FileManager.default.createSymbolicLink(atPath: "\(path)/\(name)", withDestinationPath: golden.path(name))
        }
        let text = try String(decoding: golden.data("model.json"), as: UTF8.self)
        try Data(change(text).utf8).write(to: URL(fileURLWithPath: "\(path)/model.json"))
        for (name, text) in files { try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)")) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

import Checkpoints
import Flux
import Layers
import TestSupport
import Testing
import Torch

/// The autoencoder against the official one (`golden/autoencoder`, `golden/autoencoder2`), whole and in bands.
struct AutoEncoderGoldenTests {
    struct Settings: Decodable {
        let models: [String: AutoEncoderConfiguration]
        let draw_seed: UInt64
    }

    struct Case: Sendable, CustomStringConvertible {
        let set, name: String
        let bandHeight: Int?
        var description: String { "\(set)/\(name)" + (bandHeight.map { " in bands of \($0)" } ?? "") }
    }

    static let cases = [nil, 3, 8].flatMap { bandHeight in
        [("autoencoder", "a"), ("autoencoder", "b"), ("autoencoder2", "c")].map { Case(set: $0.0, name: $0.1, bandHeight: bandHeight) }
    }

    @Test(.enabled(if: Golden.isAvailable("autoencoder2"), Golden.absence), arguments: cases)
    func everyTensorMatchesTheOfficialOne(_ test: Case) throws {
        let golden = try Golden(test.set)
        let inputs = try golden.tensors("inputs_\(test.name).safetensors")
        let expected = try golden.tensors("expected_\(test.name).safetensors")
        let settings = try golden.decoded("config.json", as: Settings.self)
        let configuration = try #require(settings.models["ae"])
        let autoEncoder = try ParameterScope.load(Checkpoint.open(golden.path("ae.safetensors")), dtype: .float32) {
            try AutoEncoder(configuration, at: $0)
        }.model
        let bands = test.bandHeight.map { RowBands(height: $0) }
        var seen: [String: Tensor] = [:]
        let moments = try autoEncoder.moments(of: inputs["in.image"], bands: bands) { seen["act.encoder.\($0)"] = $1 }
        seen["out.moments"] = moments
        let draw = try Tensor.normal(expected["draw"].shape, using: RandomGenerator(seed: settings.draw_seed))
        try expectClose(draw, expected["draw"], .exact, "draw")
        seen["draw"] = draw
        seen["out.encoded_sampled"] = try autoEncoder.latents(from: moments, draw: draw)
        seen["out.encoded_mean"] = try autoEncoder.latents(from: moments, draw: nil)
        seen["out.decoded"] = try autoEncoder.decode(inputs["in.latent"], bands: bands) { seen["act.decoder.\($0)"] = $1 }
        for key in expected.keys {
            try expectClose(try #require(seen[key], "no tensor \(key)"), expected[key], .golden(5e-5), key)
        }
    }
}

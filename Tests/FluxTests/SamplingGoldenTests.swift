import Flux
import Foundation
import Imaging
import TestSupport
import Testing
import Torch

/// The sampler's small functions against the official ones (`golden/sampling`).
@Suite(.enabled(if: Golden.isAvailable("sampling"), Golden.absence))
struct SamplingGoldenTests {
    struct Cases: Decodable {
        let schedule: [Schedule]

        struct Schedule: Decodable {
            let num_steps, image_seq_len: Int
            let shift: Bool
            let base_shift, max_shift: Double
            let timesteps: [Double]
        }
    }

    @Test func schedulesAreEqualBitForBit() throws {
        let cases = try Golden("sampling").decoded("cases.json", as: Cases.self).schedule
        #expect(!cases.isEmpty)
        for test in cases {
            let schedule = try TimestepSchedule(
                stepCount: test.num_steps, tokenCount: test.image_seq_len, isShifted: test.shift, baseShift: test.base_shift,
                maxShift: test.max_shift)
            #expect(schedule.timesteps.count == test.timesteps.count)
            let worst = zip(schedule.timesteps, test.timesteps).map { abs($0 - $1) }.max() ?? 0
            #expect(worst <= 1e-6, "\(test.num_steps) steps, \(test.image_seq_len) tokens")
        }
    }

    @Test func timestepEmbeddingsMatch() throws {
        let set = try Golden("sampling").tensors("timestep_embedding.safetensors")
        let t = try set["in.t_f32"]
        try expectClose(timestepEmbedding(t), set["out.dim256_f32"], .absolute(2e-5), "dim256_f32")
        try expectClose(timestepEmbedding(t, dim: 33), set["out.dim33_f32"], .absolute(2e-5), "dim33_f32")
        try expectClose(
            timestepEmbedding(t, dim: 64, maxPeriod: 100, timeFactor: 1), set["out.dim64_period100_factor1_f32"], .absolute(2e-5), "dim64")
        // One unit in the last place of a bfloat16 at most 1.
        try expectClose(timestepEmbedding(set["in.t_bf16"]), set["out.dim256_bf16"], .absolute(1.0 / 256), "dim256_bf16")
    }

    @Test func packingIsExactBothWays() throws {
        let set = try Golden("sampling").tensors("packing.safetensors")
        for key in set.keys where key.contains(".unpacked_") {
            let name = String(key.split(separator: ".")[0])
            let pixels = key.split(separator: "_").dropFirst().compactMap { Int($0.dropFirst()) }
            let rows = (pixels[0] + 15) / 16, columns = (pixels[1] + 15) / 16
            try expectClose(set["\(name).latent"].packedLatents(), set["\(name).packed"], .exact, name)
            try expectClose(set["\(name).packed"].unpackedLatents(rows: rows, columns: columns), set[key], .exact, key)
        }
    }

    @Test func pixelsAreClampedAndTruncated() throws {
        let set = try Golden("sampling").tensors("pixels.safetensors")
        let values = try set["in.x"]
        let image = try values.reshaped([1, 3, 1, values.count / 3]).pixelImage()
        let planes = try set["out.u8"].values(as: UInt8.self)
        let width = values.count / 3
        for x in 0..<width {
            for channel in 0..<3 { #expect(image.pixels[3 * x + channel] == planes[channel * width + x]) }
        }
        let levels = try set["in.u8"].values(as: UInt8.self)
        let gray = PixelImage(width: 256, height: 1, layout: .rgb, pixels: levels.flatMap { [$0, $0, $0] })
        try expectClose(
            Tensor.autoEncoderInput(gray).select(dim: 1, index: 0).reshaped([256]), set["out.model_input"], .exact, "model_input")
    }
}

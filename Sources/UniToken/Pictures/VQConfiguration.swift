import Foundation
import Layers
import Yams

/// The dimensions of Chameleon's picture tokenizer, under the names of its `vqgan.yaml`.
public struct VQConfiguration: Sendable, Equatable {
    /// Width of the vectors that stand for codes.
    public var codeWidth: Int
    /// Codes there are.
    public var codeCount: Int
    /// Channels of the latents between the networks and the codes.
    public var latentChannels: Int
    /// Channels at full resolution.
    public var channels: Int
    /// Channel multiplier of each level; every level but the last halves the picture.
    public var channelMultipliers: [Int]
    public var residualBlockCount: Int
    /// Groups of the group normalizations; the official code always has 32.
    public var normGroups = 32

    /// Pixels per side of a code.
    public var pixelsPerCode: Int { 1 << (channelMultipliers.count - 1) }

    var levels: PictureLevels {
        PictureLevels(channels: channels, multipliers: channelMultipliers, residualBlockCount: residualBlockCount, normGroups: normGroups)
    }

    /// Reads `model.params` of a file in the official layout; what only training needs is left aside.
    ///
    /// - Throws: `UniTokenError.configuration`.
    public init(path: String) throws(UniTokenError) {
        guard let file = FileHandle(forReadingAtPath: path), let data = try? file.read(upToCount: 1 << 20), data.count < 1 << 20 else {
            throw .configuration(path, problem: "it cannot be read, or is larger than 1 MiB")
        }
        let values: Stored
        do {
            values = try YAMLDecoder().decode(Stored.self, from: data)
        } catch {
            throw .configuration(path, problem: "expected YAML with model.params: embed_dim, n_embed and ddconfig")
        }
        let params = values.model.params, network = params.ddconfig
        (codeWidth, codeCount, latentChannels) = (params.embed_dim, params.n_embed, network.z_channels)
        (channels, channelMultipliers, residualBlockCount) = (network.ch, network.ch_mult, network.num_res_blocks)
        guard network.in_channels == 3, network.out_ch == 3, network.double_z != true, (network.attn_resolutions ?? []).isEmpty else {
            throw .configuration(path, problem: "its networks have other channels than red, green and blue, double_z, or attn_resolutions; expected Chameleon's")
        }
        guard let problem = problem else { return }
        throw .configuration(path, problem: problem)
    }

    private var problem: String? {
        guard (1...8).contains(channelMultipliers.count), channelMultipliers.allSatisfy({ (1...64).contains($0) }) else {
            return "ch_mult is \(channelMultipliers); expected 1 to 8 numbers from 1 to 64"
        }
        guard (1...4096).contains(channels), channels.isMultiple(of: normGroups), (1...16).contains(residualBlockCount) else {
            return "ch is \(channels), num_res_blocks \(residualBlockCount); expected a multiple of \(normGroups) and 1 to 16"
        }
        guard (1...1 << 20).contains(codeCount), (1...4096).contains(codeWidth), (1...4096).contains(latentChannels) else {
            return "n_embed is \(codeCount), embed_dim \(codeWidth), z_channels \(latentChannels); expected positive numbers of a sensible size"
        }
        return nil
    }

    private struct Stored: Decodable {
        let model: Model

        struct Model: Decodable {
            let params: Parameters
        }

        struct Parameters: Decodable {
            let embed_dim, n_embed: Int
            let ddconfig: Network
        }

        struct Network: Decodable {
            let z_channels, in_channels, out_ch, ch, num_res_blocks: Int
            let ch_mult: [Int]
            let attn_resolutions: [Int]?
            let double_z: Bool?
        }
    }
}

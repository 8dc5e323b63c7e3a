import Checkpoints
import Foundation

/// Dimensions from the `config.json` files of a diffusers directory; what they leave out are diffusers' own defaults.
enum DiffusersConfiguration {
    /// `transformer/config.json`. Source: diffusers, `FluxTransformer2DModel`.
    struct Transformer: Decodable {
        var in_channels, num_layers, num_single_layers, attention_head_dim, num_attention_heads: Int?
        var joint_attention_dim, pooled_projection_dim, patch_size: Int?
        var axes_dims_rope: [Int]?
        var guidance_embeds: Bool?

        func flux() throws(FluxError) -> FluxConfiguration {
            let heads = num_attention_heads ?? 24, width = attention_head_dim ?? 128
            guard 1...65_536 ~= heads, 1...65_536 ~= width, patch_size ?? 1 == 1 else {
                throw .invalidConfiguration(
                    "num_attention_heads is \(heads), attention_head_dim \(width), patch_size \(patch_size ?? 1)", expected: "positive numbers, and patches of 1")
            }
            return try FluxConfiguration.dev.with {
                $0.inChannels = in_channels ?? 64
                $0.vecInDim = pooled_projection_dim ?? 768
                $0.contextInDim = joint_attention_dim ?? 4096
                $0.hiddenSize = heads * width
                $0.headCount = heads
                $0.depth = num_layers ?? 19
                $0.singleDepth = num_single_layers ?? 38
                $0.axesDim = axes_dims_rope ?? [16, 56, 56]
                $0.usesGuidance = guidance_embeds ?? false
            }.validated()
        }
    }

    /// `vae/config.json`. Source: diffusers, `AutoencoderKL`.
    struct AutoEncoder: Decodable {
        var in_channels, out_channels, latent_channels, layers_per_block, norm_num_groups, sample_size: Int?
        var block_out_channels: [Int]?
        var scaling_factor, shift_factor: Double?

        func autoEncoder() throws(FluxError) -> AutoEncoderConfiguration {
            let channels = block_out_channels ?? [64]
            guard let first = channels.first, first > 0, channels.allSatisfy({ $0 > 0 && $0.isMultiple(of: first) }) else {
                throw .invalidConfiguration("block_out_channels is \(channels)", expected: "positive multiples of the first")
            }
            var configuration = AutoEncoderConfiguration()
            configuration.resolution = sample_size ?? 32
            configuration.inChannels = in_channels ?? 3
            configuration.channels = first
            configuration.outChannels = out_channels ?? 3
            configuration.channelMultipliers = channels.map { $0 / first }
            configuration.residualBlockCount = layers_per_block ?? 1
            configuration.latentChannels = latent_channels ?? 4
            configuration.scaleFactor = scaling_factor ?? 0.18215
            configuration.shiftFactor = shift_factor ?? 0
            configuration.normGroups = norm_num_groups ?? 32
            return try configuration.validated()
        }
    }

    /// Reads one of the files.
    static func read<Value: Decodable>(
        _ type: Value.Type, in directory: String, named name: String = "config.json"
    ) throws(ModelDirectoryError) -> Value {
        let path = (directory as NSString).appendingPathComponent(name)
        do {
            return try ConfigurationFile.decoded(type, at: path)
        } catch {
            throw .invalid(path, problem: error.text)
        }
    }
}

extension ModelDescription {
    /// Fills in dimensions that the description leaves out from the files beside weights in diffusers' layout.
    mutating func complete(from directory: String) throws(ModelDirectoryError) {
        func folder(_ name: String) -> String? {
            let path = ModelDirectory.file(name, in: directory)
            return FileManager.default.fileExists(atPath: path + "/config.json") ? path : nil
        }
        if flux == nil, let folder = folder(files.flux) {
            let read = try DiffusersConfiguration.read(DiffusersConfiguration.Transformer.self, in: folder)
            do { flux = try read.flux() } catch { throw .invalid(folder + "/config.json", problem: error.problem) }
        }
        if autoencoder == nil, let folder = folder(files.autoencoder) {
            let read = try DiffusersConfiguration.read(DiffusersConfiguration.AutoEncoder.self, in: folder)
            do { autoencoder = try read.autoEncoder() } catch { throw .invalid(folder + "/config.json", problem: error.problem) }
        }
    }
}

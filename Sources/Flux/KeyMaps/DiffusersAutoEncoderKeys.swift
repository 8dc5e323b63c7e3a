import Checkpoints

/// The autoencoder as diffusers names its parts, `vae/` of a model directory. Source: diffusers, `AutoencoderKL`.
enum DiffusersAutoEncoderKeys {
    /// From diffusers' keys to those of `ae.safetensors`. The decoder's levels are counted from the other end.
    static func map(levelCount: Int) -> KeyMap {
        let halves = ["encoder", "decoder"].flatMap { half in
            middle(half) + [.rename("\(half).conv_norm_out.{p}", to: "\(half).norm_out.{p}")]
        }
        let down = level("encoder.down_blocks.{n}", "encoder.down.{n}") + [
            .rename("encoder.down_blocks.{n}.downsamplers.0.conv.{p}", to: "encoder.down.{n}.downsample.conv.{p}")
        ]
        let up = (0..<levelCount).flatMap { index -> [KeyMap.Rule] in
            let from = "decoder.up_blocks.\(index)", to = "decoder.up.\(levelCount - 1 - index)"
            return level(from, to) + [.rename("\(from).upsamplers.0.conv.{p}", to: "\(to).upsample.conv.{p}")]
        }
        return KeyMap(halves + down + up)
    }

    private static func level(_ from: String, _ to: String) -> [KeyMap.Rule] {
        [
            .rename("\(from).resnets.{m}.conv_shortcut.{p}", to: "\(to).block.{m}.nin_shortcut.{p}"),
            .rename("\(from).resnets.{m}.", to: "\(to).block.{m}."),
        ]
    }

    /// The attention's layers are linear in diffusers and convolutions of one pixel in the original.
    private static func middle(_ half: String) -> [KeyMap.Rule] {
        let from = "\(half).mid_block", to = "\(half).mid"
        let attention = [("to_q", "q"), ("to_k", "k"), ("to_v", "v"), ("to_out.0", "proj_out")].map {
            KeyMap.Rule.pointwise("\(from).attentions.0.\($0).{p}", to: "\(to).attn_1.\($1).{p}")
        }
        return attention + [
            .rename("\(from).attentions.0.group_norm.{p}", to: "\(to).attn_1.norm.{p}"),
            .rename("\(from).resnets.0.", to: "\(to).block_1."), .rename("\(from).resnets.1.", to: "\(to).block_2."),
        ]
    }

    /// Whether a checkpoint's keys are diffusers'.
    static func describes(_ source: any TensorSource) -> Bool { source.info("decoder.conv_norm_out.weight") != nil }

    /// Levels of the decoder that a checkpoint's keys name.
    static func levelCount(_ source: any TensorSource) -> Int {
        Set(source.keys.compactMap { key in
            key.hasPrefix("decoder.up_blocks.") ? key.split(separator: ".").dropFirst(2).first : nil
        }).count
    }
}

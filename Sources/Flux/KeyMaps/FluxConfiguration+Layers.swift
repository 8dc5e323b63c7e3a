extension FluxConfiguration {
    /// Every linear layer by its path, as in "double_blocks.3.img_attn.qkv", with its weight's shape `[outputs, inputs]`.
    package var linearLayers: [String: [Int]] {
        let hidden = hiddenSize, mlp = mlpHiddenSize
        var layers = [
            "img_in": [hidden, inChannels], "txt_in": [hidden, contextInDim],
            "final_layer.linear": [inChannels, hidden], "final_layer.adaLN_modulation.1": [2 * hidden, hidden],
        ]
        for (name, inputs) in [("time_in", 256), ("vector_in", vecInDim)] + (usesGuidance ? [("guidance_in", 256)] : []) {
            layers["\(name).in_layer"] = [hidden, inputs]
            layers["\(name).out_layer"] = [hidden, hidden]
        }
        for block in 0..<depth {
            for stream in ["img", "txt"] {
                let path = "double_blocks.\(block).\(stream)"
                layers["\(path)_mod.lin"] = [6 * hidden, hidden]
                layers["\(path)_attn.qkv"] = [3 * hidden, hidden]
                layers["\(path)_attn.proj"] = [hidden, hidden]
                layers["\(path)_mlp.0"] = [mlp, hidden]
                layers["\(path)_mlp.2"] = [hidden, mlp]
            }
        }
        for block in 0..<singleDepth {
            layers["single_blocks.\(block).modulation.lin"] = [3 * hidden, hidden]
            layers["single_blocks.\(block).linear1"] = [3 * hidden + mlp, hidden]
            layers["single_blocks.\(block).linear2"] = [hidden, hidden + mlp]
        }
        return layers
    }
}

/// The dimensions of a CLIP text encoder, under the names of Hugging Face's `config.json`, flat or inside `text_config`.
public struct CLIPTextConfiguration: Decodable, Sendable, Equatable {
    public var width: Int
    public var feedForwardWidth: Int
    public var layerCount: Int
    public var headCount: Int
    /// Longest sequence in tokens.
    public var positionCount: Int
    public var vocabularySize: Int
    /// The token whose state is the pooled one. 2 stands for the old configurations that named it wrongly.
    public var endOfTextID: Int
    public var epsilon: Double
    public var activation: Activation

    /// Activation of the feed-forward layers.
    public enum Activation: String, Decodable, Sendable {
        case quickGELU = "quick_gelu"
        case gelu
    }

    enum CodingKeys: String, CodingKey {
        case textConfiguration = "text_config"
        case width = "hidden_size"
        case feedForwardWidth = "intermediate_size"
        case layerCount = "num_hidden_layers"
        case headCount = "num_attention_heads"
        case positionCount = "max_position_embeddings"
        case vocabularySize = "vocab_size"
        case endOfTextID = "eos_token_id"
        case epsilon = "layer_norm_eps"
        case activation = "hidden_act"
    }

    public init(from decoder: any Decoder) throws {
        let root = try decoder.container(keyedBy: CodingKeys.self)
        let values = root.contains(.textConfiguration) ? try root.nestedContainer(keyedBy: CodingKeys.self, forKey: .textConfiguration) : root
        // Absent values are the defaults of transformers' CLIPTextConfig, which leaves them out of nested files.
        width = try values.decodeIfPresent(Int.self, forKey: .width) ?? 512
        feedForwardWidth = try values.decodeIfPresent(Int.self, forKey: .feedForwardWidth) ?? 2048
        layerCount = try values.decodeIfPresent(Int.self, forKey: .layerCount) ?? 12
        headCount = try values.decodeIfPresent(Int.self, forKey: .headCount) ?? 8
        positionCount = try values.decodeIfPresent(Int.self, forKey: .positionCount) ?? 77
        vocabularySize = try values.decodeIfPresent(Int.self, forKey: .vocabularySize) ?? 49408
        endOfTextID = try values.decodeIfPresent(Int.self, forKey: .endOfTextID) ?? 49407
        epsilon = try values.decodeIfPresent(Double.self, forKey: .epsilon) ?? 1e-5
        activation = try values.decodeIfPresent(Activation.self, forKey: .activation) ?? .quickGELU
        let counts = [width, feedForwardWidth, layerCount, headCount, positionCount, vocabularySize]
        guard counts.allSatisfy({ $0 > 0 && $0 < 1 << 24 }), width.isMultiple(of: headCount) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: values.codingPath, debugDescription: "a size is not a positive number, or the heads do not divide the width"))
        }
    }
}

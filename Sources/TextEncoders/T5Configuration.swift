/// The dimensions of a T5 v1.1 encoder, under the names of Hugging Face's `config.json`.
public struct T5Configuration: Decodable, Sendable, Equatable {
    public var modelWidth: Int
    /// Width of one attention head; heads × this need not equal the model's width.
    public var headDim: Int
    public var feedForwardWidth: Int
    public var layerCount: Int
    public var headCount: Int
    public var vocabularySize: Int
    /// Buckets of relative positions, both directions together.
    public var bucketCount: Int
    /// Distance from which all positions share the last bucket.
    public var maxDistance: Int
    public var epsilon: Double

    enum CodingKeys: String, CodingKey {
        case modelWidth = "d_model"
        case headDim = "d_kv"
        case feedForwardWidth = "d_ff"
        case layerCount = "num_layers"
        case headCount = "num_heads"
        case vocabularySize = "vocab_size"
        case bucketCount = "relative_attention_num_buckets"
        case maxDistance = "relative_attention_max_distance"
        case epsilon = "layer_norm_epsilon"
        case feedForward = "feed_forward_proj"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        modelWidth = try values.decode(Int.self, forKey: .modelWidth)
        headDim = try values.decode(Int.self, forKey: .headDim)
        feedForwardWidth = try values.decode(Int.self, forKey: .feedForwardWidth)
        layerCount = try values.decode(Int.self, forKey: .layerCount)
        headCount = try values.decode(Int.self, forKey: .headCount)
        vocabularySize = try values.decode(Int.self, forKey: .vocabularySize)
        bucketCount = try values.decodeIfPresent(Int.self, forKey: .bucketCount) ?? 32
        maxDistance = try values.decodeIfPresent(Int.self, forKey: .maxDistance) ?? 128
        epsilon = try values.decodeIfPresent(Double.self, forKey: .epsilon) ?? 1e-6
        let feedForward = try values.decodeIfPresent(String.self, forKey: .feedForward) ?? "relu"
        guard feedForward == "gated-gelu" else {
            throw DecodingError.dataCorruptedError(
                forKey: .feedForward, in: values, debugDescription: "feed_forward_proj is '\(feedForward)'; T5 v1.1 has 'gated-gelu'")
        }
        let counts = [modelWidth, headDim, feedForwardWidth, layerCount, headCount, vocabularySize, bucketCount, maxDistance]
        guard counts.allSatisfy({ $0 > 0 && $0 < 1 << 24 }), bucketCount >= 4 else {
            throw DecodingError.dataCorrupted(.init(codingPath: values.codingPath, debugDescription: "a size is not a positive number"))
        }
    }
}

/// The dimensions of a Chameleon language model, under the names of Hugging Face's `config.json`.
public struct ChameleonConfiguration: Decodable, Sendable, Equatable {
    public var vocabularySize: Int
    public var hiddenSize: Int
    public var intermediateSize: Int
    public var layerCount: Int
    public var headCount: Int
    /// Heads of keys and values; each serves `headCount / keyValueHeadCount` consecutive query heads.
    public var keyValueHeadCount: Int
    /// Tokens the model was trained on at once.
    public var contextLength: Int
    public var epsilon: Double
    /// Base of the rotary frequencies.
    public var theta: Double
    /// Parts that the model was once spread over; each has query and key norms of its own.
    public var parallelism: Int
    /// Whether norms follow attention and MLP, as in the 30B model, in place of going before.
    public var usesSwinNorm: Bool
    /// Whether picture tokens are never predicted.
    public var masksPictures: Bool
    /// Whether the checkpoint was trained with pictures in any resolution.
    public var isAnyResolution: Bool
    /// Ids of picture tokens by the file's own vocabulary, in order; used where `masksPictures`.
    public var pictureIDs: [Int]

    /// Width of a head.
    public var headDim: Int { hiddenSize / headCount }

    /// Numbers in the model's matrices.
    public var parameterCount: Int {
        let attention = 2 * hiddenSize * (hiddenSize + keyValueHeadCount * headDim)
        return 2 * vocabularySize * hiddenSize + layerCount * (attention + 3 * hiddenSize * intermediateSize)
    }

    enum CodingKeys: String, CodingKey {
        case vocabularySize = "vocab_size"
        case hiddenSize = "hidden_size"
        case intermediateSize = "intermediate_size"
        case layerCount = "num_hidden_layers"
        case headCount = "num_attention_heads"
        case keyValueHeadCount = "num_key_value_heads"
        case contextLength = "max_position_embeddings"
        case epsilon = "rms_norm_eps"
        case theta = "rope_theta"
        case parallelism = "model_parallel_size"
        case usesSwinNorm = "swin_norm"
        case masksPictures = "mask_image_logits"
        case architectures, hidden_act, attention_bias, mlp_bias, rope_scaling, tie_word_embeddings
        case vocabularyMap = "vocabulary_map"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func refuse(_ what: String) -> DecodingError { .dataCorrupted(.init(codingPath: values.codingPath, debugDescription: what)) }
        func number(_ key: CodingKeys, _ usual: Int? = nil, limit: Int = 1 << 24) throws -> Int {
            let stored = try usual == nil ? values.decode(Int.self, forKey: key) : values.decodeIfPresent(Int.self, forKey: key)
            let value = stored ?? usual ?? 0
            guard (1...limit).contains(value) else { throw refuse("'\(key.rawValue)' is \(value); expected 1 to \(limit)") }
            return value
        }
        func flag(_ key: CodingKeys) throws -> Bool { try values.decodeIfPresent(Bool.self, forKey: key) ?? false }
        // Absent values are the defaults of transformers' ChameleonConfig.
        vocabularySize = try number(.vocabularySize)
        hiddenSize = try number(.hiddenSize, limit: 1 << 20)
        intermediateSize = try number(.intermediateSize, limit: 1 << 20)
        layerCount = try number(.layerCount, limit: 1024)
        headCount = try number(.headCount, limit: 1 << 16)
        keyValueHeadCount = try number(.keyValueHeadCount, headCount, limit: headCount)
        contextLength = try number(.contextLength, 4096)
        parallelism = try number(.parallelism, 1, limit: headCount)
        epsilon = try values.decodeIfPresent(Double.self, forKey: .epsilon) ?? 1e-5
        theta = try values.decodeIfPresent(Double.self, forKey: .theta) ?? 10000
        usesSwinNorm = try flag(.usesSwinNorm)
        masksPictures = try flag(.masksPictures)
        isAnyResolution = try values.decodeIfPresent([String].self, forKey: .architectures)?.contains { $0.contains("AnyRes") } ?? false
        let map = try masksPictures ? values.decodeIfPresent([String: Int].self, forKey: .vocabularyMap) ?? [:] : [:]
        pictureIDs = map.filter { $0.key.hasPrefix("IMGIMG") }.map(\.value).sorted()

        guard hiddenSize.isMultiple(of: headCount), headDim.isMultiple(of: 2), headCount.isMultiple(of: keyValueHeadCount) else {
            throw refuse("\(headCount) heads with \(keyValueHeadCount) for keys do not divide the width \(hiddenSize) evenly")
        }
        guard epsilon > 0, theta > 1, keyValueHeadCount.isMultiple(of: parallelism) else {
            throw refuse("rms_norm_eps \(epsilon), rope_theta \(theta) or model_parallel_size \(parallelism) is out of range")
        }
        let act = try values.decodeIfPresent(String.self, forKey: .hidden_act) ?? "silu"
        guard act == "silu", try !flag(.attention_bias), try !flag(.mlp_bias), try !flag(.tie_word_embeddings),
            try !values.contains(.rope_scaling) || values.decodeNil(forKey: .rope_scaling)
        else { throw refuse("it has biases, scaled positions, tied embeddings or the activation '\(act)', which no Chameleon has") }
        guard pictureIDs.allSatisfy({ (0..<vocabularySize).contains($0) }) else {
            throw refuse("'vocabulary_map' holds ids outside the vocabulary of \(vocabularySize)")
        }
    }
}

/// The dimensions of SigLIP's vision encoder, under the names of Hugging Face's `config.json`, flat or inside `vision_config`.
public struct SigLIPConfiguration: Decodable, Sendable, Equatable {
    public var width: Int
    public var feedForwardWidth: Int
    public var layerCount: Int
    public var headCount: Int
    public var channelCount: Int
    /// Side in pixels of the pictures that the table of positions was made for.
    public var imageSize: Int
    /// Side of a patch in pixels; a picture's rest that fills no patch is not looked at.
    public var patchSize: Int
    public var epsilon: Double
    public var activation: Activation

    /// Activation of the feed-forward layers.
    public enum Activation: String, Decodable, Sendable {
        /// GELU in its tanh approximation.
        case tanhGELU = "gelu_pytorch_tanh"
        case gelu
    }

    /// Patches along a side of the picture that the positions were made for.
    public var gridSide: Int { imageSize / patchSize }
    /// Tokens of such a picture.
    public var tokenCount: Int { gridSide * gridSide }

    /// The place of a hidden state among all `layerCount + 1`, counted as Python counts: -1 is the last one.
    ///
    /// - Returns: nil where there is none.
    public func stateIndex(_ index: Int) -> Int? {
        let place = index < 0 ? layerCount + 1 + index : index
        return (0...layerCount).contains(place) ? place : nil
    }

    enum CodingKeys: String, CodingKey {
        case visionConfiguration = "vision_config"
        case width = "hidden_size"
        case feedForwardWidth = "intermediate_size"
        case layerCount = "num_hidden_layers"
        case headCount = "num_attention_heads"
        case channelCount = "num_channels"
        case imageSize = "image_size"
        case patchSize = "patch_size"
        case epsilon = "layer_norm_eps"
        case activation = "hidden_act"
    }

    public init(from decoder: any Decoder) throws {
        let root = try decoder.container(keyedBy: CodingKeys.self)
        let isNested = root.contains(.visionConfiguration)
        let values = isNested ? try root.nestedContainer(keyedBy: CodingKeys.self, forKey: .visionConfiguration) : root
        func number(_ key: CodingKeys, _ usual: Int, limit: Int = 1 << 20) throws -> Int {
            let value = try values.decodeIfPresent(Int.self, forKey: key) ?? usual
            guard (1...limit).contains(value) else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: values.codingPath, debugDescription: "'\(key.rawValue)' is \(value); expected 1 to \(limit)"))
            }
            return value
        }
        // Absent values are the defaults of transformers' SiglipVisionConfig, which leaves them out of files.
        width = try number(.width, 768)
        feedForwardWidth = try number(.feedForwardWidth, 3072)
        layerCount = try number(.layerCount, 12, limit: 1024)
        headCount = try number(.headCount, 12)
        channelCount = try number(.channelCount, 3, limit: 3)
        imageSize = try number(.imageSize, 224, limit: 8192)
        patchSize = try number(.patchSize, 16, limit: imageSize)
        epsilon = try values.decodeIfPresent(Double.self, forKey: .epsilon) ?? 1e-6
        activation = try values.decodeIfPresent(Activation.self, forKey: .activation) ?? .tanhGELU
        guard width.isMultiple(of: headCount), channelCount == 3 else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: values.codingPath, debugDescription: "the heads do not divide the width, or the pictures have no three channels"))
        }
    }
}

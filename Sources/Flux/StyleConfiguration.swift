/// The dimensions of USO's style tokens, under the names of the design's `style` section.
public struct StyleConfiguration: Codable, Sendable, Equatable {
    /// Tokens that SigLIP makes of a picture.
    public var siglipTokenCount = 729
    /// Style tokens that a level makes of those.
    public var tokenCount = 64
    /// Width of SigLIP's tokens.
    public var siglipWidth = 1152
    /// SigLIP's hidden states that the levels high, mid and low read, counted as Python counts.
    public var siglipLayers = [-2, -11, -20]

    /// USO as published, on SigLIP so400m.
    public static let official = StyleConfiguration()

    enum CodingKeys: String, CodingKey, CaseIterable {
        case siglipTokenCount = "siglip_token_nums"
        case tokenCount = "style_token_nums"
        case siglipWidth = "siglip_token_dims"
        case siglipLayers = "siglip_layers"
    }

    public init() {}

    /// - Throws: `FluxError.invalidConfiguration` for numbers that no projector has.
    func validate() throws(FluxError) {
        let counts: [(CodingKeys, Int)] = [(.siglipTokenCount, siglipTokenCount), (.tokenCount, tokenCount), (.siglipWidth, siglipWidth)]
        for (name, value) in counts where value < 1 || value > 1 << 20 {
            throw .invalidConfiguration("style.\(name.rawValue) is \(value)", expected: "a number from 1 to \(1 << 20)")
        }
        guard siglipLayers.count == 3 else {
            throw .invalidConfiguration("style.siglip_layers is \(siglipLayers)", expected: "three numbers, for the levels high, mid and low")
        }
    }
}

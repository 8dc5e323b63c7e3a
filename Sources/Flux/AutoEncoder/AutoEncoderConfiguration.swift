import Layers

/// The dimensions of a FLUX autoencoder, under the names of the reference's `AutoEncoderParams`.
public struct AutoEncoderConfiguration: Codable, Sendable, Equatable {
    /// Side of the pictures it was trained on, in pixels; it takes any size.
    public var resolution = 256
    public var inChannels = 3
    /// Channels at full resolution.
    public var channels = 128
    public var outChannels = 3
    /// Channel multiplier of each level; every level but the last halves the picture.
    public var channelMultipliers = [1, 2, 4, 4]
    public var residualBlockCount = 2
    /// Latent channels.
    public var latentChannels = 16
    public var scaleFactor = 0.3611
    public var shiftFactor = 0.1159
    /// Groups of the group normalizations; the reference always has 32.
    public var normGroups = 32

    /// The autoencoder of FLUX.1.
    public static let flux = AutoEncoderConfiguration()

    var levels: PictureLevels {
        PictureLevels(channels: channels, multipliers: channelMultipliers, residualBlockCount: residualBlockCount, normGroups: normGroups)
    }

    /// Pixels per latent side: 8 for FLUX.
    public var downsampling: Int { 1 << (channelMultipliers.count - 1) }
    /// Pixels per side of a transformer token, which packs 2 × 2 latents: 16 for FLUX.
    public var pixelsPerToken: Int { 2 * downsampling }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case resolution
        case inChannels = "in_channels"
        case channels = "ch"
        case outChannels = "out_ch"
        case channelMultipliers = "ch_mult"
        case residualBlockCount = "num_res_blocks"
        case latentChannels = "z_channels"
        case scaleFactor = "scale_factor"
        case shiftFactor = "shift_factor"
        case normGroups = "norm_groups"
    }

    public init() {}

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        resolution = try values.decode(Int.self, forKey: .resolution)
        inChannels = try values.decode(Int.self, forKey: .inChannels)
        channels = try values.decode(Int.self, forKey: .channels)
        outChannels = try values.decode(Int.self, forKey: .outChannels)
        channelMultipliers = try values.decode([Int].self, forKey: .channelMultipliers)
        residualBlockCount = try values.decode(Int.self, forKey: .residualBlockCount)
        latentChannels = try values.decode(Int.self, forKey: .latentChannels)
        scaleFactor = try values.decode(Double.self, forKey: .scaleFactor)
        shiftFactor = try values.decode(Double.self, forKey: .shiftFactor)
        normGroups = try values.decodeIfPresent(Int.self, forKey: .normGroups) ?? 32
    }

    /// - Throws: `FluxError.invalidConfiguration` when the numbers do not fit together.
    public func validated() throws(FluxError) -> Self {
        guard inChannels == 3, outChannels == 3 else {
            throw .invalidConfiguration("autoencoder.in_channels is \(inChannels), out_ch \(outChannels)", expected: "3 and 3 (RGB)")
        }
        guard (1...8).contains(channelMultipliers.count), channelMultipliers.allSatisfy({ (1...64).contains($0) }) else {
            throw .invalidConfiguration("autoencoder.ch_mult is \(channelMultipliers)", expected: "1 to 8 numbers from 1 to 64")
        }
        guard (1...4096).contains(channels), (1...1024).contains(latentChannels), (1...16).contains(residualBlockCount) else {
            throw .invalidConfiguration(
                "autoencoder.ch is \(channels), z_channels \(latentChannels), num_res_blocks \(residualBlockCount)",
                expected: "positive numbers of a sensible size")
        }
        guard normGroups > 0, channelMultipliers.allSatisfy({ (channels * $0).isMultiple(of: normGroups) }) else {
            throw .invalidConfiguration("autoencoder.norm_groups \(normGroups) does not divide the channels", expected: "a divisor of ch × each ch_mult")
        }
        guard scaleFactor != 0, scaleFactor.isFinite, shiftFactor.isFinite else {
            throw .invalidConfiguration("autoencoder.scale_factor is \(scaleFactor)", expected: "a number other than 0")
        }
        return self
    }
}

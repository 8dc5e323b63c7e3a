public import Imaging

/// What a picture is to show and how it is to be made.
///
/// Values left nil take the model's own defaults.
public struct GenerationRequest: Sendable, Equatable {
    public var prompt: String
    /// What the picture is steered away from; used when `trueCFG` is not 1.
    public var negativePrompt: String?
    /// Pictures that something is taken from, in order.
    public var references: [Reference] = []
    /// Pixels; rounded down to what the model's tokens cover.
    public var width: Int?
    public var height: Int?
    /// Whether the picture takes its size from the reference whose content is kept, in place of `width` and `height`.
    public var keepsSize = false
    /// Denoising steps.
    public var stepCount: Int?
    /// Strength that guidance-distilled models are told.
    public var guidance: Double?
    /// Scale of true classifier-free guidance; 1 turns it off, other values double the work of a step.
    public var trueCFG: Double?
    /// Seed of the noise.
    public var seed: UInt64 = 0
    /// Where the references' latents are drawn from.
    public var posterior = PosteriorSampling.seeded(nil)
    /// Long side of a reference in pixels.
    public var referenceSize: Int?
    /// How references are placed.
    public var positions = PositionVariant.d
    /// Element type in which the noise is drawn; the stream differs between types.
    public var noiseType = NoiseType.bfloat16
    /// Where the noise is drawn; a GPU's stream of numbers is not the processor's.
    public var noiseDevice = NoiseDevice.auto

    public init(prompt: String) {
        self.prompt = prompt
    }
}

/// A reference picture and what is taken from it.
public struct Reference: Sendable, Equatable {
    /// What a method takes from the picture.
    public enum Role: String, Sendable, Codable, CaseIterable {
        case subject, style, face, garment
    }

    public var role: Role
    /// What the picture is called in messages and in the recipe, usually its path.
    public var name: String
    public var image: PixelImage

    public init(role: Role = .subject, name: String, image: PixelImage) {
        self.role = role
        self.name = name
        self.image = image
    }
}

/// UNO's ways to place references: diagonally, below, to the right, or all on the same spot.
public enum PositionVariant: String, Sendable, Codable, CaseIterable {
    case d, h, w, o
}

/// How the latents of a reference are taken from the distribution that the autoencoder gives.
///
/// The official programs sample from a generator they never seed, so their pictures with references differ from run to run.
public enum PosteriorSampling: Sendable, Equatable {
    /// One draw per reference, in order, from a generator with this seed; nil takes the seed of the noise.
    case seeded(UInt64?)
    case mean
}

/// Element types in which noise can be drawn.
public enum NoiseType: String, Sendable, Codable, CaseIterable {
    case bfloat16, float32
}

/// Devices on which noise can be drawn.
public enum NoiseDevice: String, Sendable, Codable, CaseIterable {
    /// The device that computes, as in the official programs.
    case auto
    case cpu, cuda
}

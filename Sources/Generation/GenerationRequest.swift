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
    /// Steps in which it is used, the first being 0; nil for all.
    public var cfgWindow: Range<Int>?
    /// Strength that the model is told with the negative prompt; nil for the method's own.
    public var negativeGuidance: Double?
    /// Strength that the model is told in the first step; nil, and 0, for that of the others.
    public var firstStepGuidance: Double?
    /// How a language model draws; for UniToken alone.
    public var drawing = DrawingOptions()
    /// Seed of the noise, or of the draws of tokens.
    public var seed: UInt64 = 0
    /// Where the references' latents are drawn from.
    public var posterior = PosteriorSampling.seeded(nil)
    /// What is done to references before the model sees them.
    public var preparation = PreparationChoice.auto
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
    /// The number by which a prompt's `[ref#N]` and the method call the picture, from 1; nil for its place in the list.
    public var slot: Int?

    public init(role: Role = .subject, name: String, image: PixelImage, slot: Int? = nil) {
        self.role = role
        self.name = name
        self.image = image
        self.slot = slot
    }
}

/// Whether networks prepare references.
public enum PreparationChoice: String, Sendable, Codable, CaseIterable {
    /// As the method has it: backgrounds removed, faces cut out, sizes fitted.
    case auto
    /// Pictures are taken as they are.
    case none
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

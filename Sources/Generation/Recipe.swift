/// Everything needed to draw a picture again; stored in the picture as JSON.
public struct Recipe: Codable, Sendable, Equatable {
    /// Version of the engine that drew the picture.
    public var version: String
    /// The model's system, `uno`.
    public var system: String
    /// Where the model lay; nil for the model that comes with the program.
    public var model: String?
    /// SHA-256 of the model's files in hexadecimal digits, by their name in the model's directory.
    public var modelFiles: [String: String]
    /// Adapters besides those of the model's description, in order.
    public var adapters: [Adapter]
    /// Reference pictures, in order.
    public var references: [Picture]
    public var prompt: String
    public var negativePrompt: String?
    /// Pixels.
    public var width: Int?
    public var height: Int?
    /// Denoising steps.
    public var stepCount: Int?
    public var guidance: Double?
    public var trueCFG: Double?
    /// First step with true guidance and the one after the last, where not all have it.
    public var cfgWindow: [Int]?
    public var negativeGuidance: Double?
    public var firstStepGuidance: Double?
    /// How a language model drew it.
    public var cfg: Double?
    public var imageTopK: Int?
    public var temperature: Double?
    public var grids: PictureGrids?
    public var isGreedy: Bool?
    public var seed: UInt64
    /// A number, or `mean`; nil where it is the seed of the noise.
    public var posteriorSeed: String?
    /// Long side of a reference, in pixels.
    public var referenceSize: Int?
    /// What was done to references; nil where it was the method's own preparation, if it has one.
    public var preparation: PreparationChoice?
    public var positions: PositionVariant
    public var noiseType: NoiseType
    /// Where the noise was drawn; nil in recipes that do not say.
    public var noiseDevice: NoiseDevice?
    /// Device and arithmetic that the picture was drawn with, or `auto` where that is not known.
    public var device: String
    public var type: String
    /// The form that the weights were brought into for the picture; nil where they had that of the file.
    public var weights: WeightForm?
    /// Whether references were turned as their EXIF orientation asks.
    public var upright: Bool

    /// An adapter file that was given beside the model.
    public struct Adapter: Codable, Sendable, Equatable {
        public var path: String
        public var weight: Double
        /// SHA-256 in hexadecimal digits.
        public var sha256: String

        public init(path: String, weight: Double, sha256: String) {
            self.path = path
            self.weight = weight
            self.sha256 = sha256
        }
    }

    /// A reference picture's file.
    public struct Picture: Codable, Sendable, Equatable {
        public var role: Reference.Role
        public var path: String
        /// SHA-256 in hexadecimal digits.
        public var sha256: String
        /// The number that it was given; nil for its place in the list.
        public var slot: Int?

        public init(role: Reference.Role, path: String, sha256: String, slot: Int? = nil) {
            self.role = role
            self.path = path
            self.sha256 = sha256
            self.slot = slot
        }
    }

    enum CodingKeys: String, CodingKey {
        case version, system, model, adapters, references, prompt, width, height, guidance, seed, positions, device, weights, upright
        case cfg, temperature, grids
        case imageTopK = "image_top_k"
        case isGreedy = "greedy"
        case modelFiles = "model_files"
        case negativePrompt = "negative"
        case stepCount = "steps"
        case trueCFG = "true_cfg"
        case cfgWindow = "cfg_window"
        case negativeGuidance = "negative_guidance"
        case firstStepGuidance = "first_step_guidance"
        case preparation = "prepare"
        case posteriorSeed = "posterior_seed"
        case referenceSize = "ref_size"
        case noiseType = "noise_dtype"
        case noiseDevice = "noise_device"
        case type = "dtype"
    }

    /// The values of a request; the rest describes the files and the machine that served it.
    ///
    /// The request's references are not looked at: pictures are remembered as files, by path and checksum.
    public init(_ request: GenerationRequest, version: String, system: String, model: String?) {
        self.version = version
        self.system = system
        self.model = model
        modelFiles = [:]
        adapters = []
        references = []
        prompt = request.prompt
        negativePrompt = request.negativePrompt
        width = request.width
        height = request.height
        stepCount = request.stepCount
        guidance = request.guidance
        trueCFG = request.trueCFG
        cfgWindow = request.cfgWindow.map { [$0.lowerBound, $0.upperBound] }
        negativeGuidance = request.negativeGuidance
        firstStepGuidance = request.firstStepGuidance
        (cfg, imageTopK, temperature) = (request.drawing.cfg, request.drawing.imageTopK, request.drawing.temperature)
        grids = request.drawing.grids
        isGreedy = request.drawing.isGreedy ? true : nil
        preparation = request.preparation == .auto ? nil : request.preparation
        seed = request.seed
        posteriorSeed = request.posterior.text(seed: request.seed)
        referenceSize = request.referenceSize
        positions = request.positions
        noiseType = request.noiseType
        noiseDevice = request.noiseDevice
        device = "auto"
        type = "auto"
        upright = false
    }

    /// The request that this recipe was made from, without its reference pictures.
    public var request: GenerationRequest {
        var request = GenerationRequest(prompt: prompt)
        request.negativePrompt = negativePrompt
        request.width = width
        request.height = height
        request.stepCount = stepCount
        request.guidance = guidance
        request.trueCFG = trueCFG
        if let window = cfgWindow, window.count == 2, window[0] <= window[1] { request.cfgWindow = window[0]..<window[1] }
        request.negativeGuidance = negativeGuidance
        request.firstStepGuidance = firstStepGuidance
        (request.drawing.cfg, request.drawing.imageTopK, request.drawing.temperature) = (cfg, imageTopK, temperature)
        request.drawing.grids = grids
        request.drawing.isGreedy = isGreedy ?? false
        request.preparation = preparation ?? .auto
        request.seed = seed
        request.posterior = posteriorSeed == "mean" ? .mean : .seeded(posteriorSeed.flatMap { UInt64($0) })
        request.referenceSize = referenceSize
        request.positions = positions
        request.noiseType = noiseType
        request.noiseDevice = noiseDevice ?? .auto
        return request
    }
}

extension PosteriorSampling {
    /// As a recipe stores it: nothing where the draw follows the seed of the noise, so that a new seed changes both.
    fileprivate func text(seed: UInt64) -> String? {
        switch self {
        case .mean: "mean"
        case .seeded(let own): own.flatMap { $0 == seed ? nil : "\($0)" }
        }
    }
}

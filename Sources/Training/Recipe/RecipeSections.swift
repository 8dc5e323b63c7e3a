/// AdamW, its learning rate, clipping and averaging.
public struct OptimizerRecipe: Sendable {
    public let learningRate: Double
    public let schedule: LearningRateSchedule
    public let warmupSteps: Int
    public let finalLearningRate: Double
    public let beta1, beta2, epsilon, weightDecay: Double
    public let decaysVectors: Bool
    public let maxGradientNorm: Double
    /// 0: no average is kept.
    public let averageDecay: Double
    public let averageInterval: Int

    init(_ reader: RecipeReader) throws {
        learningRate = try reader.number("learning_rate", default: 1e-5, in: 0...10, "Highest learning rate.")
        schedule = try reader.value("schedule", default: .constant, "How it goes on after the warm-up: constant, linear or cosine.")
        warmupSteps = try reader.number("warmup", default: 0, in: 0...1_000_000_000, "Steps over which it rises from 0.")
        finalLearningRate = try reader.number("final_learning_rate", default: 0, in: 0...10, "Where linear and cosine end.")
        beta1 = try reader.number("beta1", default: 0.9, in: 0...0.99999, "AdamW's memory of gradients.")
        beta2 = try reader.number("beta2", default: 0.999, in: 0...0.9999999, "AdamW's memory of squared gradients.")
        epsilon = try reader.number("epsilon", default: 1e-8, in: 1e-20...1, "Added to the root of squared gradients.")
        weightDecay = try reader.number("weight_decay", default: 0.01, in: 0...10, "Share of the weights taken away per unit of learning rate.")
        decaysVectors = try reader.value("decay_vectors", default: true, "Whether biases and norms decay too, as in the official trainer.")
        maxGradientNorm = try reader.number("clip", default: 1, in: 0...1e9, "Longest gradient; longer ones are scaled down. 0 leaves them.")
        averageDecay = try reader.number("ema", default: 0, in: 0...0.9999999, "Share that an exponential moving average keeps at each update; 0 keeps none.")
        averageInterval = try reader.number("ema_interval", default: 1, in: 1...1_000_000, "Steps between updates of the average.")
    }
}

/// How the learning rate goes on after its warm-up.
public enum LearningRateSchedule: String, RecipeChoice {
    case constant, linear, cosine
}

/// Where examples come from.
public struct DataRecipe: Sendable {
    public let json: String?
    public let tar: String?
    public let world: WorldRecipe?
    public let resolution: Int
    public let referenceResolution: Int?
    public let workerCount: Int
    public let lookAhead: Int
    public let flipProbability: Double
    public let reshuffles: Bool
    public let badShareLimit: Double
    public let cache: String?

    init(_ reader: RecipeReader) throws {
        json = try reader.optional("json", "A JSON file of entries with prompt, image_tgt_path and image_paths.")
        tar = try reader.optional("tar", "WebDataset shards: a path, or a pattern such as shards/{000..099}.tar or shards/*.tar.")
        world = try reader.optionalSection("world", "Scenes of the procedural world, without end.", WorldRecipe.init)
        resolution = try reader.number("resolution", default: 512, in: 16...4096, "Side of the targets' square bucket in pixels.")
        referenceResolution = try reader.optional("resolution_ref", "The same of references; the targets' where it is not given.")
        workerCount = try reader.number("workers", default: 2, in: 1...256, "Threads that decode and resize ahead.")
        lookAhead = try reader.number("look_ahead", default: 4, in: 1...4096, "Batches prepared ahead.")
        flipProbability = try reader.number("flip", default: 0, in: 0...1, "How often an example is mirrored.")
        reshuffles = try reader.value("reshuffle", default: true, "Whether every epoch has its own order; the official trainer repeats the first.")
        badShareLimit = try reader.number("bad_limit", default: 0.1, in: 0...1, "Share of unreadable examples at which the run stops.")
        cache = try reader.optional("cache", "Folder for latents and text embeddings, which are then computed once.")
    }
}

/// Which scenes of the procedural world.
public struct WorldRecipe: Sendable {
    public let seed: Int
    public let weights: [String: Double]
    public let colourWords: Double
    /// Examples before the sequence begins again; 0: never.
    public let count: Int

    init(_ reader: RecipeReader) throws {
        seed = try reader.number("seed", default: 0, in: 0...Int.max, "Seed of all scenes.")
        let tasks = ["text", "one-subject", "two-subjects", "three-subjects", "style", "style-only", "face", "garment"]
        var weights: [String: Double] = [:]
        for task in tasks {
            weights[task] = try reader.number(task, default: 0, in: 0...1e6, "How often the task \(task) comes, relative to the others.")
        }
        self.weights = weights
        colourWords = try reader.number("colour_words", default: 0.15, in: 0...1, "How often captions with references name colours.")
        count = try reader.number("count", default: 0, in: 0...1_000_000_000, "Examples before the sequence begins again, so that a cache serves; 0 goes on without end.")
    }
}

/// Flow matching.
public struct FlowRecipe: Sendable {
    public let timesteps: TimestepSampling
    public let shift: Double
    public let guidance: [Double]
    public let textDropout: Double
    public let coverageWeight: Double
    public let positions: String

    init(_ reader: RecipeReader) throws {
        timesteps = try reader.value("timesteps", default: .schedule, "How noise levels are drawn: schedule (uniform over UNO's shifted schedule of 1000) or logit-normal.")
        shift = try reader.number("shift", default: 1, in: 0.01...100, "Factor of t / (1 - t) for logit-normal; above 1 means noisier.")
        guidance = try reader.value("guidance", default: [1], "Guidance that the model is told: one number, or the two ends of a range.")
        guard (1...2).contains(guidance.count) else {
            throw TrainingError.recipe(field: "flow.guidance", problem: "has \(guidance.count) numbers", remedy: "Give one number, or two for a range.")
        }
        textDropout = try reader.number("text_dropout", default: 0.1, in: 0...1, "How often the prompt is replaced by an empty one.")
        coverageWeight = try reader.number("coverage_weight", default: 0, in: 0...100, "Additional weight of the loss where subjects are, for data with masks.")
        positions = try reader.value("positions", default: "d", "Where references lie: d, h, w or o, as in --position.")
    }
}

/// How noise levels are drawn in training.
public enum TimestepSampling: String, RecipeChoice {
    case schedule
    case logitNormal = "logit-normal"
}

/// Weights of the autoencoder's losses.
public struct AutoEncoderRecipe: Sendable {
    public let absolute, squared, gradient, lowPass, anchor, divergence, latentNoise: Double
    public let anchorScale: Double
    public let statisticsCount: Int

    init(_ reader: RecipeReader) throws {
        absolute = try reader.number("l1", default: 1, in: 0...1e3, "Weight of the absolute error.")
        squared = try reader.number("l2", default: 1, in: 0...1e3, "Weight of the squared error.")
        gradient = try reader.number("gradient", default: 0.4, in: 0...1e3, "Weight of the absolute error of differences between neighbouring pixels.")
        lowPass = try reader.number("low_pass", default: 2, in: 0...1e3, "Weight of absolute and squared error of the picture averaged over 4 x 4 pixels.")
        anchor = try reader.number("anchor", default: 0.5, in: 0...1e3, "Weight of holding the first three latent channels to the picture's thumbnail.")
        anchorScale = try reader.number("anchor_scale", default: 2, in: 0...100, "What the thumbnail is multiplied with for that.")
        divergence = try reader.number("kl", default: 1e-4, in: 0...1e3, "Weight of the divergence of latents from the normal distribution.")
        latentNoise = try reader.number("latent_noise", default: 0, in: 0...10, "Noise added to the latents of a frozen encoder, in their own deviations.")
        statisticsCount = try reader.number("statistics", default: 256, in: 1...100_000, "Pictures from which scale and shift of the latents are measured at the end.")
    }
}

/// When to save.
public struct SavingRecipe: Sendable {
    public let folder: String
    public let interval: Int
    public let keptCount: Int
    public let logInterval: Int

    init(_ reader: RecipeReader) throws {
        folder = try reader.value("folder", default: "", "Output folder; runs/NAME where it is not given.")
        interval = try reader.number("every", default: 1000, in: 1...1_000_000_000, "Steps between checkpoints.")
        keptCount = try reader.number("keep", default: 3, in: 1...1_000_000, "Newest checkpoints to keep.")
        logInterval = try reader.number("log_every", default: 10, in: 1...1_000_000, "Steps between lines of metrics.jsonl.")
    }
}

/// When and what to look at.
public struct ValidationRecipe: Sendable {
    public let interval: Int
    public let sampleCount: Int
    public let denoisingSteps: Int
    public let trueCFG: Double
    public let guidance: Double
    public let seed: Int

    init(_ reader: RecipeReader) throws {
        interval = try reader.number("every", default: 1000, in: 0...1_000_000_000, "Steps between samples; 0 draws none.")
        sampleCount = try reader.number("samples", default: 4, in: 1...256, "Pictures to draw, from the data's first examples or the world's held-out ones.")
        denoisingSteps = try reader.number("steps", default: 25, in: 1...1000, "Denoising steps of a sample.")
        trueCFG = try reader.number("true_cfg", default: 1, in: 0...100, "Strength of classifier-free guidance of a sample.")
        guidance = try reader.number("guidance", default: 4, in: 0...100, "Guidance that the model is told for a sample.")
        seed = try reader.number("seed", default: 0, in: 0...Int.max, "Seed of the samples' noise.")
    }
}

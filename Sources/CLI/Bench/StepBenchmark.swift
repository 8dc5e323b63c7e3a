import Checkpoints
import Flux
import Generation
import Torch

/// A denoising step at real width with random weights: the workload that speed is quoted for.
struct StepBenchmark {
    /// What is drawn: sizes in pixels, square.
    struct Case: Sendable {
        let name: String
        let side: Int
        let referenceSides: [Int]
        /// Style pictures, of 3 · 64 tokens each as in the published USO.
        var styleCount = 0
        /// Whether something is added to every token of the picture and of the references, as DreamO does.
        var embedsTokens = false

        static let all = [
            Case(name: "a", side: 512, referenceSides: [320, 320]),
            Case(name: "b", side: 1024, referenceSides: [512]),
            Case(name: "uso", side: 1024, referenceSides: [512], styleCount: 2),
            Case(name: "dreamo", side: 1024, referenceSides: [512, 512], embedsTokens: true),
        ]

        var description: String {
            let style = styleCount == 0 ? "" : ", \(styleCount) style pictures"
            return "\(side)x\(side), references \(referenceSides.map { "\($0) px" }.joined(separator: ", "))\(style)"
        }

        var styleTokenCount: Int { 3 * StyleConfiguration.official.tokenCount * styleCount }

        var target: TokenGrid { TokenGrid(rows: side / 16, columns: side / 16) }
        var references: [TokenGrid] { referenceSides.map { TokenGrid(rows: $0 / 16, columns: $0 / 16) } }
    }

    static let textTokenCount = 512

    let configuration: FluxConfiguration
    let transformer: FluxTransformer
    let conditioning: FluxConditioning
    let latents: Tensor
    let tokenCount: Int

    /// - Parameters:
    ///   - depth, singleDepth: how many blocks of each kind; 1 and 2 in the benchmark.
    ///   - dtype: weights and arithmetic.
    init(_ workload: Case, depth: Int, singleDepth: Int, dtype: DType, seed: UInt64 = 0) throws {
        let configuration = FluxConfiguration.dev.with {
            $0.depth = depth
            $0.singleDepth = singleDepth
        }
        try self.init(workload, transformer: FluxTransformer(configuration, at: .random(seed: seed, dtype: dtype)), dtype: dtype, seed: seed)
    }

    /// Random weights of some blocks, kept in one form; the same numbers for every form.
    static func weights(_ depth: Int, _ singleDepth: Int, _ dtype: DType, _ storage: WeightStorage) throws -> Loaded<FluxTransformer> {
        let configuration = FluxConfiguration.dev.with { ($0.depth, $0.singleDepth) = (depth, singleDepth) }
        let drawn = ParameterScope.random(seed: 0, dtype: .bfloat16)
        _ = try FluxTransformer(configuration, at: drawn)
        let table = TensorTable(drawn.parameters.parameters.map { (name: $0.path, tensor: $0.tensor) })
        return try ParameterScope.load(table, dtype: dtype, storage: storage, of: FluxTransformer.codedLayers) { try FluxTransformer(configuration, at: $0) }
    }

    /// - Parameter transformer: what runs the step.
    init(_ workload: Case, transformer: FluxTransformer, dtype: DType, seed: UInt64 = 0) throws {
        self.transformer = transformer
        configuration = transformer.configuration
        let generator = try RandomGenerator(seed: seed)
        let configuration = configuration
        func normal(_ shape: [Int]) throws -> Tensor { try Tensor.normal(shape, using: generator, dtype: .float32).to(dtype) }
        let leadingCount = workload.styleTokenCount + Self.textTokenCount
        tokenCount = leadingCount + workload.target.count + workload.references.reduce(0) { $0 + $1.count }
        var inputs = try FluxInputs(
            txt: normal([1, Self.textTokenCount, configuration.contextInDim]), vec: normal([1, configuration.vecInDim]),
            style: workload.styleTokenCount == 0 ? [] : [normal([1, workload.styleTokenCount, configuration.hiddenSize])],
            references: workload.references.map { try normal([1, $0.count, configuration.inChannels]) },
            ids: UnoPE.positionIDs(textCount: leadingCount, target: workload.target, references: workload.references, variant: .d),
            timesteps: Tensor.full([1, 1], 0.5, dtype: dtype), guidance: Tensor.full([1], 4, dtype: dtype))
        if workload.embedsTokens {
            inputs.targetEmbedding = try normal([1, 1, configuration.hiddenSize])
            inputs.referenceEmbeddings = try workload.references.map { _ in try normal([1, 1, configuration.hiddenSize]) }
        }
        conditioning = try withoutGradients { try transformer.conditioning(inputs) }
        latents = try normal([1, workload.target.count, configuration.inChannels])
    }

    /// Runs one step; returns wall seconds and the velocity.
    func step() throws -> (seconds: Double, output: Tensor) {
        let clock = ContinuousClock()
        let start = clock.now
        let output = try withoutGradients { try transformer(latents, conditioning, step: 0) }
        return ((clock.now - start) / .seconds(1), output)
    }

    /// Floating-point operations of a step: two per multiply-add of the blocks' matrix products and attentions.
    var operationCount: Double {
        let hidden = Double(configuration.hiddenSize), tokens = Double(tokenCount)
        let blocks = Double(configuration.depth + configuration.singleDepth)
        let products = 2 * tokens * (4 + 2 * configuration.mlpRatio) * hidden * hidden
        let attention = 4 * tokens * tokens * hidden
        return blocks * (products + attention)
    }

    /// The machine's matrix-product rate in operations per second: the best of several large products, by libtorch and by our kernel.
    static func matmulPeak(dtype: DType) throws -> Double {
        let generator = try RandomGenerator(seed: 1)
        let (rows, inner, columns) = (2048, 3072, 12288)
        let x = try Tensor.normal([rows, inner], using: generator, dtype: .float32).to(dtype)
        let weight = try Tensor.normal([columns, inner], using: generator, dtype: .float32).to(dtype)
        let clock = ContinuousClock()
        var best = Double.infinity
        for _ in 0..<8 {
            let start = clock.now
            _ = try x.linear(weight: weight, bias: nil)
            let middle = clock.now
            _ = try x.linear(weight: weight, bias: nil, activation: .none)
            best = min(best, (middle - start) / .seconds(1), (clock.now - middle) / .seconds(1))
        }
        return 2 * Double(rows) * Double(inner) * Double(columns) / best
    }
}

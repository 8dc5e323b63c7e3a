public import Generation
import Torch

/// A method on FLUX.1: from a request to a picture.
///
/// Confined to the thread that made it, as tensors are.
public protocol PicturePipeline: SendableMetatype {
    /// What its thread is called.
    static var name: String { get }

    /// The networks it draws with.
    var model: FluxModel { get }

    /// Refuses a request that cannot be served, before a large model is loaded.
    /// - Throws: `RequestError`.
    static func check(_ request: GenerationRequest, _ description: ModelDescription) throws

    /// What a request's memory depends on besides the networks that all methods have.
    /// - Throws: `RequestError`, errors of the files.
    static func sizes(_ request: GenerationRequest, _ directory: ModelDirectory) throws -> PictureSizes

    /// Loads the model.
    /// - Parameters:
    ///   - adapters: adapter files besides those of the model's description.
    ///   - merges: whether adapters are merged into the weights, or kept beside them.
    init(_ directory: ModelDirectory, adapters: [AdapterFile], merges: Bool, placement: Placement) throws

    /// - Parameters:
    ///   - dump: file that receives the intermediate values; nil records nothing.
    ///   - emit: told each event but the last.
    /// - Throws: `RequestError`, `CancellationError`, errors of libtorch.
    func callAsFunction(_ request: GenerationRequest, dump: DumpFile?, emit: (GenerationEvent) -> Void) throws -> GenerationResult
}

/// A method as a generator of pictures: one model on one thread, one request at a time.
public actor PipelineGenerator<Pipeline: PicturePipeline>: ImageGenerator {
    private let directory: ModelDirectory
    private let adapters: [AdapterFile]
    private let execution: ExecutionOptions
    private var pipeline: Pipeline?
    private var plan: MemoryPlan?
    /// What the model's files take; read once.
    private var footprint: ModelFootprint?
    private let thread = TorchThreadExecutor(name: Pipeline.name)

    /// Nothing is loaded until the first request.
    public init(_ directory: ModelDirectory, adapters: [AdapterFile] = [], execution: ExecutionOptions = ExecutionOptions()) {
        self.directory = directory
        self.adapters = adapters
        self.execution = execution
    }

    /// libtorch's gradient mode and error text belong to a thread, so all work happens on one.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    public nonisolated func generate(_ request: GenerationRequest, dump: DumpFile? = nil) -> AsyncThrowingStream<GenerationEvent, any Error> {
        AsyncThrowingStream { continuation in
            let work = Task {
                do {
                    continuation.yield(.finished(try await self.run(request, dump: dump) { continuation.yield($0) }))
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in work.cancel() }
        }
    }

    private func run(_ request: GenerationRequest, dump: DumpFile?, emit: (GenerationEvent) -> Void) throws -> GenerationResult {
        try Pipeline.check(request, directory.description)
        var placement = try Placement(execution)
        _ = try placement.device(for: request.noiseDevice)
        if let limit = execution.memoryLimit { placement = placement.following(try planned(request, placement, limit, emit)) }
        if pipeline == nil { emit(.began(.loading)) }
        return try withoutGradients { try loaded(placement)(request, dump: dump, emit: emit) }
    }

    /// The plan of a picture. Where it keeps the weights in another form than the last one, the model is let go.
    private func planned(
        _ request: GenerationRequest, _ placement: Placement, _ limit: Int, _ emit: (GenerationEvent) -> Void
    ) throws -> MemoryPlan {
        let footprint = try self.footprint ?? ModelFootprint(directory, adapters: adapters, dtype: placement.dtype)
        self.footprint = footprint
        let planner = MemoryPlanner(
            model: footprint, sizes: try Pipeline.sizes(request, directory), flux: directory.description.flux ?? .dev,
            autoEncoder: directory.description.autoencoder ?? .flux, elementBytes: placement.dtype.byteCount, usesGPU: placement.device != .cpu,
            usesKernels: placement.device == .cpu && placement.dtype == .bfloat16 && FusedKernels.areAvailable)
        let plan = try planner.plan(limit: limit, form: execution.weights)
        if plan != self.plan { emit(.planned(plan)) }
        if let last = self.plan, (last.transformer, last.t5, last.mergesAdapters) != (plan.transformer, plan.t5, plan.mergesAdapters) { pipeline = nil }
        self.plan = plan
        pipeline?.model.follow(plan)
        return plan
    }

    private func loaded(_ placement: Placement) throws -> Pipeline {
        if let pipeline { return pipeline }
        let pipeline = try Pipeline(directory, adapters: adapters, merges: execution.mergesAdapters, placement: placement)
        self.pipeline = pipeline
        return pipeline
    }
}

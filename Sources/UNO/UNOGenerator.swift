public import Flux
public import Generation
import Torch

/// UNO as a generator of pictures: one model on one thread, one request at a time.
public actor UNOGenerator: ImageGenerator {
    private let directory: ModelDirectory
    private let adapters: [UNOModel.AdapterFile]
    private let execution: ExecutionOptions
    private var pipeline: UNOPipeline?
    private let thread = TorchThreadExecutor(name: "uno")

    /// Nothing is loaded until the first request, or `load`.
    public init(_ directory: ModelDirectory, adapters: [UNOModel.AdapterFile] = [], execution: ExecutionOptions = ExecutionOptions()) {
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
        // A request that cannot be served is refused before a large model is loaded.
        _ = try UNOSettings(request, directory.description)
        let placement = try Placement(execution)
        _ = try placement.device(for: request.noiseDevice)
        if pipeline == nil { emit(.began(.loading)) }
        return try withoutGradients { try loaded(placement)(request, dump: dump, emit: emit) }
    }

    private func loaded(_ placement: Placement) throws -> UNOPipeline {
        if let pipeline { return pipeline }
        let model = try UNOModel(
            directory, adapters: adapters, merges: execution.mergesAdapters, dtype: placement.dtype, device: placement.device)
        let pipeline = UNOPipeline(model)
        self.pipeline = pipeline
        return pipeline
    }
}

import Foundation
public import Generation
import Torch

/// UniToken as a generator of pictures and a partner in conversation: one model on one thread, one request at a time.
public actor UniTokenGenerator: ImageGenerator, Answerer {
    private let directory: UniTokenDirectory
    private let execution: ExecutionOptions
    private var pipeline: UniTokenPipeline?
    private let thread = TorchThreadExecutor(name: UniTokenDescription.system)

    /// Nothing is loaded until the first request.
    public init(_ directory: UniTokenDirectory, execution: ExecutionOptions = ExecutionOptions()) {
        self.directory = directory
        self.execution = execution
    }

    /// libtorch's gradient mode and error text belong to a thread, so all work happens on one.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    public nonisolated func generate(_ request: GenerationRequest, dump: DumpFile? = nil) -> AsyncThrowingStream<GenerationEvent, any Error> {
        Self.stream { emit in .finished(try await self.run(request, dump: dump, emit: emit)) }
    }

    public nonisolated func answer(_ request: AnswerRequest, dump: DumpFile? = nil) -> AsyncThrowingStream<AnswerEvent, any Error> {
        Self.stream { emit in .finished(try await self.run(request, dump: dump, emit: emit)) }
    }

    /// Work whose events, the last one as its result, are the elements of a stream; ending the iteration cancels it.
    private nonisolated static func stream<Event: Sendable>(
        _ work: @escaping @Sendable (@escaping @Sendable (Event) -> Void) async throws -> Event
    ) -> AsyncThrowingStream<Event, any Error> {
        AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    continuation.yield(try await work { continuation.yield($0) })
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    private func run(_ request: GenerationRequest, dump: DumpFile?, emit: @escaping (GenerationEvent) -> Void) throws -> GenerationResult {
        try UniTokenPipeline.check(request, directory)
        if pipeline == nil { emit(.began(.loading)) }
        return try withoutGradients { try loaded().draw(request, dump: dump, emit: emit) }
    }

    private func run(_ request: AnswerRequest, dump: DumpFile?, emit: @escaping (AnswerEvent) -> Void) throws -> AnswerResult {
        try request.validate()
        if pipeline == nil { emit(.began(.loading)) }
        return try withoutGradients { try loaded().answer(request, dump: dump, emit: emit) }
    }

    private func loaded() throws -> UniTokenPipeline {
        if let pipeline { return pipeline }
        let (device, dtype) = try Self.placement(execution, directory)
        let pipeline = UniTokenPipeline(try UniTokenModel(directory, dtype: dtype, weights: execution.weights ?? .loaded, device: device))
        self.pipeline = pipeline
        return pipeline
    }

    /// Models below this size are as fast in float32, which leaves `auto` no reason to round them.
    private static let smallModelParameters = 100_000_000

    /// Where the model runs and in which arithmetic. Also sets the thread count, when the options give one.
    ///
    /// - Throws: `RequestError.unsupported` when the device asked for is not there, or for a memory limit.
    private static func placement(_ options: ExecutionOptions, _ directory: UniTokenDirectory) throws -> (Device, DType) {
        guard options.memoryLimit == nil else {
            throw RequestError.unsupported(
                "UniToken has no stages that could follow one another inside a memory limit", remedy: "Leave out --memory-limit; --dtype int8 halves the weights.")
        }
        if let count = options.threadCount { TorchRuntime.threadCount = count }
        let device: Device
        switch options.device {
        case .auto: device = TorchRuntime.cudaDeviceCount > 0 ? .cuda(0) : .cpu
        case .cpu: device = .cpu
        case .cuda(let index):
            guard index < TorchRuntime.cudaDeviceCount else {
                throw RequestError.unsupported(
                    "There is no CUDA device \(index): \(TorchRuntime.cudaDeviceCount) found",
                    remedy: "Use --device cpu; 'atelier doctor' says what this machine has.")
            }
            device = .cuda(index)
        }
        switch options.type {
        case .float32: return (device, .float32)
        case .bfloat16: return (device, .bfloat16)
        case .auto:
            let isFast = device != .cpu || FusedKernels.areAvailable
            let isSmall = try UniTokenModel.configuration(directory).parameterCount < smallModelParameters
            return (device, isFast && !isSmall ? .bfloat16 : .float32)
        }
    }
}

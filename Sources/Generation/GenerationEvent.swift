public import Imaging

/// What happens while a picture is made, in order; the last one is `finished`.
public enum GenerationEvent: Sendable {
    /// How the picture is drawn inside the memory limit: told before anything is loaded, where there is a limit and the plan is another than
    /// that of the picture before.
    case planned(MemoryPlan)
    /// A part of the work begins.
    case began(Stage)
    /// A remark the person should see, such as a size that was rounded.
    case note(String)
    /// A reference, by its place in the request from 0, as the model is shown it.
    case prepared(Int, PixelImage)
    /// A denoising step, or a row of a picture that is drawn token by token, is done. `seconds` is its wall time.
    case denoised(step: Int, of: Int, seconds: Double)
    case finished(GenerationResult)

    /// The parts of the work.
    public enum Stage: String, Sendable, Codable, CaseIterable {
        case loading, encodingText = "encoding-text", encodingReferences = "encoding-references", denoising, decoding

        /// As a person reads it.
        public var description: String {
            switch self {
            case .loading: "Loading the model"
            case .encodingText: "Reading the prompt"
            case .encodingReferences: "Looking at the references"
            case .denoising: "Drawing"
            case .decoding: "Decoding the picture"
            }
        }
    }
}

/// A finished picture and the values it was made with.
public struct GenerationResult: Sendable {
    public let image: PixelImage
    /// The request with every value that was left to the model filled in.
    public let request: GenerationRequest
    /// Device and arithmetic that were used; nothing is left to `auto`.
    public let execution: ExecutionOptions
    /// Wall seconds from the request to the picture.
    public let seconds: Double

    public init(image: PixelImage, request: GenerationRequest, execution: ExecutionOptions, seconds: Double) {
        self.image = image
        self.request = request
        self.execution = execution
        self.seconds = seconds
    }
}

/// Makes pictures from requests, one at a time.
public protocol ImageGenerator: Sendable {
    /// The events of one request. Ending the iteration, or cancelling its task, stops the work between two blocks.
    ///
    /// - Parameter dump: receives intermediate values; nil records nothing.
    func generate(_ request: GenerationRequest, dump: DumpFile?) -> AsyncThrowingStream<GenerationEvent, any Error>
}

/// A safetensors file that receives the values a picture was made of: noise, token ids, embeddings, latents of each step.
public struct DumpFile: Sendable, Equatable {
    public let path: String

    public init(path: String) {
        self.path = path
    }
}

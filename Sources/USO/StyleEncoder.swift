import Checkpoints
package import Flux
package import Generation
import Imaging
package import Torch
import VisionModels

/// Style pictures to style tokens: SigLIP, then the projector.
///
/// SigLIP is loaded for a call and dropped after it: its tokens depend on nothing that changes from step to step, so a picture needs them once.
/// (The official program computes both anew in every step.)
package struct StyleEncoder {
    private let siglipDirectory: String
    private let preprocessing: SigLIPPreprocessing
    /// Places of the hidden states that the levels read.
    private let states: [Int]
    private let projector: StyleProjector
    private let device: Device

    /// - Parameter dtype: of the projector and its tokens; SigLIP works in float32, as in the official program.
    /// - Returns: nil for model directories that name neither a projector nor SigLIP.
    /// - Throws: errors of the files, and `FluxError.invalidConfiguration` where they do not fit together.
    package init?(_ directory: ModelDirectory, dtype: DType, device: Device) throws {
        let description = directory.description
        guard let projectorFile = description.files.projector, let siglip = description.files.siglip else { return nil }
        let style = description.style ?? .official
        siglipDirectory = directory.file(siglip)
        preprocessing = try SigLIPDirectory.preprocessing(siglipDirectory)
        states = try Self.states(SigLIPDirectory.configuration(siglipDirectory), preprocessing, style)
        projector = try ParameterScope.load(Checkpoint.open(directory.file(projectorFile)), dtype: dtype, device: device) {
            try StyleProjector(style, hiddenSize: (description.flux ?? .dev).hiddenSize, at: $0)
        }.model
        self.device = device
    }

    /// - Returns: the tokens of each picture, `[1, 3 · tokens, hidden]`.
    /// - Throws: `RequestError.reference` naming a picture that cannot be used.
    package func callAsFunction(_ references: [Reference]) throws -> [Tensor] {
        guard !references.isEmpty else { return [] }
        let pixels = try references.map(pixels)
        let siglip = try SigLIPDirectory.encoder(siglipDirectory, dtype: .float32, device: device).model
        return try pixels.map { try projector(siglip.hiddenStates($0.to(device), at: states)) }
    }

    /// Bytes of SigLIP and the projector in float32, from the headers of their files.
    static func byteCount(_ directory: ModelDirectory) throws -> Int {
        let files = directory.description.files
        return try [files.siglip, files.projector].compactMap(\.self).reduce(0) { sum, name in
            let source = try Checkpoint.open(directory.file(name))
            return sum + 4 * source.keys.reduce(0) { $0 + ($1.hasPrefix("text_model.") ? 0 : source.info($1)?.shape.reduce(1, *) ?? 0) }
        }
    }

    private func pixels(_ reference: Reference) throws -> Tensor {
        do {
            return try preprocessing(reference.image)
        } catch let error as TorchError {
            throw error
        } catch {
            throw RequestError.reference(name: reference.name, problem: "\(error)")
        }
    }

    /// Finds the hidden states, and checks that SigLIP makes what the projector reads.
    private static func states(
        _ siglip: SigLIPConfiguration, _ preprocessing: SigLIPPreprocessing, _ style: StyleConfiguration
    ) throws(FluxError) -> [Int] {
        let tokenCount = (preprocessing.size.width / siglip.patchSize) * (preprocessing.size.height / siglip.patchSize)
        guard tokenCount == style.siglipTokenCount, siglip.width == style.siglipWidth else {
            throw .invalidConfiguration(
                "style.siglip_token_nums is \(style.siglipTokenCount) and style.siglip_token_dims \(style.siglipWidth)",
                expected: "what files.siglip makes of a picture, \(tokenCount) tokens of width \(siglip.width)")
        }
        let states = style.siglipLayers.compactMap { siglip.stateIndex($0) }
        guard states.count == style.siglipLayers.count else {
            throw .invalidConfiguration(
                "style.siglip_layers is \(style.siglipLayers)",
                expected: "places among the \(siglip.layerCount + 1) hidden states of files.siglip")
        }
        return states
    }
}

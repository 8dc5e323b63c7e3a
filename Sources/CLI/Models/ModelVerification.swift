import Checkpoints
import DreamO
import Flux
import TextEncoders
import Tokenizers
import Torch
import USO
import UniToken
import VisionModels

/// The checks that a model's directory has to pass, one per part.
struct ModelVerification {
    let directory: ModelDirectory
    /// Whether values are read, besides names and shapes.
    let readsWeights: Bool

    /// One check: what it looks at, and how.
    struct Check {
        let name: String
        let path: String
        fileprivate let run: () throws -> [String]

        /// What is wrong, one text each; errors of the files are problems too.
        func problems() throws -> [String] {
            do {
                return try run()
            } catch let error as CancellationError {
                throw error
            } catch {
                return ["\(error)"]
            }
        }
    }

    var checks: [Check] {
        let files = directory.description.files
        let flux = directory.description.flux ?? .dev
        var checks = [
            transformer(flux),
            network("autoencoder", files.autoencoder) { path in
                try ParameterScope.load(FluxCheckpoint.autoEncoder(path)) { try AutoEncoder(directory.description.autoencoder ?? .flux, at: $0) }.parameters
            },
        ]
        let t5 = directory.file(files.t5), clip = directory.file(files.clip)
        checks += [
            Check(name: "T5", path: t5) { try nonFinite(EncoderDirectory.t5(t5, dtype: nil).parameters) },
            Check(name: "T5 tokenizer", path: t5) { try tokenizer(t5) },
            Check(name: "CLIP", path: clip) { try nonFinite(EncoderDirectory.clip(clip, dtype: nil).parameters) },
            Check(name: "CLIP tokenizer", path: clip) { try tokenizer(clip) },
        ]
        checks += style(flux) + dreamo(flux)
        for adapter in files.adapters {
            let path = directory.file(adapter.file)
            checks.append(Check(name: "adapter", path: path) {
                let source = try Checkpoint.open(path)
                _ = try AdapterReader(flux).adapters(in: source, weight: adapter.weight ?? 1, dtype: .float32)
                return try nonFinite(source.keys.map { ($0, try source.tensor($0)) })
            })
        }
        return checks
    }

    /// The one check of a UniToken model, whose parts only mean something together.
    static func check(of directory: UniTokenDirectory, readsWeights: Bool) -> Check {
        Check(name: "networks and vocabularies", path: directory.path) {
            let model = try UniTokenModel(directory, dtype: nil)
            return try nonFinite(model.parameters.map { ($0.path, $0.tensor) }, readsWeights: readsWeights)
        }
    }

    /// What USO has besides: each file alone, then both together.
    private func style(_ flux: FluxConfiguration) -> [Check] {
        let files = directory.description.files
        var checks: [Check] = []
        if let projector = files.projector {
            let style = directory.description.style ?? .official
            checks.append(network("style projector", projector) { path in
                try ParameterScope.load(Checkpoint.open(path)) { try StyleProjector(style, hiddenSize: flux.hiddenSize, at: $0) }.parameters
            })
        }
        if let siglip = files.siglip {
            let path = directory.file(siglip)
            checks.append(Check(name: "SigLIP", path: path) {
                _ = try StyleEncoder(directory, dtype: .float32, device: .cpu)
                return try nonFinite(SigLIPDirectory.encoder(path, dtype: nil).parameters)
            })
        }
        return checks
    }

    /// What DreamO has besides.
    private func dreamo(_ flux: FluxConfiguration) -> [Check] {
        let files = directory.description.files
        var checks: [Check] = []
        if let main = files.dreamo.map(directory.file) {
            checks.append(Check(name: "embeddings", path: main) {
                _ = try DreamOEmbeddings(file: main, hiddenSize: flux.hiddenSize)
                return []
            })
        }
        if let file = files.backgroundRemover {
            checks.append(network("background remover", file) { try BEN2.load(Checkpoint.open($0)).parameters })
        }
        if let file = files.faceDetector {
            checks.append(network("face detector", file) { try RetinaFace.load(Checkpoint.open($0)).parameters })
        }
        if let file = files.faceParser {
            checks.append(network("face parser", file) { try BiSeNet.load(Checkpoint.open($0)).parameters })
        }
        return checks
    }

    /// Weights in fewer bits would take memory as numbers, so they are looked at one by one, apart from the network.
    private func transformer(_ flux: FluxConfiguration) -> Check {
        let path = directory.file(directory.description.files.flux)
        return Check(name: "transformer", path: path) {
            let source = try FluxCheckpoint.transformer(path)
            let shapes = ShapeSource(location: source.location, tensors: source.keys.compactMap { key in source.info(key).map { (key, $0) } })
            _ = try ParameterScope.load(shapes) { try FluxTransformer(flux, at: $0) }
            return readsWeights ? try source.keys.flatMap { key in try nonFinite([(key, source.tensor(key))]) } : []
        }
    }

    private func network(_ name: String, _ file: String, _ load: @escaping (String) throws -> ParameterSet) -> Check {
        let path = directory.file(file)
        return Check(name: name, path: path) { try nonFinite(load(path)) }
    }

    /// A tokenizer must load, and give ids for text.
    private func tokenizer(_ path: String) throws -> [String] {
        let ids = try TokenizerDirectory.load(path).ids("a", maxLength: 8)
        return ids.isEmpty ? ["The tokenizer gives no ids. Download its files again."] : []
    }

    private func nonFinite(_ parameters: ParameterSet) throws -> [String] {
        try nonFinite(parameters.parameters.map { ($0.path, $0.tensor) })
    }

    private func nonFinite(_ tensors: [(name: String, tensor: Tensor)]) throws -> [String] {
        try Self.nonFinite(tensors, readsWeights: readsWeights)
    }

    /// Names tensors that hold values other than finite numbers.
    private static func nonFinite(_ tensors: [(name: String, tensor: Tensor)], readsWeights: Bool) throws -> [String] {
        guard readsWeights else { return [] }
        return try tensors.compactMap { name, tensor in
            try Task.checkCancellation()
            guard tensor.dtype.isFloatingPoint, tensor.count > 0 else { return nil }
            // libtorch does not ask this of numbers of 8 bits.
            let wide = tensor.dtype.byteCount == 1 ? try tensor.to(.float32) : tensor
            guard try !wide.isFinite().allTrue() else { return nil }
            return "\(name) holds values that are not finite. Download the file again."
        }
    }
}

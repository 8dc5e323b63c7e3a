import Checkpoints
import Flux
import TextEncoders
import Tokenizers
package import Torch

/// Prompts to what the transformer takes.
package protocol PromptEncoder: AnyObject {
    /// Weights that may be trained; none where there are none.
    var weights: [(name: String, tensor: Tensor)] { get }
    func callAsFunction(_ prompts: [String]) throws -> PromptBatch
}

/// Embeddings of a batch of prompts, in the transformer's type.
package struct PromptBatch {
    /// `[batch, tokens, contextInDim]`.
    package let txt: Tensor
    /// `[batch, vecInDim]`.
    package let vec: Tensor

    package init(txt: Tensor, vec: Tensor) { (self.txt, self.vec) = (txt, vec) }
}

/// T5 and CLIP: encoders that stay loaded while they train, or a memory of what they gave.
final class TextFeatures: PromptEncoder {
    /// Prefixes under which the encoders' weights are saved in checkpoints.
    static let t5Prefix = "t5.", clipPrefix = "clip."

    private let model: ModelInTraining
    private let t5: TextConditioner.Part, clip: TextConditioner.Part
    private let isTrained: Bool
    private var encoders: (t5: Loaded<T5Encoder>, clip: Loaded<CLIPTextEncoder>)?
    private let cache: FeatureCache?
    /// In main memory, whatever the device.
    private var known: [String: (txt: Tensor, vec: Tensor)] = [:]
    /// `[tokens, contextInDim]` and `[vecInDim]`.
    private let shapes: [[Int]]
    /// Prompts remembered at most; more than that, and the memory starts over.
    private let capacity: Int
    /// Bytes of prompts remembered at most.
    private static let memoryLimit = 2 << 30

    /// - Parameter cache: where embeddings of frozen encoders are kept on disk; nil keeps none.
    init(_ model: ModelInTraining, cache: FeatureCache?) throws {
        self.model = model
        self.cache = cache
        let description = model.description
        t5 = try .init(directory: model.directory.file(description.files.t5), length: description.text.t5MaxLength)
        clip = try .init(directory: model.directory.file(description.files.clip), length: description.text.clipMaxLength)
        shapes = [[t5.length, description.flux?.contextInDim ?? 4096], [description.flux?.vecInDim ?? 768]]
        capacity = max(1, Self.memoryLimit / shapes.reduce(0) { $0 + $1.reduce(model.dtype.byteCount, *) })
        isTrained = model.recipe.trained.contains(.text)
        if isTrained { _ = try loaded() }
    }

    /// The encoders' weights; none while they are not loaded.
    var weights: [(name: String, tensor: Tensor)] {
        guard let encoders else { return [] }
        return encoders.t5.parameters.named.map { (Self.t5Prefix + $0.name, $0.tensor) }
            + encoders.clip.parameters.named.map { (Self.clipPrefix + $0.name, $0.tensor) }
    }

    func callAsFunction(_ prompts: [String]) throws -> PromptBatch {
        if isTrained { return try encoded(prompts) }
        return try withoutGradients {
            let missing = Set(prompts).subtracting(known.keys).sorted()
            if known.count + missing.count > capacity { known.removeAll() }
            let wanted = known.isEmpty ? Set(prompts).sorted() : missing
            try remember(wanted)
            let rows = prompts.compactMap { known[$0] }
            return PromptBatch(
                txt: try .stacked(rows.map(\.txt), dim: 0).to(model.device), vec: try .stacked(rows.map(\.vec), dim: 0).to(model.device))
        }
    }

    /// Reads prompts from the cache, and encodes those that are not there, all at once.
    private func remember(_ prompts: [String]) throws {
        let keys = Dictionary(uniqueKeysWithValues: prompts.map { ($0, "prompt|\(identity)|\($0)") })
        let absent = prompts.filter { prompt in !(cache?.contains(keys[prompt] ?? "") ?? false) }
        let batch = absent.isEmpty ? nil : try encoded(absent)
        for prompt in prompts {
            func compute() throws -> [Tensor] {
                if let batch, let row = absent.firstIndex(of: prompt) {
                    return try [batch.txt, batch.vec].map { try $0.select(dim: 0, index: row).cloned() }
                }
                let one = try encoded([prompt])
                return try [one.txt, one.vec].map { try $0.select(dim: 0, index: 0).cloned() }
            }
            let rows = try cache?.tensors(keys[prompt] ?? "", shapes, model.dtype, compute) ?? compute().map { try $0.to(.cpu) }
            known[prompt] = (rows[0], rows[1])
        }
    }

    /// What names the two encoders in the cache. Values computed in another type are other values.
    private var identity: String {
        let files = [(ModelComponent.t5, t5), (.clip, clip)].map { component, part in
            model.identity(component, file: "\(part.directory)/model.safetensors") + "|\(part.length)"
        }
        return files.joined(separator: "|") + "|\(model.dtype.rawValue)"
    }

    private func encoded(_ prompts: [String]) throws -> PromptBatch {
        let encoders = try loaded()
        return PromptBatch(
            txt: try encoders.t5.model(ids(prompts, t5).to(model.device)).to(model.dtype),
            vec: try encoders.clip.model(ids(prompts, clip)).pooled.to(model.dtype))
    }

    private func loaded() throws -> (t5: Loaded<T5Encoder>, clip: Loaded<CLIPTextEncoder>) {
        if let encoders { return encoders }
        let loaded = (t5: try model.t5(), clip: try model.clip())
        encoders = loaded
        return loaded
    }

    private func ids(_ prompts: [String], _ part: TextConditioner.Part) throws -> Tensor {
        let rows = try prompts.map { try part.tokenizer.padded($0, to: part.length) }
        return try Tensor(rows.flatMap { $0 }, shape: [prompts.count, part.length])
    }
}

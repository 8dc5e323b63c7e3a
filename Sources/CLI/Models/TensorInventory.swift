import Checkpoints
import Foundation
import Torch

/// What a checkpoint holds, counted.
struct TensorInventory: Encodable {
    /// Tensors whose names differ only in their numbers and endings.
    struct Group: Encodable {
        let name: String
        var tensors = 0
        var parameters = 0
        var bytes = 0
    }

    struct Entry: Encodable {
        let name, dtype: String
        let shape: [Int]
    }

    let location: String
    /// What the names say the file is.
    let kind: String
    let tensors: Int
    let parameters: Int
    let bytes: Int
    /// Number of tensors by element type.
    let dtypes: [String: Int]
    let metadata: [String: String]
    let groups: [Group]
    /// Every tensor, where asked for.
    let keys: [Entry]?

    init(_ source: any TensorSource, listsKeys: Bool) {
        let entries = source.keys.compactMap { key in source.info(key).map { (key: key, info: $0) } }
        var groups: [String: Group] = [:]
        var dtypes: [String: Int] = [:]
        for (key, info) in entries {
            let name = Self.group(of: key)
            groups[name, default: Group(name: name)].tensors += 1
            groups[name]?.parameters += info.shape.reduce(1, *)
            groups[name]?.bytes += info.byteCount
            dtypes[info.dtype.rawValue, default: 0] += 1
        }
        location = source.location
        kind = CheckpointKind(source).description
        tensors = entries.count
        parameters = entries.reduce(0) { $0 + $1.info.shape.reduce(1, *) }
        bytes = entries.reduce(0) { $0 + $1.info.byteCount }
        self.dtypes = dtypes
        metadata = source.metadata
        self.groups = groups.values.sorted { $0.name < $1.name }
        keys = listsKeys ? entries.map { Entry(name: $0.key, dtype: $0.info.dtype.rawValue, shape: $0.info.shape) } : nil
    }

    /// The first two words of a name, with every number between them as N: `double_blocks.N.img_attn`.
    private static func group(of key: String) -> String {
        var words = 0
        var parts: [String] = []
        for part in key.split(separator: ".") where words < 2 {
            let isNumber = part.allSatisfy(\.isNumber)
            parts.append(isNumber ? "N" : String(part))
            words += isNumber ? 0 : 1
        }
        return parts.joined(separator: ".")
    }
}

/// What the tensor names of a checkpoint say it is.
enum CheckpointKind: CustomStringConvertible {
    case processorAdapter(rank: Int)
    case dreamo
    case otherAdapter
    case flux(width: Int, double: Int, single: Int)
    case autoencoder, pictureTokenizer
    case uniToken(layers: Int), chameleon(layers: Int)
    case t5, clip, siglip
    case styleProjector
    case backgroundRemover, faceDetector, faceParser
    case unknown

    init(_ source: any TensorSource) {
        let keys = source.keys
        func has(_ key: String) -> Bool { source.info(key) != nil }
        if let down = keys.first(where: { $0.contains(".processor.") && $0.hasSuffix(".down.weight") }) {
            self = .processorAdapter(rank: source.info(down)?.shape.first ?? 0)
        } else if has("dreamo_task_embedding.weight") {
            self = .dreamo
        } else if keys.contains(where: { $0.localizedStandardContains("lora") }) {
            self = .otherAdapter
        } else if let width = source.info("img_in.weight")?.shape.first {
            self = .flux(width: width, double: Self.count(keys, after: "double_blocks"), single: Self.count(keys, after: "single_blocks"))
        } else if let width = source.info("x_embedder.weight")?.shape.first {
            self = .flux(width: width, double: Self.count(keys, after: "transformer_blocks"), single: Self.count(keys, after: "single_transformer_blocks"))
        } else if has("model.embed_tokens.weight"), has("model.layers.0.self_attn.q_norm.weight") {
            let layers = Self.count(keys.filter { $0.hasPrefix("model.") }.map { String($0.dropFirst("model.".count)) }, after: "layers")
            self = has("adapter.0.weight") ? .uniToken(layers: layers) : .chameleon(layers: layers)
        } else if has("quantize.embedding.weight"), has("encoder.conv_in.weight") {
            self = .pictureTokenizer
        } else if has("encoder.conv_in.weight"), has("decoder.conv_in.weight") {
            self = .autoencoder
        } else if keys.contains(where: { $0.hasPrefix("encoder.block.0.") }) {
            self = .t5
        } else if has("vision_model.embeddings.patch_embedding.bias") {
            // CLIP's patches have no bias.
            self = .siglip
        } else if keys.contains(where: { $0.hasPrefix("feature_embedder.") }) {
            self = .styleProjector
        } else if has("insmask_head.0.bias") {
            self = .backgroundRemover
        } else if has("fpn.output1.1.bias") || has("module.fpn.output1.1.bias") {
            self = .faceDetector
        } else if keys.contains(where: { $0.hasPrefix("cp.resnet.") }) {
            self = .faceParser
        } else if keys.contains(where: { $0.hasPrefix("text_model.") }) {
            self = .clip
        } else {
            self = .unknown
        }
    }

    var description: String {
        switch self {
        case .processorAdapter(let rank): "adapter of UNO or USO, rank \(rank)"
        case .dreamo: "DreamO adapter with its embeddings"
        case .otherAdapter: "adapter"
        case .flux(let width, let double, let single): "FLUX.1 transformer, width \(width), \(double) double-stream and \(single) single-stream blocks"
        case .autoencoder: "FLUX.1 autoencoder"
        case .pictureTokenizer: "Chameleon picture tokenizer"
        case .uniToken(let layers): "UniToken: language model of \(layers) layers, vision encoder and adapter"
        case .chameleon(let layers): "Chameleon language model, \(layers) layers"
        case .t5: "T5 encoder"
        case .clip: "CLIP text encoder"
        case .siglip: "SigLIP vision encoder"
        case .styleProjector: "style projector of USO"
        case .backgroundRemover: "BEN2 background remover"
        case .faceDetector: "RetinaFace face detector"
        case .faceParser: "BiSeNet face parser"
        case .unknown: "unknown: the tensor names belong to no network of this version"
        }
    }

    private static func count(_ keys: [String], after prefix: String) -> Int {
        Set(keys.compactMap { key in
            let parts = key.split(separator: ".", maxSplits: 2)
            return parts.count == 3 && parts[0] == prefix ? parts[1] : nil
        }).count
    }
}

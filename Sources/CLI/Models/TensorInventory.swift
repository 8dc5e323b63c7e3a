import Checkpoints
import Flux
import Foundation

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
    /// Number of tensors by the type or code in which they are stored.
    let dtypes: [String: Int]
    /// Part of the parameters, 0...1, in each of them.
    let shares: [String: Double]
    let metadata: [String: String]
    let groups: [Group]
    /// Every tensor, where asked for.
    let keys: [Entry]?

    init(_ source: any TensorSource, listsKeys: Bool) {
        let entries = source.keys.compactMap { key -> (key: String, info: TensorInfo, form: StoredForm)? in
            guard let info = source.info(key), let form = source.stored(key) else { return nil }
            return (key, info, form)
        }
        var groups: [String: Group] = [:]
        var dtypes: [String: Int] = [:], counts: [String: Int] = [:]
        for (key, info, form) in entries {
            let name = Self.group(of: key), count = info.shape.reduce(1, *)
            groups[name, default: Group(name: name)].tensors += 1
            groups[name]?.parameters += count
            groups[name]?.bytes += form.byteCount
            dtypes[form.name, default: 0] += 1
            counts[form.name, default: 0] += count
        }
        let parameters = counts.values.reduce(0, +)
        location = source.location
        kind = CheckpointKind(source).description
        tensors = entries.count
        self.parameters = parameters
        bytes = entries.reduce(0) { $0 + $1.form.byteCount }
        self.dtypes = dtypes
        shares = counts.mapValues { Double($0) / Double(max(parameters, 1)) }
        metadata = source.metadata
        self.groups = groups.values.sorted { $0.name < $1.name }
        keys = listsKeys ? entries.map { Entry(name: $0.key, dtype: $0.form.name, shape: $0.info.shape) } : nil
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
    case flux(width: Int, double: Int, single: Int, hasCompany: Bool)
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
        } else if let flux = Self.flux(source) {
            self = flux
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
        case .flux(let width, let double, let single, let hasCompany):
            "FLUX.1 transformer, width \(width), \(double) double-stream and \(single) single-stream blocks"
                + (hasCompany ? ", beside other networks" : "")
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

    /// A transformer under any names, alone or in a file of many networks.
    private static func flux(_ source: any TensorSource) -> CheckpointKind? {
        let prefix = FluxCheckpoint.transformerPrefix(in: source)
        let isDiffusers = source.info(prefix + "img_in.weight") == nil
        guard let width = source.info(prefix + (isDiffusers ? "x_embedder.weight" : "img_in.weight"))?.shape.first else { return nil }
        let keys = source.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
        return .flux(
            width: width, double: count(keys, after: isDiffusers ? "transformer_blocks" : "double_blocks"),
            single: count(keys, after: isDiffusers ? "single_transformer_blocks" : "single_blocks"), hasCompany: keys.count < source.keys.count)
    }

    private static func count(_ keys: [String], after prefix: String) -> Int {
        Set(keys.compactMap { key in
            let parts = key.split(separator: ".", maxSplits: 2)
            return parts.count == 3 && parts[0] == prefix ? parts[1] : nil
        }).count
    }
}

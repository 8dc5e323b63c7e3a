public import Checkpoints
public import Layers
public import Torch

/// LoRA files of UNO and USO, `dit_lora.safetensors`: which layer each pair of tensors belongs to.
///
/// Keys: `double_blocks.N.processor.{qkv,proj}_lora{1,2}.{down,up}.weight` (1 image, 2 text stream) and
/// `single_blocks.N.processor.{qkv,proj}_lora.{down,up}.weight`, without alpha. Source: UNO, layers, LoRA processors.
public enum ProcessorAdapterKeys {
    /// Where each adapter of a block lies, by its name in the file.
    private static let doubleTargets = [
        "qkv_lora1": "img_attn.qkv", "qkv_lora2": "txt_attn.qkv", "proj_lora1": "img_attn.proj", "proj_lora2": "txt_attn.proj",
    ]
    private static let singleTargets = ["qkv_lora": "linear1", "proj_lora": "linear2"]

    /// Reads an adapter of any rank for a transformer.
    ///
    /// - Parameter dtype: the transformer's type. The official program loads the adapter into a model of that type.
    /// - Returns: the adapters by the path of the layer that they change.
    /// - Throws: `FluxError.adapterKeys` when a key touches nothing or lacks its partner; `FluxError.adapterShape`.
    public static func adapters(
        in source: any TensorSource, configuration: FluxConfiguration, weight: Double, dtype: DType, device: Device = .cpu
    ) throws -> [String: LowRankAdapter] {
        var adapters: [String: LowRankAdapter] = [:]
        var unmatched: [String] = [], incomplete: [String] = []
        for key in source.keys {
            guard let pair = pair(for: key, configuration) else {
                unmatched.append(key)
                continue
            }
            guard let down = source.info(pair.down), let up = source.info(pair.up) else {
                incomplete.append(key)
                continue
            }
            guard key == pair.down else { continue }
            let expected = layerShape(of: pair, configuration)
            try check(down.shape, of: pair.down, in: source, isExpected: down.shape.count == 2 && down.shape[1] == expected.inputs,
                      as: "[rank, \(expected.inputs)]")
            try check(up.shape, of: pair.up, in: source, isExpected: up.shape == [expected.outputs, down.shape[0]],
                      as: "[\(expected.outputs), \(down.shape[0])]")
            adapters[pair.layer] = LowRankAdapter(
                down: try source.tensor(pair.down).to(dtype).to(device), up: try source.tensor(pair.up).to(dtype).to(device),
                rows: pair.rows, weight: weight)
        }
        guard unmatched.isEmpty, incomplete.isEmpty else {
            throw FluxError.adapterKeys(file: source.location, unmatched: unmatched, incomplete: incomplete)
        }
        guard !adapters.isEmpty else {
            throw FluxError.adapterKeys(file: source.location, unmatched: ["(the file holds no tensors)"], incomplete: [])
        }
        return adapters
    }

    /// The keys of a complete adapter for a transformer, as the official trainer saves them.
    public static func keys(for configuration: FluxConfiguration) -> [String] {
        let double = (0..<configuration.depth).flatMap { n in doubleTargets.keys.sorted().map { "double_blocks.\(n).processor.\($0)" } }
        let single = (0..<configuration.singleDepth).flatMap { n in singleTargets.keys.sorted().map { "single_blocks.\(n).processor.\($0)" } }
        return (double + single).flatMap { ["\($0).down.weight", "\($0).up.weight"] }
    }

    /// The keys of a complete adapter with the shapes of their tensors.
    public static func shapes(for configuration: FluxConfiguration, rank: Int) -> [(key: String, shape: [Int])] {
        keys(for: configuration).compactMap { key in
            guard let pair = pair(for: key, configuration) else { return nil }
            let layer = layerShape(of: pair, configuration)
            return (key, key == pair.down ? [rank, layer.inputs] : [layer.outputs, rank])
        }
    }

    private struct Pair {
        let down, up, layer: String
        let isSingle: Bool
        let rows: Range<Int>?
    }

    private static func pair(for key: String, _ configuration: FluxConfiguration) -> Pair? {
        let parts = key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6, parts[2] == "processor", ["down", "up"].contains(parts[4]), parts[5] == "weight",
            let block = Int(parts[1]), String(block) == parts[1], block >= 0
        else { return nil }
        let isSingle = parts[0] == "single_blocks"
        guard isSingle || parts[0] == "double_blocks", block < (isSingle ? configuration.singleDepth : configuration.depth),
            let target = isSingle ? singleTargets[parts[3]] : doubleTargets[parts[3]]
        else { return nil }
        let stem = parts[..<4].joined(separator: ".")
        // In single blocks the adapter changes only the q, k, v rows of linear1, not those of the MLP.
        let rows = parts[3] == "qkv_lora" ? 0..<3 * configuration.hiddenSize : nil
        return Pair(
            down: "\(stem).down.weight", up: "\(stem).up.weight", layer: "\(parts[0]).\(block).\(target)", isSingle: isSingle, rows: rows)
    }

    private static func layerShape(of pair: Pair, _ configuration: FluxConfiguration) -> (inputs: Int, outputs: Int) {
        let hidden = configuration.hiddenSize
        if pair.layer.hasSuffix("linear2") { return (hidden + configuration.mlpHiddenSize, hidden) }
        return (hidden, pair.layer.hasSuffix("proj") ? hidden : 3 * hidden)
    }

    private static func check(
        _ shape: [Int], of key: String, in source: any TensorSource, isExpected: Bool, as expected: String
    ) throws(FluxError) {
        guard isExpected else {
            throw .adapterShape(file: source.location, key: key, shape: shape, expected: expected)
        }
    }
}

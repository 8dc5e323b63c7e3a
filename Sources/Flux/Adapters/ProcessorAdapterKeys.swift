public import Checkpoints
public import Layers
public import Torch

/// LoRA files of UNO and USO, `dit_lora.safetensors`, and of XLabs: which layer each pair of tensors belongs to.
///
/// Keys: `double_blocks.N.processor.{qkv,proj}_lora{1,2}.{down,up}.weight` (1 image, 2 text stream) and
/// `single_blocks.N.processor.{qkv,proj}_lora.{down,up}.weight`, without alpha. Source: UNO, layers, LoRA processors.
public enum ProcessorAdapterKeys {
    /// Where each adapter of a block lies, by its name in the file.
    private static let doubleTargets = [
        "qkv_lora1": "img_attn.qkv", "qkv_lora2": "txt_attn.qkv", "proj_lora1": "img_attn.proj", "proj_lora2": "txt_attn.proj",
    ]
    private static let singleTargets = ["qkv_lora": "linear1", "proj_lora": "linear2"]

    /// Reads an adapter of this layout and any rank: what a trainer of these files can go on from.
    ///
    /// - Parameter dtype: the transformer's type. The official program loads the adapter into a model of that type.
    /// - Returns: the adapters by the path of the layer that they change.
    /// - Throws: as `AdapterReader` does; keys of other layouts touch nothing.
    public static func adapters(
        in source: any TensorSource, configuration: FluxConfiguration, weight: Double, dtype: DType, device: Device = .cpu
    ) throws -> [String: LowRankAdapter] {
        let adapters = try AdapterReader(configuration, layouts: [.processor])
            .adapters(in: source, weight: weight, dtype: dtype, device: device)
        return adapters.compactMapValues(\.first)
    }

    /// The keys of a complete adapter for a transformer, as the official trainer saves them.
    public static func keys(for configuration: FluxConfiguration) -> [String] {
        modules(for: configuration).flatMap { ["\($0).down.weight", "\($0).up.weight"] }
    }

    /// The keys of a complete adapter with the shapes of their tensors.
    public static func shapes(for configuration: FluxConfiguration, rank: Int) -> [(key: String, shape: [Int])] {
        let places = AdapterPlaces(configuration)
        return modules(for: configuration).flatMap { module -> [(key: String, shape: [Int])] in
            guard let place = place(module, places), let shape = places.shape(of: place) else { return [] }
            return [("\(module).down.weight", [rank, shape[1]]), ("\(module).up.weight", [shape[0], rank])]
        }
    }

    private static func modules(for configuration: FluxConfiguration) -> [String] {
        (0..<configuration.depth).flatMap { n in doubleTargets.keys.sorted().map { "double_blocks.\(n).processor.\($0)" } }
            + (0..<configuration.singleDepth).flatMap { n in singleTargets.keys.sorted().map { "single_blocks.\(n).processor.\($0)" } }
    }

    /// The place of a module such as "double_blocks.0.processor.qkv_lora1".
    static func place(_ module: String, _ places: AdapterPlaces) -> AdapterPlace? {
        let parts = module.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, parts[2] == "processor", let target = targets[parts[0]]?[parts[3]] else { return nil }
        let layer = "\(parts[0]).\(parts[1]).\(target)"
        guard let shape = places.shapes[layer] else { return nil }
        // In single blocks the adapter changes only the q, k, v rows of linear1, not those of the MLP.
        return AdapterPlace(layer: layer, rows: parts[3] == "qkv_lora" ? 0..<3 * shape[1] : nil)
    }

    private static let targets = ["double_blocks": doubleTargets, "single_blocks": singleTargets]
}

extension AdapterLayout {
    static let processor = AdapterLayout(
        marks: [".processor."], endings: [(".down.weight", .down), (".up.weight", .up)], scaling: .none,
        place: ProcessorAdapterKeys.place)
}

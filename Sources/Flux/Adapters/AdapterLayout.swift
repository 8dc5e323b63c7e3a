/// How a family of programs names the tensors of a low-rank adapter. Each layout has a file of its own.
struct AdapterLayout: Sendable {
    /// What a tensor is to its module.
    enum Part: Sendable { case down, up, alpha }

    /// What decides the strength of a pair besides the weight that was asked for.
    enum Scaling: Sendable {
        /// Nothing: up times down is the change.
        case none
        /// `alpha` over rank, and what peft makes of files without.
        case peft
        /// What diffusers' converter makes of kohya's files.
        case kohya
    }

    /// Texts in keys by which files of the layout are known.
    let marks: [String]
    /// Endings of keys, and the part that each stands for.
    let endings: [(text: String, part: Part)]
    let scaling: Scaling
    /// The place of a module, by the key without its ending.
    let place: @Sendable (String, AdapterPlaces) -> AdapterPlace?

    /// All layouts; where a file has marks of several, the first decides, in the order in which diffusers looks for them.
    static let all: [AdapterLayout] = [.kohya, .processor, .underscored, .diffusers]

    /// The module and part that a key belongs to, and the module's place; nil for keys of other layouts.
    func entry(_ key: String, _ places: AdapterPlaces) -> (module: String, part: Part, place: AdapterPlace)? {
        for ending in endings where key.hasSuffix(ending.text) {
            let module = String(key.dropLast(ending.text.count))
            if let place = place(module, places) { return (module, ending.part, place) }
        }
        return nil
    }

    /// Whether a file with these keys is of this layout.
    func describes(_ keys: [String]) -> Bool { keys.contains { key in marks.contains { key.contains($0) } } }

    /// Kinds of adapters that are no product of two matrices, by what stands in their keys.
    static let foreignKinds: [(mark: String, kind: String)] = [
        ("lokr_", "LoKr"), ("hada_", "LoHa"), ("dora_scale", "DoRA"), ("magnitude_vector", "DoRA"), ("boft_", "BOFT"), ("oft_", "OFT"),
        ("lora_mid", "LoCon with a core tensor"), ("vera_lambda", "VeRA"),
    ]
}

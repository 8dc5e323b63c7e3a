/// Where the change of one module of an adapter file lies in the transformer.
struct AdapterPlace: Sendable, Equatable {
    /// Path of the linear layer.
    let layer: String
    /// The output rows that are changed; nil for all.
    var rows: Range<Int>?
    /// Whether the rows of the change come scale before shift, and the layer's the other way round.
    var swapsHalves = false
}

/// The linear layers of a transformer under the names that programs give them.
struct AdapterPlaces {
    /// Shapes of the layers' weights `[outputs, inputs]`, by path.
    let shapes: [String: [Int]]
    /// By the original names, which are the paths.
    let original: [String: AdapterPlace]
    /// By diffusers' names.
    let diffusers: [String: AdapterPlace]
    /// By the names of both kinds with "_" for ".".
    let underscored: [String: AdapterPlace]

    init(_ configuration: FluxConfiguration) {
        let shapes = configuration.linearLayers
        self.shapes = shapes
        original = shapes.keys.reduce(into: [:]) { $0[$1] = AdapterPlace(layer: $1) }
        var diffusers: [String: AdapterPlace] = [:]
        for layer in DiffusersTransformerKeys.layers {
            for block in 0..<max(configuration.depth, configuration.singleDepth) {
                func filled(_ name: String) -> String { name.replacing("{n}", with: "\(block)") }
                let path = filled(layer.original)
                guard let shape = shapes[path] else { continue }
                let rows = Self.rows(layer.part, of: shape[0], configuration.hiddenSize)
                diffusers[filled(layer.name)] = AdapterPlace(layer: path, rows: rows, swapsHalves: layer.part == .swappedHalves)
            }
        }
        self.diffusers = diffusers
        underscored = diffusers.merging(original) { $1 }.reduce(into: [:]) { $0[$1.key.replacing(".", with: "_")] = $1.value }
    }

    /// The shape of the weight that a place is: `[outputs, inputs]`.
    func shape(of place: AdapterPlace) -> [Int]? {
        shapes[place.layer].map { [place.rows?.count ?? $0[0], $0[1]] }
    }

    private static func rows(_ part: DiffusersTransformerKeys.Part, of total: Int, _ hidden: Int) -> Range<Int>? {
        guard case .fused(let index) = part else { return nil }
        return index * hidden..<(index < 3 ? (index + 1) * hidden : total)
    }
}

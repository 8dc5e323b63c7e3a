import Checkpoints
import Flux
import Foundation
import Layers
import TextEncoders
package import Torch
import UNO

/// The networks of a model directory, in memory that may be written to, some of them drawn at random.
package struct ModelInTraining {
    let directory: ModelDirectory
    let recipe: TrainingRecipe
    let device: Device

    var description: ModelDescription { directory.description }
    var dtype: DType { recipe.precision == .float32 ? .float32 : .bfloat16 }

    package init(_ recipe: TrainingRecipe, device: Device) throws {
        directory = try ModelDirectory(path: recipe.model)
        self.recipe = recipe
        self.device = device
    }

    /// Adapter files that belong to the transformer: those of its directory, unless it is drawn at random.
    var adapters: [ModelDescription.Adapter] { recipe.initialized.contains(.flux) ? [] : description.files.adapters }

    /// The transformer that the directory describes: with its adapters, unless one of them is what is trained.
    func transformer() throws -> Loaded<FluxTransformer> {
        let configuration = description.flux ?? .dev
        // Matrices that will be stored in 8 bits cross to the device one by one; all together they may not fit.
        let loaded = try network(.flux, file: description.files.flux, staying: { recipe.baseIs8Bit && $1.count == 2 }) {
            try FluxTransformer(configuration, at: $0)
        }
        if !recipe.trained.contains(.adapter) { try AdapterInTraining.merge(into: loaded, self) }
        return loaded
    }

    /// - Parameter dtype: float32 as the official programs run it, unless it is the one in training.
    func autoEncoder(_ dtype: DType = .float32) throws -> Loaded<AutoEncoder> {
        let configuration = description.autoencoder ?? .flux
        return try network(.autoencoder, file: description.files.autoencoder, dtype: dtype) { try AutoEncoder(configuration, at: $0) }
    }

    func t5() throws -> Loaded<T5Encoder> {
        let folder = directory.file(description.files.t5)
        let configuration = try EncoderDirectory.configuration(T5Configuration.self, in: folder)
        return try network(.t5, file: description.files.t5, ignoring: T5Encoder.ignoredKeys) { try T5Encoder(configuration, at: $0) }
    }

    func clip() throws -> Loaded<CLIPTextEncoder> {
        let folder = directory.file(description.files.clip)
        let configuration = try EncoderDirectory.configuration(CLIPTextConfiguration.self, in: folder)
        return try network(.clip, file: description.files.clip, ignoring: CLIPTextEncoder.ignoredKeys) { try CLIPTextEncoder(configuration, at: $0) }
    }

    /// What names a component in a cache: its file, or the seed that it was drawn from.
    func identity(_ component: ModelComponent, file: String) -> String {
        recipe.initialized.contains(component) ? "drawn|\(recipe.seed)" : FeatureCache.identity(of: file)
    }

    func isTrained(_ component: ModelComponent) -> Bool {
        switch component {
        case .flux: recipe.trained.contains(.transformer)
        case .autoencoder: recipe.trained.contains(.autoencoder) || recipe.trained.contains(.decoder)
        case .t5, .clip: recipe.trained.contains(.text)
        }
    }

    /// A component's checkpoint, in whichever layout it is.
    func open(_ component: ModelComponent, _ path: String) throws -> any TensorSource {
        switch component {
        case .flux: try FluxCheckpoint.transformer(path)
        case .autoencoder: try FluxCheckpoint.autoEncoder(path)
        case .t5, .clip: try Checkpoint.open(path)
        }
    }

    private func network<Model>(
        _ component: ModelComponent, file: String, dtype: DType? = nil,
        staying stays: @escaping (String, [Int]) -> Bool = { _, _ in false }, ignoring: [String] = [],
        _ build: (ParameterScope) throws -> Model
    ) throws -> Loaded<Model> {
        let dtype = dtype ?? self.dtype
        guard recipe.initialized.contains(component) else {
            // Files are mapped read-only; what is trained needs memory of its own, which a GPU's is.
            let stored = try open(component, directory.file(file))
            let source: any TensorSource = isTrained(component) && device == .cpu ? CopiedTensors(stored) : stored
            return try ParameterScope.load(source, dtype: dtype, device: device, staying: stays, ignoring: ignoring, build)
        }
        // Drawn in float32 whatever the type, so that runs in both types start alike.
        let scope = ParameterScope.zeros(dtype: dtype, device: device)
        let model = try build(scope)
        try Initialization(seed: recipe.seed + (ModelComponent.allCases.firstIndex(of: component) ?? 0))(component, scope.parameters)
        return Loaded(model: model, parameters: scope.parameters)
    }
}

extension ParameterSet {
    /// All tensors as what is trained.
    var named: [(name: String, tensor: Tensor)] { parameters.map { ($0.path, $0.tensor) } }
}

public import Checkpoints
public import Generation
import Layers
import TextEncoders
public import Torch

/// Bytes that a network takes in each form that its weights can have.
public struct NetworkFootprint: Sendable, Equatable {
    /// By form; a file that codes its weights has none of the forms that code them once more.
    public let bytes: [WeightForm: Int]
    /// Values in the weights that the forms differ in.
    public let codableCount: Int
    /// Whether the file codes them.
    public let isCoded: Bool

    /// - Parameter outline: the record of the network's parameters in one form; throws `CheckpointError.alreadyCoded` where the file does not
    ///   allow it.
    public init(_ outline: (WeightStorage) throws -> ParameterSet) throws {
        var bytes: [WeightForm: Int] = [:], isCoded = false
        for form in WeightForm.allCases {
            do {
                bytes[form] = try outline(WeightStorage(form)).byteCount
            } catch CheckpointError.alreadyCoded {
                isCoded = true
            }
        }
        self.bytes = bytes
        self.isCoded = isCoded
        let anyCode: WeightForm = isCoded ? .loaded : .float8
        codableCount = try outline(WeightStorage(anyCode)).coded.reduce(0) { $0 + $1.matrix.shape.reduce(1, *) }
    }

    /// A footprint from known sizes.
    public init(bytes: [WeightForm: Int], codableCount: Int, isCoded: Bool) {
        (self.bytes, self.codableCount, self.isCoded) = (bytes, codableCount, isCoded)
    }

    /// The form itself, or the file's own where the file has a code already.
    public func possible(_ form: WeightForm) -> WeightForm { bytes[form] == nil ? .stored : form }
}

extension WeightStorage {
    public init(_ form: WeightForm) {
        switch form {
        case .loaded: self = .coded
        case .stored: self = .stored
        case .float8: self = .float8
        case .int8: self = .int8
        }
    }
}

/// Bytes of everything that a model directory names, from the headers of its files.
public struct ModelFootprint: Sendable, Equatable {
    public var transformer, t5: NetworkFootprint
    public var clip, autoEncoder: Int
    /// All adapters, in their files' type or in the arithmetic's, whichever is narrower.
    public var adapters: Int
    /// What merging the adapters adds to the transformer's numbers.
    public var merging: Int

    /// - Parameters:
    ///   - adapters: adapter files besides those of the model's description.
    ///   - dtype: type of the arithmetic.
    /// - Throws: errors of the files, naming every missing, misshapen or unexpected tensor.
    public init(_ directory: ModelDirectory, adapters: [AdapterFile], dtype: DType) throws {
        let files = directory.description.files
        let source = try FluxCheckpoint.transformer(directory.file(files.flux)), flux = directory.description.flux ?? .dev
        transformer = try NetworkFootprint {
            try ParameterScope.outline(of: source, dtype: dtype, storage: $0, of: FluxTransformer.codedLayers) { try FluxTransformer(flux, at: $0) }
        }
        t5 = try NetworkFootprint { try EncoderDirectory.t5Outline(directory.file(files.t5), dtype: dtype, storage: $0) }
        clip = try EncoderDirectory.clipOutline(directory.file(files.clip), dtype: dtype).byteCount
        let configuration = directory.description.autoencoder ?? .flux
        autoEncoder = try ParameterScope.outline(of: FluxCheckpoint.autoEncoder(directory.file(files.autoencoder)), dtype: .float32) {
            try AutoEncoder(configuration, at: $0)
        }.byteCount
        let reader = AdapterReader(flux)
        self.adapters = try (files.adapters.map { directory.file($0.file) } + adapters.map(\.path)).reduce(0) { sum, path in
            let layers = try reader.adapters(in: SourceOutline(Checkpoint.open(path)), weight: 1, dtype: dtype, narrow: true)
            return sum + layers.values.joined().reduce(0) { $0 + $1.down.byteCount + $1.up.byteCount }
        }
        // A merged weight stands beside its base, unless the base is the file itself, which is not looked at again.
        let isFile = transformer.bytes[.loaded] == transformer.bytes[.stored]
        merging = isFile ? 0 : transformer.codableCount * dtype.byteCount
    }

    /// A footprint from known sizes.
    public init(transformer: NetworkFootprint, t5: NetworkFootprint, clip: Int, autoEncoder: Int, adapters: Int = 0, merging: Int = 0) {
        (self.transformer, self.t5, self.clip, self.autoEncoder) = (transformer, t5, clip, autoEncoder)
        (self.adapters, self.merging) = (adapters, merging)
    }
}

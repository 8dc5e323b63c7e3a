import Torch

/// Makes or reads the tensors a tree of scopes asks for, and keeps the record.
final class ParameterProvider {
    /// Where tensors come from.
    enum Origin {
        case source(any TensorSource)
        case random(RandomWeights)
        case zeros
        case shapes
    }

    /// How tensors are kept.
    struct Keeping {
        var dtype: DType?
        var device = Device.cpu
        /// Of the weights of linear layers whose keys begin with one of `layers`.
        var storage = WeightStorage.numbers
        var layers: [String] = []
        /// Which tensors stay in main memory whatever the device.
        var stays: (String, [Int]) -> Bool = { _, _ in false }
    }

    let parameters = ParameterSet()
    private(set) var report: LoadReport
    private let origin: Origin
    private let keeping: Keeping
    private var asked: Set<String> = []

    init(_ origin: Origin, _ keeping: Keeping) {
        self.origin = origin
        self.keeping = keeping
        if case .source(let source) = origin { report = LoadReport(file: source.location) } else { report = LoadReport(file: "") }
    }

    func contains(_ key: String) -> Bool {
        if case .source(let source) = origin { source.info(key) != nil } else { true }
    }

    func info(_ key: String) -> TensorInfo? {
        if case .source(let source) = origin { source.info(key) } else { nil }
    }

    func parameter(_ key: String, _ shape: [Int], _ override: DType?) throws -> Tensor {
        if let known = parameters[key], known.shape == shape, override == nil || override == known.dtype { return known }
        let dtype = keeping.dtype, device = keeping.device
        let tensor =
            switch origin {
            case .source(let source): try stored(key, shape, override, in: source)
            case .random(let weights): try weights.tensor(shape).to(override ?? weights.dtype).to(device)
            case .zeros: try Tensor.zeros(shape, dtype: override ?? dtype ?? .float32, device: device)
            case .shapes: try Tensor.placeholder(shape, dtype: override ?? dtype ?? .float32)
            }
        if asked.insert(key).inserted { parameters.add(tensor, at: key) }
        return tensor
    }

    /// The weight of a linear layer, in a code where the storage asks for one.
    func weight(_ key: String, _ shape: [Int]) throws -> LayerWeight {
        guard keeping.storage != .numbers, keeping.layers.contains(where: key.hasPrefix), shape.count == 2 else {
            return .numbers(try parameter(key, shape, nil))
        }
        if let known = parameters.code(at: key), known.shape == shape { return .coded(known, type(of: key)) }
        guard let matrix = try code(key, shape) else { return .numbers(try parameter(key, shape, nil)) }
        if asked.insert(key).inserted { parameters.add(matrix, at: key) }
        return .coded(matrix, type(of: key))
    }

    /// The type of the numbers that are made of a code.
    private func type(of key: String) -> DType {
        if let dtype = keeping.dtype { return dtype }
        if case .random(let weights) = origin { return weights.dtype }
        return info(key).flatMap { $0.dtype.isFloatingPoint && $0.dtype.byteCount > 1 ? $0.dtype : nil } ?? .float32
    }

    private func code(_ key: String, _ shape: [Int]) throws -> (any CodedMatrix)? {
        let type = type(of: key), storage = keeping.storage
        switch origin {
        case .zeros: return try storage.code(of: .zeros(shape, dtype: type, device: keeping.device), for: type)
        case .random(let weights): return try storage.code(of: weights.tensor(shape).to(keeping.device), for: type)
        case .shapes: return storage.outline(shape, stored: type, for: type)
        case .source(let source):
            // What is missing or of another shape is noted when it is asked for as numbers.
            guard let info = source.info(key), info.shape == shape else { return nil }
            let device = keeping.stays(key, shape) ? .cpu : keeping.device
            if let matrix = try source.coded(key) {
                guard storage.keeps(matrix) else { throw CheckpointError.alreadyCoded(key: key, file: source.location, storage: storage) }
                return source.holdsValues ? try matrix.moved(to: device) : matrix
            }
            guard source.holdsValues else { return storage.outline(shape, stored: info.dtype, for: type) }
            guard storage.outline(shape, stored: info.dtype, for: type) != nil else { return nil }
            let tensor = try source.tensor(key)
            let matrix = try storage.code(of: tensor.to(device), for: type)
            if storage != .stored || device != .cpu { tensor.releaseFilePages() }
            return matrix
        }
    }

    private func stored(_ key: String, _ shape: [Int], _ override: DType?, in source: any TensorSource) throws -> Tensor {
        let device = keeping.stays(key, shape) ? .cpu : keeping.device
        guard let info = source.info(key), info.shape == shape else {
            note(key, shape, found: source.info(key))
            return try .placeholder(shape, dtype: override ?? keeping.dtype ?? .float32, device: device)
        }
        let target = override ?? (info.dtype.isFloatingPoint ? keeping.dtype : nil) ?? info.dtype
        guard source.holdsValues else { return try .placeholder(shape, dtype: target, device: device) }
        let tensor = try source.tensor(key)
        // The smaller of the two types crosses to the device.
        let kept = target.byteCount < info.dtype.byteCount ? try tensor.to(target).to(device) : try tensor.to(device).to(target)
        // A copy takes the place of the file's bytes, which then need not be in memory beside it.
        if kept !== tensor { tensor.releaseFilePages() }
        return kept
    }

    private func note(_ key: String, _ shape: [Int], found info: TensorInfo?) {
        if let info {
            report.misshapen.append(.init(key: key, expected: shape, found: info.shape))
        } else {
            report.missing.append(.init(key: key, shape: shape))
        }
    }

    /// The report with the source's keys nobody asked for, except those ignored.
    func finalReport(ignoring: [String]) -> LoadReport {
        guard case .source(let source) = origin else { return report }
        let exact = Set(ignoring), prefixes = ignoring.filter { $0.hasSuffix(".") }
        report.unexpected = source.keys.filter { key in
            !asked.contains(key) && !exact.contains(key) && !prefixes.contains { key.hasPrefix($0) }
        }
        return report
    }
}

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

    let parameters = ParameterSet()
    private(set) var report: LoadReport
    private let origin: Origin
    private let dtype: DType?
    private let device: Device
    private let stays: (String, [Int]) -> Bool
    private var asked: Set<String> = []

    init(_ origin: Origin, dtype: DType?, device: Device, staying stays: @escaping (String, [Int]) -> Bool = { _, _ in false }) {
        self.origin = origin
        self.stays = stays
        self.dtype = dtype
        self.device = device
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

    private func stored(_ key: String, _ shape: [Int], _ override: DType?, in source: any TensorSource) throws -> Tensor {
        let device = stays(key, shape) ? .cpu : device
        guard let info = source.info(key), info.shape == shape else {
            note(key, shape, found: source.info(key))
            return try .placeholder(shape, dtype: override ?? dtype ?? .float32, device: device)
        }
        let target = override ?? (info.dtype.isFloatingPoint ? dtype : nil) ?? info.dtype
        guard source.holdsValues else { return try .placeholder(shape, dtype: target, device: device) }
        let tensor = try source.tensor(key)
        // The smaller of the two types crosses to the device.
        return target.byteCount < info.dtype.byteCount ? try tensor.to(target).to(device) : try tensor.to(device).to(target)
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

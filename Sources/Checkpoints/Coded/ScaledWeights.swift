import Torch

/// A checkpoint whose 8-bit weights have scales beside them, as pairs that stand for numbers.
///
/// - `X.weight` in int8 with `X.weight_scale` `[rows, 1]` or `[rows]`, as `CheckpointConversion` writes them.
/// - `X.weight` in float8 with `X.scale_weight` (or `X.weight_scale`), one number for all, as ComfyUI's scaled files have it; there the key
///   `scaled_fp8` says that every matrix in float8 has one. Scales of the layer's input are for hardware that multiplies in float8, and
///   are left aside. Source: ComfyUI, `comfy/ops.py`.
/// - float8 without a scale: numbers cast as they are.
///
/// The scales and marks are not among the keys.
final class ScaledWeights: TensorSource {
    let keys: [String]
    private let source: any TensorSource
    /// Of each weight that has one, the key of its scale.
    private let scales: [String: String]

    var location: String { source.location }
    var files: [String] { source.files }
    var metadata: [String: String] { source.metadata }
    var holdsValues: Bool { source.holdsValues }

    /// The source itself where it holds no weights in 8 bits.
    ///
    /// - Throws: `CheckpointError.malformed` naming a scale that is missing or misshapen.
    static func joined(_ source: any TensorSource) throws(CheckpointError) -> any TensorSource {
        let isCoded = source.keys.contains { key in source.info(key).map { [.int8, .float8e4m3, .float8e5m2].contains($0.dtype) } ?? false }
        return isCoded ? try ScaledWeights(source) : source
    }

    private init(_ source: any TensorSource) throws(CheckpointError) {
        self.source = source
        let isScaled = source.keys.contains(where: Self.isMark)
        var scales: [String: String] = [:]
        var hidden: Set<String> = []
        for key in source.keys where key.hasSuffix(".weight") {
            guard let info = source.info(key) else { continue }
            scales[key] = try Self.scale(of: key, info, in: source, isScaled: isScaled)
            let layer = String(key.dropLast("weight".count))
            if info.dtype.byteCount == 1 || scales[key] != nil { hidden.formUnion(["scale_input", "input_scale", "comfy_quant"].map { layer + $0 }) }
        }
        hidden.formUnion(scales.values)
        self.scales = scales
        keys = source.keys.filter { !hidden.contains($0) && !Self.isMark($0) }
    }

    private static func isMark(_ key: String) -> Bool { key == "scaled_fp8" || key.hasSuffix(".scaled_fp8") }

    private static func scale(
        of key: String, _ info: TensorInfo, in source: any TensorSource, isScaled: Bool
    ) throws(CheckpointError) -> String? {
        let layer = String(key.dropLast("weight".count))
        let names = (info.dtype == .int8 ? ["weight_scale"] : info.dtype.isFloatingPoint ? ["scale_weight", "weight_scale"] : []).map { layer + $0 }
        guard let name = names.first(where: { source.info($0) != nil }), let scale = source.info(name) else {
            guard info.shape.count == 2, info.dtype == .int8 || isScaled && info.dtype.byteCount == 1, let name = names.first else { return nil }
            throw .malformed(
                path: source.location, problem: "'\(key)' is stored in \(info.dtype.rawValue) without its scale '\(name)'. Download the file again, or convert it anew")
        }
        let rows = info.shape.first ?? 1
        let allowed = info.dtype == .int8 ? [[rows, 1], [rows]] : [[], [1], [1, 1]]
        guard allowed.contains(scale.shape), scale.dtype.isFloatingPoint, info.dtype != .int8 || info.shape.count == 2 else {
            throw .malformed(
                path: source.location,
                problem: "the scale '\(name)' is \(scale.dtype.rawValue) \(scale.shape), expected floating-point numbers in the shape "
                    + "\(allowed.map(\.description).joined(separator: " or ")) for '\(key)' of \(info.dtype.rawValue) \(info.shape). Convert the file anew")
        }
        return name
    }

    /// float32 for weights with a scale, as stored for others.
    func info(_ key: String) -> TensorInfo? {
        guard let info = source.info(key), scales[key] != nil else { return source.info(key) }
        return TensorInfo(dtype: .float32, shape: info.shape)
    }

    func tensor(_ key: String) throws -> Tensor {
        guard scales[key] != nil else { return try source.tensor(key) }
        if let matrix = try coded(key) { return try matrix.values(as: .float32) }
        return try source.tensor(key).to(.float32) * factor(key)
    }

    func coded(_ key: String) throws -> (any CodedMatrix)? {
        guard let info = source.info(key), info.shape.count == 2 else { return nil }
        switch info.dtype {
        case .int8:
            guard let scale = scales[key] else { return nil }
            return EightBitMatrix(codes: try source.tensor(key), scale: try source.tensor(scale).to(.float32).reshaped([info.shape[0], 1]))
        case .float8e4m3, .float8e5m2:
            return Float8Matrix(codes: try source.tensor(key), scale: Float(try factor(key)))
        default: return nil
        }
    }

    func stored(_ key: String) -> StoredForm? {
        guard let form = source.stored(key), let scale = scales[key] else { return source.stored(key) }
        let isWhole = source.info(key)?.dtype != .int8
        return StoredForm(name: "\(form.name) with \(isWhole ? "a scale" : "scales")", byteCount: form.byteCount + (source.stored(scale)?.byteCount ?? 0))
    }

    func release(_ key: String) { source.release(key) }

    /// What all numbers of a floating-point weight are multiplied by.
    private func factor(_ key: String) throws -> Double {
        guard let scale = scales[key] else { return 1 }
        return try source.tensor(scale).to(.float32).item()
    }
}

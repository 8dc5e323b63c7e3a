package import Torch

/// The size of a code without the code: for measuring a model that is not loaded. It makes no numbers.
struct MatrixOutline: CodedMatrix {
    let shape: [Int]
    let byteCount: Int
    var device: Device { .cpu }

    func values(_ rows: Range<Int>, as dtype: DType) throws(TorchError) -> Tensor {
        try .placeholder([rows.count, shape[1]], dtype: dtype)
    }

    func rows(_ range: Range<Int>) throws(TorchError) -> MatrixOutline {
        MatrixOutline(shape: [range.count, shape[1]], byteCount: byteCount / max(shape[0], 1) * range.count)
    }

    func moved(to device: Device) throws(TorchError) -> MatrixOutline { self }
}

extension WeightStorage {
    /// The size of what `code(of:for:)` makes of a matrix of `stored` numbers.
    func outline(_ shape: [Int], stored: DType, for type: DType) -> MatrixOutline? {
        let count = shape.reduce(1, *)
        return switch self {
        case .numbers, .coded: nil
        case .stored: stored.isFloatingPoint && stored.byteCount < type.byteCount ? MatrixOutline(shape: shape, byteCount: count * stored.byteCount) : nil
        case .float8: MatrixOutline(shape: shape, byteCount: count + 4)
        case .int8: MatrixOutline(shape: shape, byteCount: count + 4 * shape[0])
        }
    }
}

/// A source of which only sizes are looked at, though its codes are at hand.
package final class SourceOutline: TensorSource {
    private let source: any TensorSource

    package init(_ source: any TensorSource) { self.source = source }

    package var location: String { source.location }
    package var keys: [String] { source.keys }
    package var holdsValues: Bool { false }
    package func info(_ key: String) -> TensorInfo? { source.info(key) }
    package func coded(_ key: String) throws -> (any CodedMatrix)? { try source.coded(key) }

    package func tensor(_ key: String) throws -> Tensor {
        guard let info = info(key) else { throw unknown(key) }
        return try .placeholder(info.shape, dtype: info.dtype)
    }
}

public import Torch

/// Coded matrices one below another, each in its own code: queries, keys and values that a file keeps apart.
public struct JoinedMatrix: CodedMatrix {
    /// Of equal width, on one device.
    public let parts: [any CodedMatrix]
    public let shape: [Int]

    /// - Parameter parts: at least one; all have the same number of columns.
    public init(_ parts: [any CodedMatrix]) {
        precondition(!parts.isEmpty && parts.allSatisfy { $0.shape[1] == parts[0].shape[1] }, "parts of one matrix have one width")
        self.parts = parts
        shape = [parts.reduce(0) { $0 + $1.shape[0] }, parts[0].shape[1]]
    }

    public var byteCount: Int { parts.reduce(0) { $0 + $1.byteCount } }
    public var device: Device { parts[0].device }

    public func values(_ rows: Range<Int>, as dtype: DType) throws(TorchError) -> Tensor {
        let pieces = try pieces(of: rows).map { piece throws(TorchError) in try piece.part.values(piece.rows, as: dtype) }
        guard let first = pieces.first else { return try .empty([0, shape[1]], dtype: dtype, device: device) }
        return pieces.count == 1 ? first : try .concatenated(pieces, dim: 0)
    }

    public func rows(_ range: Range<Int>) throws(TorchError) -> JoinedMatrix {
        let pieces = try pieces(of: range).map { piece throws(TorchError) in try piece.part.rows(piece.rows) }
        return JoinedMatrix(pieces.isEmpty ? [try parts[0].rows(0..<0)] : pieces)
    }

    public func moved(to device: Device) throws(TorchError) -> JoinedMatrix {
        try JoinedMatrix(parts.map { part throws(TorchError) in try part.moved(to: device) })
    }

    /// The parts that hold some rows, and which of their own rows those are.
    private func pieces(of rows: Range<Int>) -> [(part: any CodedMatrix, rows: Range<Int>)] {
        var start = 0
        var pieces: [(part: any CodedMatrix, rows: Range<Int>)] = []
        for part in parts {
            let common = rows.clamped(to: start..<start + part.shape[0])
            if !common.isEmpty { pieces.append((part, common.lowerBound - start..<common.upperBound - start)) }
            start += part.shape[0]
        }
        return pieces
    }
}

public import Torch

/// The rows and columns of a picture's transformer tokens.
public struct TokenGrid: Sendable, Equatable {
    public let rows: Int
    public let columns: Int

    public init(rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
    }

    public var count: Int { rows * columns }

    /// The position of each token, row by row, `[tokens, 3]` float32: index 0, row and column with the given offsets.
    public func positionIDs(rowOffset: Int = 0, columnOffset: Int = 0) throws(TorchError) -> Tensor {
        var values: [Float] = []
        values.reserveCapacity(count * 3)
        for row in 0..<rows {
            for column in 0..<columns {
                values += [0, Float(row + rowOffset), Float(column + columnOffset)]
            }
        }
        return try Tensor(values, shape: [count, 3])
    }

    /// Positions of `count` text tokens: all zero, `[count, 3]` float32.
    public static func textPositionIDs(count: Int) throws(TorchError) -> Tensor {
        try Tensor.zeros([count, 3])
    }
}

public import Torch

/// In which form the weights of a model's large linear layers stay in memory. Everything else is always numbers.
public enum WeightStorage: String, Sendable, CaseIterable {
    /// Numbers of the type asked for, whatever the file holds.
    case numbers
    /// Numbers of the type asked for; matrices that the file codes stay as it codes them.
    case coded
    /// As the file has them: coded, or numbers of a narrower type, which are widened at every use.
    case stored
    /// Coded in 8 bits while they are loaded, matrix by matrix.
    case float8, int8

    /// A matrix of numbers in this form; nil where it stays as it is.
    ///
    /// - Parameter type: of the numbers that will be computed with.
    func code(of matrix: Tensor, for type: DType) throws(TorchError) -> (any CodedMatrix)? {
        switch self {
        case .numbers, .coded: nil
        case .stored: matrix.dtype.isFloatingPoint && matrix.dtype.byteCount < type.byteCount ? NarrowMatrix(matrix) : nil
        case .float8: try Float8Matrix(matrix)
        case .int8: try EightBitMatrix(matrix)
        }
    }

    /// Whether a matrix that a file codes may stay so.
    func keeps(_ matrix: any CodedMatrix) -> Bool {
        switch self {
        case .numbers: false
        case .coded, .stored: true
        case .float8: matrix is Float8Matrix
        case .int8: matrix is EightBitMatrix
        }
    }
}

/// A linear layer's weight as a scope hands it out.
public enum LayerWeight {
    case numbers(Tensor)
    /// A code, and the type of the numbers that are to be made of it.
    case coded(any CodedMatrix, DType)
}

import Torch

extension Tensor {
    /// A tensor of any shape that holds the memory of one zero: every dimension has stride 0.
    ///
    /// Stands for weights that are missing, or whose values nobody will read.
    static func placeholder(_ shape: [Int], dtype: DType, device: Device = .cpu) throws(TorchError) -> Tensor {
        try zeros([], dtype: dtype, device: device).expanded(shape)
    }
}

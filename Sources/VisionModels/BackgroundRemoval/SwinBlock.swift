import Checkpoints
import Layers
import Torch

/// Attention within windows, then a perceptron, each behind a norm and added to its input.
///
/// Weights: `norm1`, `attn`, `norm2`, `mlp.fc1`, `mlp.fc2`. Source: BEN2, `SwinTransformerBlock`.
struct SwinBlock {
    /// Tokens by which the windows are shifted up and left.
    let shift: Int
    private let norm1, norm2: LayerNorm
    private let attention: WindowAttention
    private let fc1, fc2: Linear

    init(_ width: Int, heads: Int, window: Int, shift: Int, at scope: ParameterScope) throws {
        self.shift = shift
        norm1 = try LayerNorm(width, at: scope("norm1"))
        attention = try WindowAttention(width, heads: heads, window: window, at: scope("attn"))
        norm2 = try LayerNorm(width, at: scope("norm2"))
        fc1 = try Linear(width, 4 * width, at: scope("mlp")("fc1"))
        fc2 = try Linear(4 * width, width, at: scope("mlp")("fc2"))
    }

    /// - Parameters:
    ///   - x: `[batch, rows, columns, width]`, as is the result.
    ///   - mask: what shifted windows add to their scores, `[windows, 1, tokens, tokens]`.
    func callAsFunction(_ x: Tensor, _ windows: TokenWindows, mask: Tensor?) throws(TorchError) -> Tensor {
        let parts = try windows.split(norm1(x), shift: shift)
        let attended = try windows.joined(attention(parts, mask: shift > 0 ? mask : nil), batch: x.shape[0], shift: shift)
        let x = try x + attention.proj(attended)
        return try x + fc2(fc1(norm2(x)).gelu(approximate: false))
    }
}

/// Attention with a bias for every distance between two tokens of a window.
///
/// Weights: `qkv`, `proj`, `relative_position_bias_table` `[(2 · window - 1)², heads]`; the buffer `relative_position_index`
/// follows from the window. Source: BEN2, `WindowAttention`.
struct WindowAttention {
    /// Applied by the block, once the tokens are back in their places and padding is gone.
    let proj: Linear
    private let heads, window: Int
    private let qkv: Linear
    private let biasTable: Tensor

    init(_ width: Int, heads: Int, window: Int, at scope: ParameterScope) throws {
        (self.heads, self.window) = (heads, window)
        let reach = 2 * window - 1, tokens = window * window
        biasTable = try scope.parameter("relative_position_bias_table", [reach * reach, heads])
        if scope.contains("relative_position_index") {
            _ = try scope.parameter("relative_position_index", [tokens, tokens])
        }
        qkv = try Linear(width, 3 * width, at: scope("qkv"))
        proj = try Linear(width, width, at: scope("proj"))
    }

    /// - Parameters:
    ///   - x: `[batch · windows, tokens, width]`, as is the result.
    ///   - mask: `[windows, 1, tokens, tokens]`.
    func callAsFunction(_ x: Tensor, mask: Tensor?) throws(TorchError) -> Tensor {
        let (count, tokens, width) = (x.shape[0], x.shape[1], x.shape[2])
        let parts = try qkv(x).reshaped([count, tokens, 3, heads, width / heads]).permuted([2, 0, 3, 1, 4]).split([1, 1, 1], dim: 0)
        var scores = try bias(device: x.device)
        if let mask {
            let windows = mask.shape[0]
            scores = try (scores + mask).unsqueezed(0).expanded([count / windows, windows, heads, tokens, tokens])
                .reshaped([count, heads, tokens, tokens])
        }
        return try Tensor.scaledDotProductAttention(parts[0].squeezed(0), parts[1].squeezed(0), parts[2].squeezed(0), mask: scores)
            .transposed(1, 2).reshaped([count, tokens, width])
    }

    /// `[1, heads, tokens, tokens]`.
    private func bias(device: Device) throws(TorchError) -> Tensor {
        let tokens = window * window
        var places: [Int] = []
        places.reserveCapacity(tokens * tokens)
        for query in 0..<tokens {
            for key in 0..<tokens {
                let rows = query / window - key / window + window - 1, columns = query % window - key % window + window - 1
                places.append(rows * (2 * window - 1) + columns)
            }
        }
        return try biasTable.indexSelected(dim: 0, Tensor(places, device: device)).transposed(0, 1).reshaped([1, heads, tokens, tokens])
    }
}

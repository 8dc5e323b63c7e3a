public import Generation
public import Torch

/// UNO's positions: each reference starts where the previous picture ended, so that the model can tell them apart.
///
/// Offsets begin at the target's rows and columns and grow by every reference's own; the variant decides which axes
/// are shifted. Both keep accumulating in every variant. Source: UNO section 3.3 and sampling, `prepare_multi_ip`.
public enum UnoPE {
    /// Positions of text, target and reference tokens, `[tokens, 3]` float32.
    public static func positionIDs(
        textCount: Int, target: TokenGrid, references: [TokenGrid], variant: PositionVariant
    ) throws(TorchError) -> Tensor {
        let parts = try [TokenGrid.textPositionIDs(count: textCount), target.positionIDs()]
            + referencePositionIDs(target: target, references: references, variant: variant)
        return try Tensor.concatenated(parts, dim: 0)
    }

    /// Positions of each reference, `[tokens, 3]` float32.
    public static func referencePositionIDs(
        target: TokenGrid, references: [TokenGrid], variant: PositionVariant
    ) throws(TorchError) -> [Tensor] {
        var rows = target.rows, columns = target.columns
        var ids: [Tensor] = []
        for grid in references {
            ids.append(try grid.positionIDs(
                rowOffset: variant.shiftsRows ? rows : 0, columnOffset: variant.shiftsColumns ? columns : 0))
            rows += grid.rows
            columns += grid.columns
        }
        return ids
    }
}

extension PositionVariant {
    var shiftsRows: Bool { self == .d || self == .h }
    var shiftsColumns: Bool { self == .d || self == .w }
}

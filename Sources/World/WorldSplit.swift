/// Which part of the world examples come from. Nothing of one part ever appears in the other.
public enum WorldSplit: String, Sendable, Codable, CaseIterable {
    /// Fifteen of sixteen identities.
    case train
    /// The rest, for measuring what was learnt and not remembered.
    case heldOut = "held-out"

    /// The part that a cell of like identities belongs to.
    init(cell: UInt64) {
        self = RandomStream.mixed(cell ^ 0xA076_1D64_78BD_642F) % 16 == 0 ? .heldOut : .train
    }

    /// Keeps scenes of the two parts apart, too.
    var seedSalt: UInt64 { self == .train ? 0 : 0xE703_7ED1_A0B4_28DB }
}

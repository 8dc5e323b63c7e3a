public import Imaging

/// Another subject of the same kind, with the picture that would be its reference.
public struct Decoy: Sendable {
    public let identity: SubjectIdentity
    public let reference: PixelImage
}

extension SubjectIdentity {
    /// Another identity of the same split; a toy or a garment of the same kind.
    func another(_ split: WorldSplit, from random: inout RandomStream) -> SubjectIdentity {
        while true {
            let other: SubjectIdentity =
                switch self {
                case .toy(let toy): .toy(ToyIdentity(split, kind: toy.kind, from: &random))
                case .person: .person(PersonIdentity(split, from: &random))
                case .garment(let garment): .garment(GarmentIdentity(split, kind: garment.kind, from: &random))
                }
            if other.cell != cell { return other }
        }
    }

    private var cell: UInt64 {
        switch self {
        case .toy(let toy): toy.cell
        case .person(let person): person.cell
        case .garment(let garment): garment.cell
        }
    }
}

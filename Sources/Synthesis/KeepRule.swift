/// Which pairs are consistent enough to be trained on.
public enum KeepRule: Sendable, Equatable {
    /// Those at least so similar, -1...1.
    case above(Double)
    /// The most similar ones, as a share 0...1 of all.
    case share(Double)

    /// "0.8" for a similarity, "60%" for a share.
    public init?(_ text: String) {
        if text.hasSuffix("%") {
            guard let percent = Double(text.dropLast()), percent > 0, percent <= 100 else { return nil }
            self = .share(percent / 100)
        } else {
            guard let similarity = Double(text), (-1...1).contains(similarity) else { return nil }
            self = .above(similarity)
        }
    }

    /// The numbers of the pairs to keep, in rising order; of equals the first is taken.
    ///
    /// - Parameter lowest: the similarity of each pair's least similar subject; pairs without were not compared and are kept.
    package func kept(_ lowest: [Double?]) -> [Int] {
        let compared = lowest.indices.filter { lowest[$0] != nil }
        /// Of the compared ones.
        let taken: Set<Int>
        switch self {
        case .above(let least): taken = Set(compared.filter { (lowest[$0] ?? 0) >= least })
        case .share(let share):
            let best = compared.sorted { (lowest[$0] ?? 0, $1) > (lowest[$1] ?? 0, $0) }
            taken = Set(best.prefix(Int((share * Double(best.count)).rounded())))
        }
        return lowest.indices.filter { lowest[$0] == nil || taken.contains($0) }
    }
}

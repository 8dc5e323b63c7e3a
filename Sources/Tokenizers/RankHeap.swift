/// Candidates for a merge, the lowest rank first, equal ranks from left to right.
struct RankHeap {
    struct Candidate {
        let rank, position: Int32
        /// The symbols seen when the candidate was found; it is stale where they changed since.
        let left, right: Int32

        fileprivate func precedes(_ other: Candidate) -> Bool { (rank, position) < (other.rank, other.position) }
    }

    private var items: [Candidate] = []

    mutating func insert(_ candidate: Candidate) {
        items.append(candidate)
        var child = items.count - 1
        while child > 0, items[child].precedes(items[(child - 1) / 2]) {
            items.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes out all candidates of the lowest rank, ordered by position; nil where there are none.
    mutating func removeLowestRank() -> [Candidate]? {
        guard let rank = items.first?.rank else { return nil }
        var round: [Candidate] = []
        while let first = items.first, first.rank == rank {
            round.append(first)
            discardFirst()
        }
        return round
    }

    /// Takes out the first candidate of the lowest rank; nil where there is none.
    mutating func removeFirst() -> Candidate? {
        guard let first = items.first else { return nil }
        discardFirst()
        return first
    }

    private mutating func discardFirst() {
        items.swapAt(0, items.count - 1)
        items.removeLast()
        var parent = 0
        while true {
            let children = (2 * parent + 1)..<min(2 * parent + 3, max(items.count, 2 * parent + 1))
            guard let least = children.min(by: { items[$0].precedes(items[$1]) }), items[least].precedes(items[parent]) else { return }
            items.swapAt(parent, least)
            parent = least
        }
    }
}

/// The symbols of one word as a doubly linked list in arrays, so that merging two neighbours takes constant time.
struct SymbolChain {
    private static let removed: Int32 = -1
    private var symbols: [Int32]
    private var nextPositions: [Int32]
    private var previousPositions: [Int32]

    init(_ symbols: [Int32]) {
        self.symbols = symbols
        nextPositions = symbols.indices.map { Int32($0 + 1) }
        previousPositions = symbols.indices.map { Int32($0 - 1) }
    }

    /// The symbol that starts at `position`; -1 where it went into its left neighbour.
    subscript(position: Int) -> Int32 { symbols[position] }

    /// Where the symbols stand that are left.
    var positions: [Int] { symbols.indices.filter { symbols[$0] != Self.removed } }

    func next(_ position: Int) -> Int? {
        let next = Int(nextPositions[position])
        return next < symbols.count ? next : nil
    }

    func previous(_ position: Int) -> Int? {
        let previous = Int(previousPositions[position])
        return previous >= 0 ? previous : nil
    }

    /// Shifts the number of the last symbol to that of its end-of-word form. False where there is no symbol.
    mutating func markEnd(adding offset: Int32) -> Bool {
        guard let last = symbols.indices.last else { return false }
        symbols[last] += offset
        return true
    }

    /// Puts `symbol` at `position` and takes its right neighbour, at `next`, out.
    mutating func merge(_ position: Int, with next: Int, into symbol: Int32) {
        symbols[position] = symbol
        symbols[next] = Self.removed
        nextPositions[position] = nextPositions[next]
        if let following = self.next(position) { previousPositions[following] = Int32(position) }
    }
}

/// Byte-pair encoding of bytes: the merge of lowest rank first, the leftmost of equal ones.
///
/// Source: Hugging Face tokenizers 0.19, models/bpe/word.rs, `Word::merge_all`.
struct ByteLevelMerges: Sendable {
    private struct Merge: Sendable {
        let rank, symbol: Int32
    }

    /// By the ids of the left and the right symbol.
    private let merges: [UInt64: Merge]
    /// The id of each single byte; -1 where the vocabulary has none, and the byte falls away.
    private let byteIDs: [Int32]
    /// Whole words of the vocabulary, where they go before the merges.
    private let words: [String: Int]?

    /// - Throws: the name of a symbol that merges use and the vocabulary lacks.
    init(_ model: ByteLevelFile.Model) throws(UnknownSymbol) {
        func id(_ symbol: String) throws(UnknownSymbol) -> Int32 {
            guard let id = model.vocab[symbol] else { throw UnknownSymbol(symbol: symbol) }
            return Int32(id)
        }
        var merges: [UInt64: Merge] = [:]
        merges.reserveCapacity(model.merges.count)
        for (rank, merge) in model.merges.enumerated() {
            let pair = Self.pair(try id(merge.left), try id(merge.right))
            merges[pair] = Merge(rank: Int32(rank), symbol: try id(merge.left + merge.right))
        }
        self.merges = merges
        byteIDs = (UInt8.min...UInt8.max).map { Int32(model.vocab["\(BytePairEncoding.letter($0))"] ?? -1) }
        words = model.ignore_merges == true ? model.vocab : nil
    }

    struct UnknownSymbol: Error {
        let symbol: String
    }

    private static func pair(_ left: Int32, _ right: Int32) -> UInt64 { UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right)) }

    /// Ids of one word, given as its UTF-8 bytes.
    func ids(_ word: some Collection<UInt8>) -> [Int] {
        if let words, let id = words[word.map { String(BytePairEncoding.letter($0)) }.joined()] { return [id] }
        var chain = SymbolChain(word.map { byteIDs[Int($0)] }.filter { $0 >= 0 })
        var heap = RankHeap()

        func enqueue(_ position: Int) {
            guard let next = chain.next(position), let merge = merges[Self.pair(chain[position], chain[next])] else { return }
            heap.insert(.init(rank: merge.rank, position: Int32(position), left: chain[position], right: chain[next]))
        }

        for position in chain.positions { enqueue(position) }
        while let candidate = heap.removeFirst() {
            let position = Int(candidate.position)
            guard chain[position] == candidate.left, let next = chain.next(position), chain[next] == candidate.right,
                let merge = merges[Self.pair(candidate.left, candidate.right)]
            else { continue }  // one half went into an earlier merge
            chain.merge(position, with: next, into: merge.symbol)
            if let previous = chain.previous(position) { enqueue(previous) }
            enqueue(position)
        }
        return chain.positions.map { Int(chain[$0]) }
    }
}

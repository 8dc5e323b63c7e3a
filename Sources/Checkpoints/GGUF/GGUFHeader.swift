/// The checked table of contents of a GGUF file.
///
/// Little endian: "GGUF", version (4 bytes), number of tensors and of metadata values (8 each); the metadata: key, type, value; the
/// tensors: name, number of dimensions (4), dimensions with the fastest first (8 each), type (4), offset (8); zeros up to the next
/// multiple of the alignment; the tensors' bytes, each at such a multiple. Texts have their length (8) before them.
/// Source: ggml, docs/gguf.md.
package struct GGUFHeader: Sendable {
    /// One tensor: its name, and where its bytes lie.
    package struct Entry: Sendable, Equatable {
        package let name: String
        package let type: GGUFType
        /// Slowest dimension first, as everywhere else here.
        package let shape: [Int]
        /// Bytes counted from `dataStart`.
        package let range: Range<Int>
    }

    /// The largest header read, in bytes.
    package static let byteLimit = 100_000_000
    static let mark = Array("GGUF".utf8)
    static let defaultAlignment = 32, alignmentKey = "general.alignment"

    /// 2 or 3, which differ in nothing that is read here.
    package let version: Int
    package private(set) var metadata: [String: GGUFValue] = [:]
    /// Tensors in the order of the header.
    package private(set) var entries: [Entry] = []
    /// Offset of the tensors' bytes in the file.
    package private(set) var dataStart = 0
    private var alignment = Self.defaultAlignment

    /// Reads and checks the header at the start of a whole file's bytes.
    package init(file: UnsafeRawBufferPointer) throws(ContentProblem) {
        guard file.starts(with: Self.mark) else {
            throw ContentProblem(ForeignContent(file)?.description ?? "it does not begin with 'GGUF'. The file is damaged: download it again")
        }
        var cursor = ByteCursor(bytes: UnsafeRawBufferPointer(rebasing: file.prefix(Self.byteLimit)), position: 4)
        version = try Self.version(&cursor)
        let tensorCount = try cursor.length(8), valueCount = try cursor.length(8)
        try readMetadata(valueCount, &cursor)
        try readTensors(tensorCount, &cursor, fileSize: file.count)
        try checkOverlaps()
    }

    private static func version(_ cursor: inout ByteCursor) throws(ContentProblem) -> Int {
        let version = UInt32(truncatingIfNeeded: try cursor.number(4))
        if (2...3).contains(version) { return Int(version) }
        if (1...3).contains(version.byteSwapped) {
            throw ContentProblem("it is written big endian; little endian is expected. Use the little-endian file of the same model")
        }
        throw ContentProblem("it has version \(version) of GGUF; versions 2 and 3 are read. Convert the model anew with a current program")
    }

    // MARK: Metadata

    private mutating func readMetadata(_ count: Int, _ cursor: inout ByteCursor) throws(ContentProblem) {
        // A key's length, a type and a value of one byte: what an entry takes at least.
        guard count <= (cursor.bytes.count - cursor.position) / 13 else { throw .damaged("it announces \(count) metadata values, more than it can hold") }
        for _ in 0..<count {
            let key = try Self.name(&cursor)
            let value = try cursor.ggufValue(cursor.ggufValueType())
            guard metadata.updateValue(value, forKey: key) == nil else { throw .damaged("its metadata names '\(key)' twice") }
        }
        guard let stored = metadata[Self.alignmentKey] else { return }
        guard case .unsigned(let value) = stored, value >= 8, value <= 1 << 20, value.nonzeroBitCount == 1 else {
            throw .damaged("'\(Self.alignmentKey)' is \(stored), expected a power of two from 8 to \(1 << 20)")
        }
        alignment = Int(value)
    }

    private static func name(_ cursor: inout ByteCursor) throws(ContentProblem) -> String {
        let start = cursor.position
        let bytes = try cursor.ggufText()
        guard !bytes.isEmpty, bytes.count <= 1 << 16, let name = String(validating: bytes, as: UTF8.self) else {
            throw .damaged("the name at byte \(start) has \(bytes.count) bytes, expected 1 to \(1 << 16) of UTF-8 text")
        }
        return name
    }

    // MARK: Tensors

    private mutating func readTensors(_ count: Int, _ cursor: inout ByteCursor, fileSize: Int) throws(ContentProblem) {
        // The lengths and numbers of a tensor without dimensions.
        guard count <= (cursor.bytes.count - cursor.position) / 24 else { throw .damaged("it announces \(count) tensors, more than it can name") }
        var names: Set<String> = []
        var places: [(name: String, type: GGUFType, shape: [Int], offset: Int)] = []
        for _ in 0..<count {
            let name = try Self.name(&cursor)
            guard names.insert(name).inserted else { throw .damaged("it names the tensor '\(name)' twice") }
            let shape = try Self.shape(of: name, &cursor)
            let type = try Self.type(of: name, &cursor)
            places.append((name, type, shape, try cursor.length(8)))
        }
        dataStart = Self.aligned(cursor.position, to: alignment)
        let dataSize = max(0, fileSize - dataStart)
        for (name, type, shape, offset) in places {
            let size = try Self.byteCount(name, type, shape)
            guard offset.isMultiple(of: alignment) else {
                throw .damaged("the bytes of tensor '\(name)' begin at \(offset), expected a multiple of \(alignment)")
            }
            guard offset <= dataSize, size <= dataSize - offset else {
                throw ContentProblem(
                    "tensor '\(name)' has \(size) bytes from byte \(offset) of the data on, but the file holds \(dataSize). "
                        + "The file is cut short: download it again")
            }
            entries.append(Entry(name: name, type: type, shape: shape, range: offset..<offset + size))
        }
    }

    private static func shape(of name: String, _ cursor: inout ByteCursor) throws(ContentProblem) -> [Int] {
        let rank = try cursor.length(4)
        guard rank <= 4 else { throw .damaged("tensor '\(name)' has \(rank) dimensions, expected at most 4") }
        var shape: [Int] = []
        for _ in 0..<rank { shape.append(try cursor.length(8)) }
        return shape.reversed()
    }

    private static func type(of name: String, _ cursor: inout ByteCursor) throws(ContentProblem) -> GGUFType {
        let number = UInt32(truncatingIfNeeded: try cursor.number(4))
        guard let type = GGUFType(number: number) else {
            throw ContentProblem(
                "tensor '\(name)' has the type \(GGUFType.name(of: number)), which is not supported; expected \(GGUFType.names). "
                    + "Use a file of the same model in one of these, such as Q8_0, Q6_K or Q4_K_S")
        }
        return type
    }

    private static func byteCount(_ name: String, _ type: GGUFType, _ shape: [Int]) throws(ContentProblem) -> Int {
        let columns = shape.last ?? 1
        guard columns.isMultiple(of: type.blockCount) else {
            throw .damaged("tensor '\(name)' of shape \(shape) has rows that are not whole blocks of \(type.blockCount) numbers of \(type.name)")
        }
        // Dimensions of size zero count as one here: libtorch multiplies the others for the strides all the same, 8 bytes at most each.
        var bound = 8
        for size in shape {
            let (product, overflow) = bound.multipliedReportingOverflow(by: max(size, 1))
            guard !overflow else { throw .damaged("tensor '\(name)' of shape \(shape) is larger than any memory") }
            bound = product
        }
        return shape.reduce(1, *) / type.blockCount * type.blockByteCount
    }

    private func checkOverlaps() throws(ContentProblem) {
        let ordered = entries.filter { !$0.range.isEmpty }.sorted { $0.range.lowerBound < $1.range.lowerBound }
        for (first, second) in zip(ordered, ordered.dropFirst()) where second.range.lowerBound < first.range.upperBound {
            throw .damaged("tensors '\(first.name)' and '\(second.name)' overlap")
        }
    }

    /// The next multiple of `alignment`, a power of two.
    static func aligned(_ offset: Int, to alignment: Int) -> Int { (offset + alignment - 1) & ~(alignment - 1) }
}

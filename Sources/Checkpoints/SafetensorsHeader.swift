/// An element type as safetensors names it.
package enum SafetensorsType: String, Sendable, CaseIterable {
    case F64, F32, F16, BF16, F8_E4M3, F8_E5M2, I64, I32, I16, I8, U8, BOOL

    /// Bytes of one element.
    package var byteCount: Int {
        switch self {
        case .F64, .I64: 8
        case .F32, .I32: 4
        case .F16, .BF16, .I16: 2
        case .F8_E4M3, .F8_E5M2, .I8, .U8, .BOOL: 1
        }
    }
}

/// The checked table of contents of a safetensors file.
///
/// Eight bytes give the header's length (little endian), then follow JSON text and the tensors' bytes, which must cover
/// the rest of the file without gap or overlap. Source: safetensors, README "Format" and `SafeTensors::read_metadata`.
package struct SafetensorsHeader: Sendable {
    /// One tensor: its name, and where its bytes lie.
    package struct Entry: Sendable, Equatable {
        package let name: String
        package let type: SafetensorsType
        package let shape: [Int]
        /// Bytes counted from the end of the header.
        package let range: Range<Int>
    }

    /// The largest header read, in bytes; the format's own limit.
    package static let byteLimit = 100_000_000

    /// Tensors in the order the header names them.
    package private(set) var entries: [Entry] = []
    /// The free text under `__metadata__`.
    package private(set) var metadata: [String: String] = [:]
    /// Offset of the first tensor byte in the file.
    package let dataStart: Int

    /// Reads and checks the header at the start of a whole file's bytes.
    package init(file: UnsafeRawBufferPointer) throws(HeaderProblem) {
        let length = try Self.headerLength(file)
        dataStart = 8 + length
        let text = UnsafeRawBufferPointer(rebasing: file[8..<dataStart])
        guard text.first == UInt8(ascii: "{") else {
            throw ForeignContent(file).map(HeaderProblem.foreign) ?? .doesNotBeginWithBrace
        }
        try readTensors(text)
        try checkLayout(dataSize: file.count - dataStart)
    }

    private static func headerLength(_ file: UnsafeRawBufferPointer) throws(HeaderProblem) -> Int {
        guard file.count >= 8 else {
            throw ForeignContent(file).map(HeaderProblem.foreign) ?? .shorterThanLength(fileSize: file.count)
        }
        let stored = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
        let room = min(file.count - 8, byteLimit)
        if stored >= 2, stored <= room { return Int(stored) }
        if let foreign = ForeignContent(file) { throw .foreign(foreign) }
        if stored.byteSwapped >= 2, stored.byteSwapped <= room { throw .bigEndianLength(stored.byteSwapped) }
        throw .headerLength(stored, fileSize: file.count)
    }

    // MARK: Reading

    private mutating func readTensors(_ text: UnsafeRawBufferPointer) throws(HeaderProblem) {
        var scanner = JSONScanner(text)
        var names: Set<String> = []
        do throws(JSONProblem) { try scanner.beginObject() } catch { throw .notJSON(error) }
        while let name = try Self.nextName(&scanner) {
            guard names.insert(name).inserted else { throw .duplicateName(name) }
            if name == "__metadata__" {
                try readMetadata(&scanner)
            } else {
                entries.append(try Self.readEntry(name, &scanner))
            }
        }
        do throws(JSONProblem) { try scanner.end() } catch { throw .notJSON(error) }
    }

    private static func nextName(_ scanner: inout JSONScanner) throws(HeaderProblem) -> String? {
        do throws(JSONProblem) { return try scanner.nextKey() } catch { throw .notJSON(error) }
    }

    private mutating func readMetadata(_ scanner: inout JSONScanner) throws(HeaderProblem) {
        do throws(JSONProblem) {
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                guard metadata.updateValue(try scanner.string(), forKey: key) == nil else {
                    throw JSONProblem(offset: scanner.position, expected: "each key once", found: "a second '\(key)'")
                }
            }
        } catch {
            throw .metadata(error)
        }
    }

    private static func readEntry(_ name: String, _ scanner: inout JSONScanner) throws(HeaderProblem) -> Entry {
        var typeName: String?, shape: [Int]?, offsets: [Int]?
        do throws(JSONProblem) {
            try scanner.beginObject()
            while let field = try scanner.nextKey() {
                switch field {
                case "dtype" where typeName == nil: typeName = try scanner.string()
                case "shape" where shape == nil: shape = try wholeNumbers(&scanner)
                case "data_offsets" where offsets == nil: offsets = try wholeNumbers(&scanner)
                case "dtype", "shape", "data_offsets":
                    throw JSONProblem(offset: scanner.position, expected: "each field once", found: "a second '\(field)'")
                default: try scanner.skipValue()
                }
            }
        } catch {
            throw .tensor(name, error)
        }
        guard let typeName else { throw .missingField(tensor: name, field: "dtype") }
        guard let shape else { throw .missingField(tensor: name, field: "shape") }
        guard let offsets else { throw .missingField(tensor: name, field: "data_offsets") }
        guard let type = SafetensorsType(rawValue: typeName) else { throw .unknownType(tensor: name, type: typeName) }
        return Entry(name: name, type: type, shape: shape, range: try range(name, type, shape, offsets))
    }

    private static func wholeNumbers(_ scanner: inout JSONScanner) throws(JSONProblem) -> [Int] {
        var numbers: [Int] = []
        try scanner.beginArray()
        while try scanner.nextElement() { numbers.append(try scanner.wholeNumber()) }
        return numbers
    }

    // MARK: Checking

    private static func range(
        _ name: String, _ type: SafetensorsType, _ shape: [Int], _ offsets: [Int]
    ) throws(HeaderProblem) -> Range<Int> {
        guard offsets.count == 2 else { throw .offsetCount(tensor: name, count: offsets.count) }
        guard offsets[0] <= offsets[1] else { throw .reversedOffsets(tensor: name, begin: offsets[0], end: offsets[1]) }
        // Zero-sized dimensions are counted as one here: libtorch multiplies the others for the strides all the same.
        var strideBound = type.byteCount
        for size in shape {
            let (product, overflow) = strideBound.multipliedReportingOverflow(by: max(size, 1))
            if overflow { throw .shapeOverflow(tensor: name, shape: shape) }
            strideBound = product
        }
        let size = shape.contains(0) ? 0 : strideBound
        guard offsets[1] - offsets[0] == size else {
            throw .sizeMismatch(tensor: name, shape: shape, type: type, expected: size, found: offsets[1] - offsets[0])
        }
        return offsets[0]..<offsets[1]
    }

    private func checkLayout(dataSize: Int) throws(HeaderProblem) {
        let ordered = entries.sorted { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
        var covered = 0, previous: String?
        for entry in ordered {
            if entry.range.upperBound > dataSize {
                throw .outOfRange(tensor: entry.name, end: entry.range.upperBound, dataSize: dataSize)
            }
            if entry.range.lowerBound < covered { throw .overlap(previous ?? entry.name, entry.name) }
            if entry.range.lowerBound > covered { throw .hole(covered..<entry.range.lowerBound, before: entry.name) }
            covered = entry.range.upperBound
            previous = entry.name
        }
        if covered < dataSize { throw .trailingBytes(dataSize - covered) }
    }
}

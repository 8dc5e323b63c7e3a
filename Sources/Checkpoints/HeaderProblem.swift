/// What is wrong with the start of a file that should be safetensors.
package enum HeaderProblem: Error, Sendable, Equatable {
    case foreign(ForeignContent)
    case shorterThanLength(fileSize: Int)
    case headerLength(UInt64, fileSize: Int)
    case bigEndianLength(UInt64)
    case doesNotBeginWithBrace
    case notJSON(JSONProblem)
    case metadata(JSONProblem)
    case tensor(String, JSONProblem)
    case duplicateName(String)
    case missingField(tensor: String, field: String)
    case unknownType(tensor: String, type: String)
    case offsetCount(tensor: String, count: Int)
    case reversedOffsets(tensor: String, begin: Int, end: Int)
    case shapeOverflow(tensor: String, shape: [Int])
    case sizeMismatch(tensor: String, shape: [Int], type: SafetensorsType, expected: Int, found: Int)
    case outOfRange(tensor: String, end: Int, dataSize: Int)
    case overlap(String, String)
    case hole(Range<Int>, before: String)
    case trailingBytes(Int)
}

extension HeaderProblem: CustomStringConvertible {
    /// The problem and its remedy, to follow the file's name and a colon.
    package var description: String {
        switch self {
        case .foreign(let content): content.description
        case .unknownType(let tensor, let type):
            """
            tensor '\(tensor)' has the type '\(type)'; \
            known are \(SafetensorsType.allCases.map(\.rawValue).joined(separator: ", ")). Convert it to one of them
            """
        case .bigEndianLength(let length):
            """
            its header length is written big endian (\(length) bytes); the format asks for little endian. \
            Write the file anew with a current safetensors library
            """
        case .outOfRange, .shorterThanLength: "\(summary). The file is cut short: download it again"
        default: "\(summary). The file is damaged: download it again, or write it anew"
        }
    }

    private var summary: String {
        switch self {
        case .foreign, .unknownType, .bigEndianLength: ""  // worded whole in `description`
        case .shorterThanLength(let size): "it has \(size) bytes, expected at least 8 for the header's length"
        case .headerLength(let length, let size):
            "its header length is \(length), expected 2 to \(min(max(size - 8, 2), SafetensorsHeader.byteLimit)) for a file of \(size) bytes"
        case .doesNotBeginWithBrace: "its header does not begin with '{'"
        case .notJSON(let problem): "its header is not valid JSON: \(problem)"
        case .metadata(let problem): "its '__metadata__' is not an object of strings: \(problem)"
        case .tensor(let name, let problem): "the header's entry for tensor '\(name)' is wrong: \(problem)"
        case .duplicateName(let name): "its header names '\(name)' twice"
        case .missingField(let tensor, let field): "tensor '\(tensor)' has no '\(field)'"
        case .offsetCount(let tensor, let count): "tensor '\(tensor)' has \(count) data_offsets, expected 2"
        case .reversedOffsets(let tensor, let begin, let end): "tensor '\(tensor)' begins at byte \(begin), after its end at \(end)"
        case .shapeOverflow(let tensor, let shape): "tensor '\(tensor)' of shape \(shape) is larger than any memory"
        case .sizeMismatch(let tensor, let shape, let type, let expected, let found):
            "tensor '\(tensor)' has \(found) bytes, expected \(expected) for \(type.rawValue) \(shape)"
        case .outOfRange(let tensor, let end, let size): "tensor '\(tensor)' ends at byte \(end) of the data, but the file holds \(size)"
        case .overlap(let first, let second): "tensors '\(first)' and '\(second)' overlap"
        case .hole(let range, let name): "bytes \(range.lowerBound) to \(range.upperBound) of the data, before tensor '\(name)', belong to no tensor"
        case .trailingBytes(let count): "\(count) bytes after the last tensor belong to no tensor"
        }
    }
}

/// What a file holds when it is something else than safetensors, as often comes of a failed download.
package enum ForeignContent: Sendable, Equatable, CustomStringConvertible {
    case gitPointer, webPage, text(String), torchPickle, gguf, hdf5

    /// Recognises the first bytes of a file, or returns nil.
    package init?(_ file: UnsafeRawBufferPointer) {
        let start = UnsafeRawBufferPointer(rebasing: file.prefix(512))
        func begins(_ text: String) -> Bool { start.starts(with: text.utf8) }
        let lowercase = String(decoding: start, as: UTF8.self).lowercased()
        let visible = lowercase.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
        if begins("version https://git-lfs") {
            self = .gitPointer
        } else if ["<!doctype", "<html", "<head", "<?xml"].contains(where: visible.hasPrefix) {
            self = .webPage
        } else if begins("GGUF") {
            self = .gguf
        } else if begins("PK\u{3}\u{4}") || start.starts(with: [0x80, 0x02]) {
            self = .torchPickle
        } else if start.starts(with: [0x89, 0x48, 0x44, 0x46]) {
            self = .hdf5
        } else if !start.isEmpty, start.allSatisfy({ (0x20...0x7E).contains($0) || (0x09...0x0D).contains($0) }) {
            self = .text(String(decoding: start.prefix(80), as: UTF8.self).split(whereSeparator: \.isNewline).first.map(String.init) ?? "")
        } else {
            return nil
        }
    }

    package var description: String {
        switch self {
        case .gitPointer: "it is a Git LFS pointer, not the weights themselves. Run 'git lfs pull' in its repository, or download the file"
        case .webPage:
            """
            it is a web page, not weights: a download was answered with a page. \
            Sign in or accept the model's licence at its source, and download again
            """
        case .text(let line): "it is text, not weights: '\(line)'. Download it again"
        case .torchPickle: "it is a torch pickle, which is not read here. Use the safetensors file of the same model"
        case .gguf: "it is a GGUF file where safetensors are expected. Use the safetensors file of the same model, or give this one's path by itself"
        case .hdf5: "it is an HDF5 file, which is not read here. Use the safetensors file of the same model"
        }
    }
}

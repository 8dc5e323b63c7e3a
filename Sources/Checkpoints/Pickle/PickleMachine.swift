import Torch

/// A value of a pickle. Containers are numbers of nodes, so that a file can neither nest deeper than the stack nor leak by cycles.
enum PickleValue: Equatable {
    case none, mark, opaque
    case bool(Bool)
    case int(Int)
    case text(String)
    /// A class or function, by module and name.
    case global(String)
    case list(Int), tuple(Int), dictionary(Int)
    /// A part of the file that holds numbers.
    case storage(Int)
    case tensor(Int)
}

/// Numbers that tensors share.
struct PickledStorage: Equatable {
    let key: String
    let dtype: DType
    /// Elements.
    let count: Int
}

/// A tensor's place in a storage.
struct PickledTensor: Equatable {
    let storage: PickledStorage
    /// In elements, as the strides.
    let offset: Int
    let shape, strides: [Int]
}

/// Reads a pickle without running it: classes and functions are names, and only those that rebuild tensors mean anything.
/// Everything else that a file makes is opaque.
///
/// Source: Python, pickletools; PyTorch, torch/_utils.py and torch/serialization.py.
struct PickleMachine {
    /// Elements of lists and tuples; keys and values of dictionaries in turn.
    private(set) var nodes: [[PickleValue]] = []
    private(set) var storages: [PickledStorage] = []
    private(set) var tensors: [PickledTensor] = []
    private var stack: [PickleValue] = []
    private var memo: [Int: PickleValue] = [:]

    /// The value of the pickle that begins at the cursor, which then stands behind it.
    mutating func run(_ cursor: inout ByteCursor) throws(ContentProblem) -> PickleValue {
        (stack, memo) = ([], [:])
        while true {
            let code = UInt8(try cursor.number(1))
            if code == UInt8(ascii: ".") { return try pop() }
            if try runNumber(code, &cursor) { continue }
            if try runText(code, &cursor) { continue }
            if try runContainer(code) { continue }
            if try runMemo(code, &cursor) { continue }
            try runObject(code, &cursor)
        }
    }

    private mutating func pop() throws(ContentProblem) -> PickleValue {
        guard let value = stack.popLast() else { throw .damaged("its pickle takes a value that is not there") }
        return value
    }

    private mutating func popToMark() throws(ContentProblem) -> [PickleValue] {
        guard let mark = stack.lastIndex(of: .mark) else { throw .damaged("its pickle closes what it has not opened") }
        defer { stack.removeSubrange(mark...) }
        return Array(stack[(mark + 1)...])
    }

    private mutating func node(_ items: [PickleValue]) -> Int {
        nodes.append(items)
        return nodes.count - 1
    }

    private mutating func runNumber(_ code: UInt8, _ cursor: inout ByteCursor) throws(ContentProblem) -> Bool {
        switch code {
        case 0x80: _ = try cursor.take(1)  // protocol
        case 0x95: _ = try cursor.take(8)  // frame
        case UInt8(ascii: "N"): stack.append(.none)
        case 0x88: stack.append(.bool(true))
        case 0x89: stack.append(.bool(false))
        case UInt8(ascii: "K"): stack.append(.int(try cursor.length(1)))
        case UInt8(ascii: "M"): stack.append(.int(try cursor.length(2)))
        case UInt8(ascii: "J"): stack.append(.int(Int(Int32(truncatingIfNeeded: try cursor.number(4)))))
        case UInt8(ascii: "G"):
            _ = try cursor.take(8)
            stack.append(.opaque)
        case 0x8A, 0x8B:
            let count = try cursor.length(code == 0x8A ? 1 : 4)
            let bytes = try cursor.take(count)
            guard count <= 8 else {
                stack.append(.opaque)
                break
            }
            let value = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let unused = 64 - 8 * count
            stack.append(.int(count == 0 ? 0 : Int(Int64(bitPattern: value << unused) >> unused)))
        default: return false
        }
        return true
    }

    private mutating func runText(_ code: UInt8, _ cursor: inout ByteCursor) throws(ContentProblem) -> Bool {
        // Bytes that give the length of each kind of text.
        let lengths: [UInt8: Int] = [UInt8(ascii: "X"): 4, 0x8C: 1, 0x8D: 8, UInt8(ascii: "T"): 4, UInt8(ascii: "U"): 1]
        let blobs: [UInt8: Int] = [UInt8(ascii: "B"): 4, UInt8(ascii: "C"): 1, 0x8E: 8, 0x96: 8]
        if let length = lengths[code] {
            stack.append(.text(try cursor.text(cursor.length(length))))
        } else if let length = blobs[code] {
            _ = try cursor.take(cursor.length(length))
            stack.append(.opaque)
        } else {
            return false
        }
        return true
    }

    private mutating func runContainer(_ code: UInt8) throws(ContentProblem) -> Bool {
        switch code {
        case UInt8(ascii: "("): stack.append(.mark)
        case UInt8(ascii: "}"): stack.append(.dictionary(node([])))
        case UInt8(ascii: "]"), 0x8F: stack.append(.list(node([])))
        case UInt8(ascii: ")"): stack.append(.tuple(node([])))
        case 0x85, 0x86, 0x87:
            var items: [PickleValue] = []
            for _ in 0x85...code { items.append(try pop()) }
            stack.append(.tuple(node(items.reversed())))
        case UInt8(ascii: "t"): stack.append(.tuple(node(try popToMark())))
        case UInt8(ascii: "l"), 0x91: stack.append(.list(node(try popToMark())))
        case UInt8(ascii: "d"): stack.append(.dictionary(node(try popToMark())))
        case UInt8(ascii: "a"): try extend([pop()])
        case UInt8(ascii: "e"), 0x90: try extend(popToMark())
        case UInt8(ascii: "s"):
            let value = try pop()
            try extend([pop(), value])
        case UInt8(ascii: "u"): try extend(popToMark())
        default: return false
        }
        return true
    }

    /// Adds to the container on top of the stack; to what is opaque, nothing.
    private mutating func extend(_ items: [PickleValue]) throws(ContentProblem) {
        switch stack.last {
        case .list(let index), .dictionary(let index): nodes[index] += items
        case .opaque, .tensor: break
        default: throw .damaged("its pickle adds to a value that is no container")
        }
    }

    private mutating func runMemo(_ code: UInt8, _ cursor: inout ByteCursor) throws(ContentProblem) -> Bool {
        switch code {
        case UInt8(ascii: "q"), UInt8(ascii: "r"), 0x94:
            let key = code == 0x94 ? memo.count : try cursor.length(code == UInt8(ascii: "q") ? 1 : 4)
            guard let value = stack.last else { throw .damaged("its pickle remembers a value that is not there") }
            memo[key] = value
        case UInt8(ascii: "h"), UInt8(ascii: "j"):
            let key = try cursor.length(code == UInt8(ascii: "h") ? 1 : 4)
            guard let value = memo[key] else { throw .damaged("its pickle recalls value \(key), which it has not stored") }
            stack.append(value)
        case UInt8(ascii: "0"): _ = try pop()
        case UInt8(ascii: "1"): _ = try popToMark()
        case UInt8(ascii: "2"):
            let value = try pop()
            stack += [value, value]
        default: return false
        }
        return true
    }

    private mutating func runObject(_ code: UInt8, _ cursor: inout ByteCursor) throws(ContentProblem) {
        switch code {
        case UInt8(ascii: "c"):
            let module = try cursor.line(), name = try cursor.line()
            try push(global: "\(module) \(name)")
        case 0x93:
            guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
                throw .damaged("its pickle names a class without a name")
            }
            try push(global: "\(module) \(name)")
        case UInt8(ascii: "R"), 0x81:
            let arguments = try pop()
            stack.append(try made(by: pop(), from: items(arguments)))
        case UInt8(ascii: "b"): _ = try pop()  // attributes of an object
        case UInt8(ascii: "Q"): stack.append(try storage(items(pop())))
        default:
            let operation = "0x" + String(code, radix: 16)
            throw ContentProblem("its pickle has the operation \(operation), which files of weights do not. Save the weights as safetensors")
        }
    }

    private mutating func push(global name: String) throws(ContentProblem) {
        guard !DangerousName.contains(name) else {
            throw ContentProblem(
                "its pickle names '\(name)', which would run code where Python loads it. Do not use this file; take the weights from another source, best as safetensors")
        }
        stack.append(.global(name))
    }

    /// The elements of a tuple or list, none of anything else.
    func items(_ value: PickleValue) -> [PickleValue] {
        switch value {
        case .tuple(let index), .list(let index), .dictionary(let index): nodes[index]
        default: []
        }
    }

    private mutating func made(by function: PickleValue, from arguments: [PickleValue]) throws(ContentProblem) -> PickleValue {
        guard case .global(let name) = function else { return .opaque }
        switch name {
        case "collections OrderedDict":  // earlier versions of Python hand it pairs
            return .dictionary(node(arguments.first.map(items)?.map(items).filter { $0.count == 2 }.flatMap(\.self) ?? []))
        case "torch Size": return arguments.first ?? .opaque
        case "torch._utils _rebuild_parameter": return arguments.first ?? .opaque
        case "torch._utils _rebuild_tensor", "torch._utils _rebuild_tensor_v2": return try tensor(arguments)
        default: return .opaque
        }
    }

    private mutating func tensor(_ arguments: [PickleValue]) throws(ContentProblem) -> PickleValue {
        guard arguments.count >= 4, case .storage(let index) = arguments[0], case .int(let offset) = arguments[1] else {
            throw .damaged("its pickle describes a tensor without a storage")
        }
        guard items(arguments[2]).count <= 64 else { throw .damaged("its pickle describes a tensor of more than 64 dimensions") }
        func numbers(_ value: PickleValue) -> [Int] { items(value).compactMap { if case .int(let number) = $0 { number } else { nil } } }
        let shape = numbers(arguments[2]), strides = numbers(arguments[3])
        guard shape.count == items(arguments[2]).count, shape.count == strides.count else {
            throw .damaged("its pickle describes a tensor whose sizes are no numbers")
        }
        tensors.append(PickledTensor(storage: storages[index], offset: offset, shape: shape, strides: strides))
        return .tensor(tensors.count - 1)
    }

    private mutating func storage(_ parts: [PickleValue]) throws(ContentProblem) -> PickleValue {
        guard parts.count >= 5, parts[0] == .text("storage"), case .global(let type) = parts[1], case .text(let key) = parts[2],
            case .int(let count) = parts[4], count >= 0
        else { throw .damaged("its pickle describes a storage in an unknown way") }
        guard parts.count == 5 || parts[5] == .none else {
            throw ContentProblem("its tensors are views of other storages. Save the weights as safetensors")
        }
        guard let dtype = Self.dtypes[type] else {
            throw ContentProblem("it holds numbers of the type '\(type)'. Save the weights as safetensors")
        }
        storages.append(PickledStorage(key: key, dtype: dtype, count: count))
        return .storage(storages.count - 1)
    }

    private static let dtypes: [String: DType] = [
        "torch FloatStorage": .float32, "torch DoubleStorage": .float64, "torch HalfStorage": .float16, "torch BFloat16Storage": .bfloat16,
        "torch LongStorage": .int64, "torch IntStorage": .int32, "torch ShortStorage": .int16, "torch CharStorage": .int8,
        "torch ByteStorage": .uint8, "torch BoolStorage": .bool,
    ]
}

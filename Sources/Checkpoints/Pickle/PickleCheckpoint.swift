public import Torch

/// Tensors of a file that PyTorch's `save` wrote: `.pth`, `.pt`, `.ckpt`, `.bin`.
///
/// Nothing in the file is run; of what a pickle can hold only tensors in dictionaries are read. Both forms are: the zip archive of
/// PyTorch 1.6 and later, whose numbers are mapped into memory, and the pickles in a row of earlier versions. Where the
/// tensors lie one level down, as under `state_dict`, their names begin below it.
public final class PickleCheckpoint: TensorSource {
    /// The path as given.
    public let location: String
    /// Tensor names in the order of the file.
    public let keys: [String]

    private let file: MappedFile
    private let tensors: [String: PickledTensor]
    /// Where each storage's bytes are.
    private let storages: [String: Range<Int>]

    /// Names under which files keep their tensors beside other things.
    private static let usualWrappers = ["model_state_dict", "state_dict", "params_ema", "params", "model", "module"]
    /// The first pickle of the older form, a number that marks it.
    private static let olderMark: [UInt8] = [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]

    /// Whether the file's first bytes are those of either form. Files that cannot be opened are neither.
    static func recognizes(path: String) -> Bool {
        guard let file = try? MappedFile(path: path) else { return false }
        return file.bytes.starts(with: "PK\u{3}\u{4}".utf8) || file.bytes.starts(with: olderMark)
    }

    /// Maps the file and finds its tensors.
    ///
    /// Throws `CheckpointError.notFound`, `.unreadable`, or `.malformed` with a remedy.
    public init(path: String) throws(CheckpointError) {
        location = path
        file = try MappedFile(path: path)
        do throws(ContentProblem) {
            var machine = PickleMachine()
            let root: PickleValue
            if file.bytes.starts(with: Self.olderMark) {
                (root, storages) = try Self.older(file.bytes, &machine)
            } else {
                (root, storages) = try Self.zipped(file.bytes, &machine)
            }
            let named = try Self.stateDictionary(root, machine)
            var tensors: [String: PickledTensor] = [:]
            for (name, tensor) in named {
                try Self.check(tensor, name, storages)
                guard tensors.updateValue(tensor, forKey: name) == nil else { throw .damaged("it names '\(name)' twice") }
            }
            (keys, self.tensors) = (named.map(\.0), tensors)
        } catch { throw .malformed(path: path, problem: error.description) }
    }

    /// Element type and shape under `key`, or nil where there is no such tensor.
    public func info(_ key: String) -> TensorInfo? { tensors[key].map { TensorInfo(dtype: $0.storage.dtype, shape: $0.shape) } }

    /// The tensor under `key`, on the CPU and as stored.
    ///
    /// Its bytes are those of the mapping, or a copy where the file does not align them to the element size.
    /// Throws `CheckpointError.unknownTensor`.
    public func tensor(_ key: String) throws -> Tensor {
        guard let tensor = tensors[key], let range = storages[tensor.storage.key] else { throw unknown(key) }
        let dtype = tensor.storage.dtype, count = tensor.shape.reduce(1, *)
        guard count > 0 else { return try .zeros(tensor.shape, dtype: dtype) }
        let start = range.lowerBound + tensor.offset * dtype.byteCount
        let bytes = file.bytes[start..<start + count * dtype.byteCount]
        // Stored order of the dimensions, slowest first; a transposed weight is stored so.
        let order = Self.storedOrder(tensor)
        let stored = try Tensor.borrowing(bytes, shape: order.map { tensor.shape[$0] }, dtype: dtype, owner: file)
        if order == Array(order.indices) { return stored }
        return try stored.permuted(order.indices.map { order.firstIndex(of: $0) ?? 0 })
    }

    private static func storedOrder(_ tensor: PickledTensor) -> [Int] {
        // Dimensions of size 1 may have any stride: they stay before the next larger one.
        var strides = tensor.strides, expected = 1
        for dim in strides.indices.reversed() {
            if tensor.shape[dim] == 1 { strides[dim] = expected } else { expected = strides[dim] &* tensor.shape[dim] }
        }
        return strides.indices.sorted { (strides[$0], $1) > (strides[$1], $0) }
    }

    /// Refuses tensors that reach beyond their storage, or whose elements do not lie one after another in any order.
    private static func check(_ tensor: PickledTensor, _ name: String, _ storages: [String: Range<Int>]) throws(ContentProblem) {
        var count = 1
        for size in tensor.shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard size >= 0, !overflow, product <= 1 << 48 else { throw .damaged("tensor '\(name)' has the impossible shape \(tensor.shape)") }
            count = product
        }
        guard let range = storages[tensor.storage.key] else { throw .damaged("the numbers of tensor '\(name)' are not in it") }
        let held = range.count / tensor.storage.dtype.byteCount
        guard tensor.offset >= 0, tensor.offset <= held, count <= held - tensor.offset else {
            throw .damaged("tensor '\(name)' of shape \(tensor.shape) reaches beyond the \(held) numbers stored for it")
        }
        guard count > 0 else { return }
        var step = 1
        for dim in storedOrder(tensor).reversed() where tensor.shape[dim] > 1 {
            guard tensor.strides[dim] == step else {
                throw ContentProblem("tensor '\(name)' of shape \(tensor.shape) has gaps, strides \(tensor.strides). Save the weights as safetensors")
            }
            step *= tensor.shape[dim]
        }
    }

    /// The dictionary that holds the tensors: the root, one of the usual names in it, or its only dictionary with tensors.
    private static func stateDictionary(
        _ root: PickleValue, _ machine: PickleMachine
    ) throws(ContentProblem) -> [(String, PickledTensor)] {
        func entries(_ value: PickleValue) -> [(String, PickleValue)] {
            guard case .dictionary = value else { return [] }
            let items = machine.items(value)
            return stride(from: 0, to: items.count - 1, by: 2).compactMap { place in
                if case .text(let name) = items[place] { (name, items[place + 1]) } else { nil }
            }
        }
        func tensors(_ value: PickleValue) -> [(String, PickledTensor)] {
            entries(value).compactMap { name, value in if case .tensor(let index) = value { (name, machine.tensors[index]) } else { nil } }
        }
        let own = tensors(root)
        if !own.isEmpty { return own }
        let inner = entries(root).map { (name: $0.0, tensors: tensors($0.1)) }.filter { !$0.tensors.isEmpty }
        for name in usualWrappers { if let found = inner.first(where: { $0.name == name }) { return found.tensors } }
        if inner.count == 1 { return inner[0].tensors }
        throw ContentProblem(
            inner.isEmpty
                ? "it holds no dictionary of tensors. Save the model's 'state_dict()', best as safetensors"
                : "it holds several dictionaries of tensors: \(CheckpointError.list(inner.map(\.name))). Save the one you mean as safetensors")
    }
}

extension PickleCheckpoint {
    /// The archive of PyTorch 1.6 and later: `NAME/data.pkl`, and each storage as `NAME/data/KEY`.
    private static func zipped(
        _ bytes: UnsafeRawBufferPointer, _ machine: inout PickleMachine
    ) throws(ContentProblem) -> (PickleValue, [String: Range<Int>]) {
        let archive = try ZipArchive(bytes)
        guard let pickle = archive.files.first(where: { $0.key.hasSuffix("/data.pkl") }) else {
            throw ContentProblem("it is a zip archive without weights of PyTorch ('data.pkl'). Give the file of weights itself")
        }
        let folder = pickle.key.dropLast("data.pkl".count)
        if let order = archive.files[folder + "byteorder"], !bytes[order].starts(with: "little".utf8) {
            throw ContentProblem("its numbers are stored big endian. Save the weights as safetensors")
        }
        var cursor = ByteCursor(bytes: UnsafeRawBufferPointer(rebasing: bytes[pickle.value]))
        let root = try machine.run(&cursor)
        let prefix = folder + "data/"
        let storages = archive.files.filter { $0.key.hasPrefix(prefix) }.map { (String($0.key.dropFirst(prefix.count)), $0.value) }
        return (root, Dictionary(storages, uniquingKeysWith: { first, _ in first }))
    }

    /// The older form: a mark, a version, facts of the machine, the values, the names of the storages, then each of them
    /// behind its count of elements.
    private static func older(
        _ bytes: UnsafeRawBufferPointer, _ machine: inout PickleMachine
    ) throws(ContentProblem) -> (PickleValue, [String: Range<Int>]) {
        var cursor = ByteCursor(bytes: bytes)
        for _ in 0..<3 { _ = try machine.run(&cursor) }
        let root = try machine.run(&cursor)
        let list = try machine.run(&cursor), names = machine.items(list)
        let dtypes = Dictionary(machine.storages.map { ($0.key, $0.dtype) }, uniquingKeysWith: { first, _ in first })
        var storages: [String: Range<Int>] = [:]
        for name in names {
            guard case .text(let key) = name, let dtype = dtypes[key] else { throw .damaged("it stores numbers that no tensor uses") }
            let (size, overflow) = try cursor.length(8).multipliedReportingOverflow(by: dtype.byteCount)
            guard !overflow else { throw .damaged("its storage '\(key)' is larger than any file") }
            let begin = cursor.position
            _ = try cursor.take(size)
            storages[key] = begin..<begin + size
        }
        return (root, storages)
    }
}

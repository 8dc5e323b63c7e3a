import Foundation
public import Torch

/// Writes safetensors files that are whole or not there.
///
/// Tensors stand sorted by falling element size, then by name, behind a header padded to a multiple of 8 bytes, so that
/// every tensor is aligned to its element size. Source: safetensors, README "Format" and `prepare`.
public enum SafetensorsWriter {
    /// Writes `tensors` to `path`, replacing what is there only when all bytes are on disk.
    ///
    /// The bytes go to a temporary file in the same directory, which is flushed and renamed.
    ///
    /// - Parameters:
    ///   - tensors: names and values; any device, any strides.
    ///   - metadata: free text stored under `__metadata__`.
    /// - Throws: `CheckpointError.unwritable`; the temporary file is gone then, and a file at `path` is untouched.
    public static func write(
        _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:], to path: String
    ) throws {
        let infos = tensors.map { (name: $0.name, info: TensorInfo(dtype: $0.tensor.dtype, shape: $0.tensor.shape)) }
        try write(infos, metadata: metadata, to: path) { put in
            for (name, tensor) in tensors { try put(name, tensor) }
        }
    }

    /// Writes tensors that are made one after another, so that a file may be larger than memory.
    ///
    /// - Parameters:
    ///   - tensors: names, types and shapes of all tensors.
    ///   - fill: hands over each of them once, in any order.
    /// - Throws: `CheckpointError.unwritable`, or what `fill` throws; nothing is left behind then.
    public static func write(
        _ tensors: [(name: String, info: TensorInfo)], metadata: [String: String] = [:], to path: String,
        fill: ((String, Tensor) throws -> Void) throws -> Void
    ) throws {
        var names: Set<String> = []
        for (name, _) in tensors where !names.insert(name).inserted || name == "__metadata__" {
            throw CheckpointError.unwritable(path: path, reason: "the name '\(name)' \(name == "__metadata__" ? "is reserved" : "is given twice")")
        }
        let ordered = ordered(tensors)
        let header = header(ordered, metadata)
        var offset = header.count, places: [String: Int] = [:]
        for (name, info) in ordered {
            places[name] = offset
            offset += info.byteCount
        }
        var missing = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.info) })
        try AtomicFile.write(to: path) { file in
            try file.append(header)
            try fill { name, tensor in
                let info = missing.removeValue(forKey: name)
                precondition(info == TensorInfo(dtype: tensor.dtype, shape: tensor.shape), "'\(name)' is not as it was announced, or given twice")
                guard let place = places[name], tensor.count > 0 else { return }
                try tensor.withUnsafeBytes { bytes in try file.write(bytes, at: place) }
            }
            precondition(missing.isEmpty, "\(missing.keys.sorted()) were announced and not given")
        }
    }

    /// Bytes of a file with these tensors.
    public static func byteCount(_ tensors: [(name: String, info: TensorInfo)], metadata: [String: String] = [:]) -> Int {
        tensors.reduce(header(ordered(tensors), metadata).count) { $0 + $1.info.byteCount }
    }

    private static func ordered(_ tensors: [(name: String, info: TensorInfo)]) -> [(name: String, info: TensorInfo)] {
        tensors.sorted { ($1.info.dtype.byteCount, $0.name) < ($0.info.dtype.byteCount, $1.name) }
    }

    /// The length, then the JSON text padded with spaces.
    static func header(_ tensors: [(name: String, info: TensorInfo)], _ metadata: [String: String]) -> [UInt8] {
        var members: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0)):\(quoted($1))" }
            members.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
        }
        var offset = 0
        for (name, info) in tensors {
            let shape = info.shape.map(String.init).joined(separator: ",")
            let type = SafetensorsType(info.dtype).rawValue
            let end = offset + info.byteCount
            members.append("\(quoted(name)):{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
            offset = end
        }
        var text = Array("{\(members.joined(separator: ","))}".utf8)
        text += [UInt8](repeating: UInt8(ascii: " "), count: -text.count & 7)
        return withUnsafeBytes(of: UInt64(text.count).littleEndian, Array.init) + text
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..<"\u{20}": result += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

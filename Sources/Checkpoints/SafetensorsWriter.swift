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
        var names: Set<String> = []
        for (name, _) in tensors where !names.insert(name).inserted || name == "__metadata__" {
            throw CheckpointError.unwritable(path: path, reason: "the name '\(name)' \(name == "__metadata__" ? "is reserved" : "is given twice")")
        }
        let ordered = tensors.sorted {
            ($1.tensor.dtype.byteCount, $0.name) < ($0.tensor.dtype.byteCount, $1.name)
        }
        try AtomicFile.write(to: path) { file in
            try file.append(header(ordered, metadata))
            for (_, tensor) in ordered where tensor.count > 0 {
                try tensor.withUnsafeBytes { bytes in try file.append(bytes) }
            }
        }
    }

    /// The length, then the JSON text padded with spaces.
    static func header(_ tensors: [(name: String, tensor: Tensor)], _ metadata: [String: String]) -> [UInt8] {
        var members: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0)):\(quoted($1))" }
            members.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
        }
        var offset = 0
        for (name, tensor) in tensors {
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            let type = SafetensorsType(tensor.dtype).rawValue
            let end = offset + tensor.count * tensor.dtype.byteCount
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

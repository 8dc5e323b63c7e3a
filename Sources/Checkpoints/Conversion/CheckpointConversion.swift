import Torch

/// Writes a checkpoint anew in another type, tensor by tensor, so that it may be larger than memory.
///
/// Codes take the matrices of linear layers. What quantizers leave alone stays wide: vectors, embeddings, and the small layers next to input
/// and output. Source of the list: city96, ComfyUI-GGUF, `tools/lcpp.patch`.
public struct CheckpointConversion {
    /// How far writing is.
    public struct Progress: Sendable {
        /// Tensors written, of how many.
        public let tensors, tensorCount: Int
        /// Bytes written, of how many.
        public let bytes, byteCount: Int
    }

    /// FLUX.1's layers that stay wide.
    private static let wideLayers: Set = ["img_in", "txt_in", "time_in", "vector_in", "guidance_in", "final_layer"]
    /// Parts of the names of tables, which are looked up and not multiplied with.
    private static let tables = ["embed", "shared", "relative_attention_bias"]

    private let source: any TensorSource
    private let type: StoredType
    private let architecture: String
    /// Every tensor of the source, in its order.
    private let plan: [(key: String, info: TensorInfo, form: Form)]

    /// How a tensor is written.
    private enum Form {
        case plain(DType)
        case eightBit, float8, blocks
    }

    /// - Parameter architecture: what a GGUF file says that it holds, "flux".
    public init(_ source: any TensorSource, to type: StoredType, architecture: String) {
        self.source = source
        self.type = type
        self.architecture = architecture
        plan = source.keys.compactMap { key in source.info(key).map { (key, $0, Self.form(key, $0, type)) } }
    }

    /// Bytes of the new file.
    public var byteCount: Int {
        type == .q8_0 ? GGUFWriter.byteCount(items, metadata: blockMetadata) : SafetensorsWriter.byteCount(infos, metadata: text)
    }

    private static func form(_ key: String, _ info: TensorInfo, _ type: StoredType) -> Form {
        guard info.dtype.isFloatingPoint else { return .plain(info.dtype) }
        if let dtype = type.dtype { return .plain(dtype) }
        if isCoded(key, info.shape) {
            switch type {
            case .int8: return .eightBit
            case .q8_0 where info.shape[1].isMultiple(of: BlockCode.q8_0.count): return .blocks
            case .fp8: return .float8
            default: break
            }
        }
        // Programs that read GGUF compute with vectors in float32.
        if type == .q8_0, info.shape.count < 2 { return .plain(.float32) }
        // bfloat16 holds every number of 8 bits.
        return .plain(info.dtype == .float64 ? .float32 : info.dtype.byteCount == 1 ? .bfloat16 : info.dtype)
    }

    private static func isCoded(_ key: String, _ shape: [Int]) -> Bool {
        guard key.hasSuffix(".weight"), shape.count == 2, shape[0] * shape[1] >= 1024 else { return false }
        return !key.split(separator: ".").contains { part in wideLayers.contains(String(part)) || tables.contains { part.contains($0) } }
    }

    // MARK: Writing

    /// Writes the file, replacing what is at `path` only when it is whole.
    ///
    /// - Parameter progress: called after every tensor; what it throws ends the work.
    /// - Throws: `CheckpointError.unwritable`, also for values that the type cannot hold; nothing is left behind then.
    public func write(to path: String, progress: (Progress) throws -> Void) throws {
        let byteCount = byteCount
        var done = 0, bytes = 0
        func fill(_ put: (String, Tensor) throws -> Void) throws {
            for (key, _, form) in plan {
                for (name, tensor) in try tensors(key, form, path) {
                    try put(name, tensor)
                    bytes += tensor.byteCount
                }
                source.release(key)
                done += 1
                try progress(Progress(tensors: done, tensorCount: plan.count, bytes: bytes, byteCount: byteCount))
            }
            if type == .fp8 { try put(Self.mark, .zeros([0], dtype: .float8e4m3)) }
        }
        try reusingMemory {
            if type == .q8_0 {
                try GGUFWriter.write(items, metadata: blockMetadata, to: path, fill: fill)
            } else {
                try SafetensorsWriter.write(infos, metadata: text, to: path, fill: fill)
            }
        }
    }

    /// What says to other programs that matrices in float8 have scales.
    private static let mark = "scaled_fp8"

    /// 7 is ggml's number of files that are mostly Q8_0; 2 is the version of its codes.
    private var blockMetadata: [(key: String, value: GGUFWriter.Value)] {
        [("general.architecture", .text(architecture)), ("general.quantization_version", .number(2)), ("general.file_type", .number(7))]
    }

    /// Free text of the source. What describes the codes of a GGUF file no longer holds.
    private var text: [String: String] { source.metadata.filter { !$0.key.hasPrefix("general.") } }

    private var items: [GGUFWriter.Item] {
        plan.map { key, info, form in
            if case .plain(let dtype) = form { .init(key, TensorInfo(dtype: dtype, shape: info.shape)) } else { .init(key, .q8_0, shape: info.shape) }
        }
    }

    private var infos: [(name: String, info: TensorInfo)] {
        var infos: [(name: String, info: TensorInfo)] = []
        for (key, info, form) in plan {
            switch form {
            case .plain(let dtype): infos.append((key, TensorInfo(dtype: dtype, shape: info.shape)))
            case .eightBit:
                infos.append((key, TensorInfo(dtype: .int8, shape: info.shape)))
                infos.append((Self.scaleKey(key, form), TensorInfo(dtype: .float32, shape: [info.shape[0], 1])))
            case .float8:
                infos.append((key, TensorInfo(dtype: .float8e4m3, shape: info.shape)))
                infos.append((Self.scaleKey(key, form), TensorInfo(dtype: .float32, shape: [])))
            case .blocks: preconditionFailure("safetensors hold no blocks")
            }
        }
        if type == .fp8 { infos.append((Self.mark, TensorInfo(dtype: .float8e4m3, shape: [0]))) }
        return infos
    }

    private static func scaleKey(_ key: String, _ form: Form) -> String {
        let layer = String(key.dropLast("weight".count))
        if case .float8 = form { return layer + "scale_weight" }
        return layer + "weight_scale"
    }

    // MARK: Tensors

    /// What is written for one tensor of the source. A matrix that has the code already keeps it bit for bit.
    private func tensors(_ key: String, _ form: Form, _ path: String) throws -> [(String, Tensor)] {
        switch form {
        case .plain(let dtype):
            let tensor = try source.tensor(key), result = try tensor.to(dtype)
            if dtype == .float16, tensor.dtype != .float16, try !result.isFinite().allTrue(), try Self.isFinite(tensor) {
                throw CheckpointError.unwritable(path: path, reason: "'\(key)' holds numbers beyond float16, which ends at 65504. Convert to bf16 instead")
            }
            return [(key, result)]
        case .eightBit:
            let matrix = try source.coded(key) as? EightBitMatrix ?? EightBitMatrix(finite(key, path))
            return [(key, matrix.codes), (Self.scaleKey(key, form), matrix.scale)]
        case .float8:
            let stored = try source.coded(key) as? Float8Matrix
            let matrix = if let stored, stored.codes.dtype == .float8e4m3 { stored } else { try Float8Matrix(finite(key, path)) }
            return [(key, matrix.codes), (Self.scaleKey(key, form), try Tensor([matrix.scale], shape: []))]
        case .blocks:
            let stored = try source.coded(key) as? BlockMatrix
            let matrix = if let stored, stored.code == .q8_0 { stored } else { try BlockMatrix.q8_0(finite(key, path)) }
            return [(key, matrix.blocks)]
        }
    }

    private func finite(_ key: String, _ path: String) throws -> Tensor {
        let tensor = try source.tensor(key)
        guard try Self.isFinite(tensor) else {
            throw CheckpointError.unwritable(path: path, reason: "'\(key)' holds numbers that are not finite, which \(type.rawValue) has no code for. Download its file again")
        }
        return tensor
    }

    private static func isFinite(_ tensor: Tensor) throws -> Bool {
        try (tensor.dtype.byteCount == 1 ? tensor.to(.float32) : tensor).isFinite().allTrue()
    }
}

import Checkpoints

/// A GGUF file put together by hand, sound or not.
struct TestGGUF {
    struct Tensor {
        var name: String
        /// Fastest dimension first, as in the file.
        var dimensions: [UInt64]
        var type: UInt32
        var offset: UInt64
    }

    var mark = Array("GGUF".utf8)
    var version: UInt32 = 3
    /// What the header says, where it lies.
    var tensorCount, valueCount: UInt64?
    /// Key, type, and the value's bytes.
    var values: [(key: String, type: UInt32, bytes: [UInt8])] = []
    var tensors: [Tensor] = []
    var alignment = 32
    var data: [UInt8] = []

    static func bytes(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.littleEndian, Array.init) }
    static func text(_ text: String) -> [UInt8] { bytes(UInt64(text.utf8.count)) + Array(text.utf8) }
    /// An array's type, length and elements.
    static func array(_ type: UInt32, _ elements: [[UInt8]], count: UInt64? = nil) -> [UInt8] {
        bytes(type) + bytes(count ?? UInt64(elements.count)) + elements.flatMap(\.self)
    }

    var bytes: [UInt8] {
        var bytes = mark + Self.bytes(version) + Self.bytes(tensorCount ?? UInt64(tensors.count)) + Self.bytes(valueCount ?? UInt64(values.count))
        for value in values { bytes += Self.text(value.key) + Self.bytes(value.type) + value.bytes }
        for tensor in tensors {
            bytes += Self.text(tensor.name) + Self.bytes(UInt32(tensor.dimensions.count))
            for size in tensor.dimensions { bytes += Self.bytes(size) }
            bytes += Self.bytes(tensor.type) + Self.bytes(tensor.offset)
        }
        bytes += [UInt8](repeating: 0, count: (alignment - bytes.count % alignment) % alignment)
        return bytes + data
    }

    /// A matrix of Q8_0, `[2, 32]`, and a vector of three float32.
    static var sound: TestGGUF {
        var file = TestGGUF()
        file.values = [("general.architecture", 8, text("flux")), ("general.file_type", 4, bytes(UInt32(7)))]
        file.tensors = [
            Tensor(name: "double_blocks.0.img_attn.qkv.weight", dimensions: [32, 2], type: 8, offset: 0),
            Tensor(name: "double_blocks.0.img_attn.qkv.bias", dimensions: [3], type: 0, offset: 96),
        ]
        file.data = (0..<68).map { UInt8($0) } + [UInt8](repeating: 0, count: 28) + [Float(1), 2, 3].flatMap { bytes($0.bitPattern) }
        return file
    }

    static func sound(_ change: (inout TestGGUF) -> Void) -> TestGGUF {
        var file = sound
        change(&file)
        return file
    }
}

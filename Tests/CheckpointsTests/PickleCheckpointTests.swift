import Checkpoints
import Foundation
import Testing
import Torch

/// Files that PyTorch saved: read without running them, or refused.
@Suite struct PickleCheckpointTests {
    @Test(.enabled(if: SharedData.path != nil, SharedData.absence))
    func theOfficialContainerHoldsTheTensorsOfTheSafetensorsFile() throws {
        let pickle = try Checkpoint.open(SharedData.golden("ben2/container_sample.pth"))
        let safe = try Checkpoint.open(SharedData.golden("ben2/BEN2_Base.safetensors"))
        #expect(pickle is PickleCheckpoint && pickle.keys.count == 6)
        for key in pickle.keys {
            #expect(pickle.info(key) == safe.info(key))
            #expect(try bytes(of: pickle.tensor(key)) == bytes(of: safe.tensor(key)), "\(key)")
        }
    }

    @Test(.enabled(if: SharedData.path != nil, SharedData.absence))
    func trainingStateBesideTheTensorsIsLeftAside() throws {
        let source = try Checkpoint.open(SharedData.golden("vqgan/tokenizer/vqgan.ckpt"))
        #expect(source.keys.contains { $0.hasPrefix("encoder.") } && source.keys.contains { $0.hasPrefix("loss.") })
        for key in source.keys { #expect(try source.tensor(key).shape == source.info(key)?.shape) }
    }

    /// A pickle of one tensor, 2 x 3 float32 unless told otherwise, in the given function.
    static func pickle(
        rebuild: String = "ctorch._utils\n_rebuild_tensor_v2\n", storage: String = "FloatStorage", count: UInt8 = 6, offset: UInt8 = 0,
        shape: [UInt8] = [2, 3], strides: [UInt8] = [3, 1], wrapper: String? = nil
    ) -> [UInt8] {
        func text(_ value: String) -> [UInt8] { [UInt8(ascii: "X"), UInt8(value.utf8.count), 0, 0, 0] + Array(value.utf8) }
        func tuple(_ values: [UInt8]) -> [UInt8] { Array("(".utf8) + values.flatMap { [UInt8(ascii: "K"), $0] } + Array("t".utf8) }
        let k = UInt8(ascii: "K")
        var tensor = Array("\(rebuild)((".utf8)
        tensor += text("storage")
        tensor += Array("ctorch\n\(storage)\n".utf8)
        tensor += text("0")
        tensor += text("cpu")
        tensor += [k, count]
        tensor += Array("tQ".utf8)
        tensor += [k, offset]
        tensor += tuple(shape)
        tensor += tuple(strides)
        tensor += [0x89]
        tensor += Array("}tR".utf8)
        let inner: [UInt8] = Array("}".utf8) + text("w") + tensor + Array("s".utf8)
        var whole: [UInt8] = [0x80, 2]
        if let wrapper {
            whole += Array("}(".utf8)
            whole += text("epoch")
            whole += [k, 7]
            whole += text(wrapper)
            whole += inner
            whole += Array("u".utf8)
        } else {
            whole += inner
        }
        return whole + Array(".".utf8)
    }

    /// The older form of a file: four pickles, the storages' names, and one storage of 0, 1, 2 …
    static func olderFile(_ pickle: [UInt8], count: UInt8 = 6) -> [UInt8] {
        let mark: [UInt8] = [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
        let version: [UInt8] = [0x80, 2, UInt8(ascii: "M"), 0xE9, 3, 0x2E], system: [UInt8] = [0x80, 2, UInt8(ascii: "}"), 0x2E]
        let names: [UInt8] = [0x80, 2] + Array("](X".utf8) + [1, 0, 0, 0, UInt8(ascii: "0")] + Array("e.".utf8)
        let values = (0..<count).flatMap { withUnsafeBytes(of: Float($0).bitPattern.littleEndian, Array.init) }
        return mark + version + system + pickle + names + [count, 0, 0, 0, 0, 0, 0, 0] + values
    }

    private func opened(_ bytes: [UInt8]) throws -> (PickleCheckpoint, TemporaryDirectory) {
        let directory = try TemporaryDirectory()
        return (try PickleCheckpoint(path: directory.write(bytes, to: "w.pth")), directory)
    }

    @Test(arguments: [nil, "state_dict", "model_state_dict", "anything"])
    func theOlderFormIsRead(_ wrapper: String?) throws {
        let (source, directory) = try opened(Self.olderFile(Self.pickle(wrapper: wrapper)))
        #expect(source.keys == ["w"] && source.info("w") == TensorInfo(dtype: .float32, shape: [2, 3]))
        #expect(try source.tensor("w").values(as: Float.self) == [0, 1, 2, 3, 4, 5])
        #expect(try Checkpoint.open(directory.file("w.pth")) is PickleCheckpoint)
    }

    @Test func transposedTensorsComeInTheirShape() throws {
        let (source, _) = try opened(Self.olderFile(Self.pickle(shape: [3, 1, 2], strides: [1, 77, 3])))
        #expect(try source.tensor("w").values(as: Float.self) == [0, 3, 1, 4, 2, 5])
    }

    @Test func classesAreNeverCalled() throws {
        let bytes = Self.olderFile(Self.pickle(rebuild: "cmine\nlayer\n"))
        #expect(checkpointError { _ = try opened(bytes) }.contains("it holds no dictionary of tensors"))
    }

    @Test(arguments: ["os system", "posix system", "nt system", "subprocess Popen", "builtins eval", "__builtin__ exec", "importlib.util find_spec", "torch.hub load"])
    func codeIsRefusedByItsName(_ name: String) throws {
        let parts = name.split(separator: " ")
        let inPlaceOfATensor = Self.olderFile(Self.pickle(rebuild: "c\(parts[0])\n\(parts[1])\n"))
        // As an exploit hides it: beside tensors, in a value that nothing reads.
        let whole = Self.pickle(wrapper: "state_dict")
        let call = Array("c\(parts[0])\n\(parts[1])\n(X".utf8) + [2, 0, 0, 0] + Array("lstR0".utf8)
        for bytes in [inPlaceOfATensor, Self.olderFile(whole.dropLast() + call + Array(".".utf8))] {
            let message = checkpointError { _ = try opened(bytes) }
            #expect(message.contains("'\(name)'") && message.contains("run code"), "\(message)")
        }
    }

    @Test(arguments: ["collections OrderedDict", "argparse Namespace", "builtins set", "pathlib PosixPath", "numpy.core.multiarray scalar"])
    func harmlessNamesBesideTensorsAreLeftAside(_ name: String) throws {
        let parts = name.split(separator: " ")
        let call = Array("c\(parts[0])\n\(parts[1])\n)R0".utf8)
        let (source, _) = try opened(Self.olderFile(Self.pickle(wrapper: "state_dict").dropLast() + call + Array(".".utf8)))
        #expect(source.keys == ["w"])
    }

    struct Lie: Sendable, CustomStringConvertible {
        let pickle: [UInt8]
        let description: String

        init(_ pickle: [UInt8], _ description: String) { (self.pickle, self.description) = (pickle, description) }
        init(_ code: String, _ description: String) { self.init([0x80, 2] + Array(code.utf8), description) }
    }

    static let lies: [Lie] = [
        Lie(pickle(shape: [2, 4], strides: [4, 1]), "reaches beyond the 6 numbers"),
        Lie(pickle(offset: 1), "reaches beyond the 6 numbers"),
        Lie(pickle(strides: [2, 1]), "has gaps"),
        Lie(pickle(strides: [0, 0]), "has gaps"),
        Lie(pickle(storage: "ComplexStorage"), "numbers of the type 'torch ComplexStorage'"),
        Lie("t.", "closes what it has not opened"),
        Lie("h\u{5}.", "recalls value 5"),
        Lie("i.", "operation 0x69"),
        Lie("X\u{7F}\u{7F}\u{7F}\u{7F}", "in the middle of a value"),
    ]

    @Test(arguments: lies)
    func filesThatLieAreRefused(_ lie: Lie) throws {
        let message = checkpointError { _ = try opened(Self.olderFile(lie.pickle)) }
        #expect(message.contains(lie.description), "\(message)")
    }

    @Test(arguments: 1...3) func mutatedFilesAreReadOrRefused(seed: UInt64) throws {
        var generator = HeaderMutationTests.Generator(state: seed)
        var files = [Self.olderFile(Self.pickle(wrapper: "state_dict"))]
        if SharedData.path != nil {
            files.append(try Array(Data(contentsOf: URL(fileURLWithPath: SharedData.golden("ben2/container_sample.pth")))))
        }
        let directory = try TemporaryDirectory()
        var read = 0, refused = 0
        for index in 0..<1500 {
            var bytes = files[index % files.count]
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let at = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes[at] = 255
                case 2: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...9, using: &generator)))
                default: bytes.insert(contentsOf: bytes[at...].prefix(12), at: at)
                }
            }
            let path = try directory.write(bytes, to: "m.pth")
            do {
                let source = try PickleCheckpoint(path: path)
                for key in source.keys { _ = try source.tensor(key).contiguous() }
                read += 1
            } catch {
                #expect(error is CheckpointError, "\(error)")
                refused += 1
            }
        }
        #expect(read > 0 && refused > 0, "the mutations reach both outcomes")
    }
}

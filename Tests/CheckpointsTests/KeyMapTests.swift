import Checkpoints
import Foundation
import Testing
import Torch

@Suite struct KeyMapTests {
    /// A source whose tensors hold 0, 1, 2, … as float32.
    private func source(_ shapes: [(String, [Int])], in directory: TemporaryDirectory) throws -> SafetensorsReader {
        let tensors = try shapes.map { name, shape in
            (name: name, tensor: try Tensor((0..<shape.reduce(1, *)).map(Float.init), shape: shape))
        }
        try SafetensorsWriter.write(tensors, to: directory.file("x.safetensors"))
        return try SafetensorsReader(path: directory.file("x.safetensors"))
    }

    private func shapes(_ keys: [String], _ shape: [Int] = [2, 2]) -> ShapeSource {
        ShapeSource(location: "x.safetensors", tensors: keys.map { ($0, TensorInfo(dtype: .float32, shape: shape)) })
    }

    @Test(arguments: [
        ("a.{n}.{p}", "b.{n}.x.{p}", "a.12.weight", "b.12.x.weight"),
        ("a.weight", "b.weight", "a.weight", "b.weight"),
        ("model.", "", "model.a.b", "a.b"),
        ("blocks_{n}_attn_{name}.{p}", "blocks.{n}.{name}.{p}", "blocks_3_attn_qkv_lora1.down", "blocks.3.qkv_lora1.down"),
        ("layers.{n}.", "blocks.{n}.", "layers.7.attn.q.weight", "blocks.7.attn.q.weight"),
    ])
    func patternsCarryTheirPlaceholders(_ from: String, _ to: String, _ key: String, _ expected: String) throws {
        let target = to.isEmpty ? "{rest}" : to
        let rule = to.isEmpty ? KeyMap.Rule.rename("model.{a}.{b}", to: "{a}.{b}") : .rename(from, to: target)
        #expect(try KeyMap([rule]).applied(to: shapes([key])).keys == [expected])
    }

    @Test(arguments: [("a.{n}.w", "a.1.2.w"), ("a.{n}.w", "a..w"), ("a.w", "a.w.b"), ("a.w.b", "a.w"), ("a.", "a."), ("a_{n}_", "a__")])
    func patternsMatchWholeKeysOnly(_ pattern: String, _ key: String) throws {
        #expect(try KeyMap([.drop(pattern)]).applied(to: shapes([key])).keys == [key])
    }

    @Test func everyOperationMovesTheRightRows() throws {
        let directory = try TemporaryDirectory()
        let source = try source([("q", [1, 2]), ("k", [2, 2]), ("swap", [4]), ("all", [3, 2]), ("linear", [2, 3]), ("keep", [1]), ("gone.x", [1])], in: directory)
        let mapped = try KeyMap([
            .fuse(["q", "k"], into: "qk"), .swapHalves("swap", to: "swapped"), .split("all", into: [.init("one", count: 1), .init("two", count: 2)]),
            .pointwise("linear", to: "conv"), .drop("gone."),
        ]).applied(to: source)
        #expect(Set(mapped.keys) == ["qk", "swapped", "one", "two", "conv", "keep"])
        let expected: [String: ([Int], [Float])] = [
            "qk": ([3, 2], [0, 1, 0, 1, 2, 3]), "swapped": ([4], [2, 3, 0, 1]), "one": ([1, 2], [0, 1]), "two": ([2, 2], [2, 3, 4, 5]),
            "conv": ([2, 3, 1, 1], [0, 1, 2, 3, 4, 5]), "keep": ([1], [0]),
        ]
        for (key, (shape, values)) in expected {
            #expect(mapped.info(key)?.shape == shape)
            #expect(try mapped.tensor(key).shape == shape)
            #expect(try mapped.tensor(key).values(as: Float.self) == values, "\(key)")
        }
    }

    @Test func theFirstRuleThatTakesAKeyDecides() throws {
        let mapped = try KeyMap([.rename("a.0.w", to: "first"), .rename("a.{n}.w", to: "b.{n}")]).applied(to: shapes(["a.0.w", "a.1.w"]))
        #expect(mapped.keys == ["first", "b.1"])
    }

    @Test(arguments: [
        (KeyMap([.fuse(["q.{n}", "k.{n}"], into: "qk.{n}")]), ["q.0", "k.0", "q.1"], "'k.1' is missing, a part of 'qk.1'"),
        (KeyMap([.fuse(["q", "q"], into: "qq")]), ["q"], "taken twice"),
        (KeyMap([.rename("a", to: "c"), .rename("b", to: "c")]), ["a", "b"], "'a' and 'b' would both become 'c'"),
        (KeyMap([.rename("a", to: "b")]), ["a", "b"], "would both become 'b'"),
        (KeyMap([.split("a", into: [.init("b", count: 3)])]), ["a"], "expected 3 rows"),
        (KeyMap([.fuse(["a", "b"], into: "c", dim: 2)]), ["a", "b"], "expected a dimension 2"),
    ])
    func unfitKeysAreRefused(_ map: KeyMap, _ keys: [String], _ expected: String) {
        let message = checkpointError { _ = try map.applied(to: shapes(keys)) }
        #expect(message.contains(expected) && message.contains("x.safetensors"), "\(message)")
    }

    @Test func oddRowsCannotSwapHalves() {
        #expect(checkpointError { _ = try KeyMap([.swapHalves("a", to: "b")]).applied(to: shapes(["a"], [3])) }.contains("even number of rows"))
    }
}

/// The tables of FLUX.1-dev in the layout of diffusers, held against the listing of every tensor of the real file.
@Suite(.enabled(if: SharedData.path != nil, SharedData.absence)) struct DiffusersKeyMapTests {
    struct Mapping: Decodable {
        struct Entry: Decodable {
            let bfl: String, diffusers: [String], op: String
            let bfl_shape: [Int]
        }
        let transformer: [Entry], vae: [Entry]

        static func read() throws -> Mapping {
            let data = try Data(contentsOf: URL(fileURLWithPath: SharedData.golden("diffusers-layout/mapping.json")))
            return try JSONDecoder().decode(Mapping.self, from: data)
        }
    }

    private func rules(_ entries: [Mapping.Entry]) throws -> KeyMap {
        KeyMap(try entries.compactMap { entry in
            switch entry.op {
            case "copy": entry.bfl == entry.diffusers[0] ? nil : .rename(entry.diffusers[0], to: entry.bfl)
            case "concat0": .fuse(entry.diffusers, into: entry.bfl)
            case "swap_halves0": .swapHalves(entry.diffusers[0], to: entry.bfl)
            default: try #require(entry.op == "conv1x1_to_linear" ? .pointwise(entry.diffusers[0], to: entry.bfl) : nil)
            }
        })
    }

    @Test func theRealFilesKeysAndShapesComeOut() throws {
        let mapping = try Mapping.read()
        for (component, entries) in [("transformer_diffusers", mapping.transformer), ("vae_diffusers", mapping.vae)] {
            let source = try ShapeSource(manifest: SharedData.golden("diffusers-layout/manifest.json"), component: [component])
            let mapped = try rules(entries).applied(to: source)
            #expect(Set(mapped.keys) == Set(entries.map(\.bfl)))
            for entry in entries { #expect(mapped.info(entry.bfl)?.shape == entry.bfl_shape) }
        }
    }

    @Test func bothLayoutsHoldEqualTensors() throws {
        let mapping = try Mapping.read()
        let root = try SharedData.golden("diffusers-layout/")
        for (path, original, entries) in [("transformer", "flux1-dev", mapping.transformer), ("vae", "ae", mapping.vae)] {
            let source = try Checkpoint.open(root + "FLUX.1-dev/\(path)")
            let reference = try Checkpoint.open(root + "bfl/\(original).safetensors")
            // The small model has fewer blocks than the real one.
            let present = entries.filter { source.info($0.diffusers[0]) != nil }
            let mapped = try rules(present).applied(to: source)
            #expect(Set(mapped.keys) == Set(reference.keys))
            for key in reference.keys {
                #expect(mapped.info(key)?.shape == reference.info(key)?.shape, "\(key)")
                #expect(try mapped.tensor(key).values(as: Float.self) == reference.tensor(key).values(as: Float.self), "\(key)")
            }
        }
    }
}

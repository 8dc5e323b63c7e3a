import Checkpoints
import Flux
import Layers
import Foundation
import TestSupport
import Testing
import Torch
import UNO

/// Which files are taken for an adapter, and what is said about the others.
struct AdapterKeyTests {
    @Test(.enabled(if: Golden.isAvailable("uno-lora"), Golden.absence))
    func everyKeyOfTheRealAdapterMapsBothWays() throws {
        let source = try ShapeSource(
            manifest: Golden("uno-lora").path("manifest.json"), component: ["dit_lora.safetensors (rank 512)"])
        #expect(Set(ProcessorAdapterKeys.keys(for: .dev)) == Set(source.keys))
        let adapters = try ProcessorAdapterKeys.adapters(in: source, configuration: .dev, weight: 1, dtype: .bfloat16)
        #expect(adapters.count == source.keys.count / 2)
        #expect(adapters["single_blocks.37.linear1"]?.rows == 0..<9216)
        #expect(adapters["double_blocks.18.txt_attn.proj"]?.rows == nil)
    }

    static let tiny = FluxConfiguration.dev.with {
        ($0.hiddenSize, $0.headCount, $0.axesDim, $0.depth, $0.singleDepth) = (32, 2, [4, 6, 6], 1, 1)
    }

    private func problem(_ shapes: [(String, [Int])]) -> String {
        let source = ShapeSource(location: "a.safetensors", tensors: shapes.map { ($0.0, TensorInfo(dtype: .float32, shape: $0.1)) })
        do {
            _ = try ProcessorAdapterKeys.adapters(in: source, configuration: Self.tiny, weight: 1, dtype: .float32)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func keysThatTouchNothingAreNamed() {
        let text = problem([
            ("double_blocks.1.processor.qkv_lora1.down.weight", [4, 32]), ("double_blocks.0.processor.qkv_lora3.up.weight", [96, 4]),
            ("lora_unet_single.lora_down.weight", [4, 32]),
        ])
        #expect(text.contains("3 tensors belong to no layer"))
        #expect(text.contains("double_blocks.1.processor.qkv_lora1.down.weight"))
    }

    @Test func halfAPairIsNamed() {
        let text = problem([("single_blocks.0.processor.proj_lora.down.weight", [4, 160])])
        #expect(text.contains("no partner") && text.contains("proj_lora.down"))
    }

    @Test func wrongShapesAreNamed() {
        let text = problem([
            ("single_blocks.0.processor.proj_lora.down.weight", [4, 161]), ("single_blocks.0.processor.proj_lora.up.weight", [32, 4]),
        ])
        #expect(text.contains("[4, 161]") && text.contains("[rank, 160]"))
    }

    @Test func emptyFilesAreRefused() {
        #expect(!problem([]).isEmpty)
    }

    @Test func anyRankIsTaken() {
        #expect(problem([
            ("single_blocks.0.processor.qkv_lora.down.weight", [3, 32]), ("single_blocks.0.processor.qkv_lora.up.weight", [96, 3]),
        ]).isEmpty)
    }
}

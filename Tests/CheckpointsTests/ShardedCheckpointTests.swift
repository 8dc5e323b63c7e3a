import Checkpoints
import Foundation
import Testing
import Torch

@Suite struct ShardedCheckpointTests {
    private func shards(_ weightMap: String, in directory: TemporaryDirectory) throws -> String {
        try SafetensorsWriter.write(
            [("a", Tensor([1] as [Float], shape: [1])), ("b", Tensor([2] as [Float], shape: [1]))], metadata: ["format": "pt"],
            to: directory.file("model-00001-of-00002.safetensors"))
        try SafetensorsWriter.write([("c", Tensor([3] as [Float], shape: [1]))], to: directory.file("model-00002-of-00002.safetensors"))
        let text = #"{"metadata":{"total_size":12,"nested":[1.5,{"x":null}]},"weight_map":\#(weightMap)}"#
        return try directory.write(Array(text.utf8), to: "model.safetensors.index.json")
    }

    private let sound =
        #"{"c":"model-00002-of-00002.safetensors","a":"model-00001-of-00002.safetensors","b":"model-00001-of-00002.safetensors"}"#

    @Test func tensorsComeFromTheirShards() throws {
        let directory = try TemporaryDirectory()
        let checkpoint = try ShardedCheckpoint(indexPath: shards(sound, in: directory))
        #expect(checkpoint.keys == ["c", "a", "b"])
        #expect(try checkpoint.keys.map { try checkpoint.tensor($0).values(as: Float.self) } == [[3], [1], [2]])
        #expect(checkpoint.metadata == ["format": "pt"])
        #expect(checkpointError { _ = try checkpoint.tensor("d") }.contains("holds no tensor 'd'"))
    }

    @Test func allMissingShardsAreNamedAtOnce() throws {
        let directory = try TemporaryDirectory()
        let index = try shards(#"{"a":"one.safetensors","b":"two.safetensors","c":"model-00002-of-00002.safetensors"}"#, in: directory)
        let message = checkpointError { _ = try ShardedCheckpoint(indexPath: index) }
        #expect(message.contains("2 files") && message.contains("'one.safetensors', 'two.safetensors'"))
    }

    @Test func indexAndShardsMustAgree() throws {
        let directory = try TemporaryDirectory()
        let index = try shards(
            #"{"c":"model-00002-of-00002.safetensors","x":"model-00002-of-00002.safetensors","a":"model-00001-of-00002.safetensors"}"#, in: directory)
        #expect(throws: CheckpointError.shardMismatch(index: index, absent: ["x"], unlisted: ["b"])) { try ShardedCheckpoint(indexPath: index) }
        let swapped = try shards(sound.replacing(#""c":"model-00002"#, with: #""c":"model-00001"#), in: directory)
        let message = checkpointError { _ = try ShardedCheckpoint(indexPath: swapped) }
        #expect(message.contains("do not belong together") && message.contains("'c'"), "\(message)")
    }

    @Test(arguments: ["../x.safetensors", "/etc/passwd", "a/b.safetensors", "..", "", "a\\b", "../\u{301}x", "x\\u0000.safetensors"])
    func shardsOutsideTheDirectoryAreRefused(_ name: String) throws {
        let directory = try TemporaryDirectory()
        let escaped = name.replacing("\\b", with: "\\\\b")
        let index = try shards(#"{"a":"\#(escaped)"}"#, in: directory)
        let message = checkpointError { _ = try ShardedCheckpoint(indexPath: index) }
        #expect(message.contains("expected a file name without directories"), "\(message)")
    }

    @Test(arguments: [
        ("{", "not the JSON of an index"), ("[]", "where an object is expected"), ("{}", "no 'weight_map'"),
        (#"{"weight_map":{}}"#, "no 'weight_map'"), (#"{"weight_map":{"a":1}}"#, "where a string is expected"),
        (#"{"weight_map":{"a":"x","a":"y"}}"#, "names 'a' twice"), ("<html>", "web page"), ("", "not the JSON of an index"),
        (String(repeating: "[", count: 100_000), "where an object is expected"),
        (#"{"metadata":"# + String(repeating: "[", count: 100_000), "nested less deeply"),
    ])
    func damagedIndexesAreRefused(_ text: String, _ expected: String) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(Array(text.utf8), to: "model.safetensors.index.json")
        let message = checkpointError { _ = try ShardedCheckpoint(indexPath: path) }
        #expect(message.contains(expected) && message.contains(path), "\(message)")
    }

    @Test func aDamagedShardIsNamed() throws {
        let directory = try TemporaryDirectory()
        let index = try shards(sound, in: directory)
        try directory.write(Array("<html></html>".utf8), to: "model-00002-of-00002.safetensors")
        let message = checkpointError { _ = try ShardedCheckpoint(indexPath: index) }
        #expect(message.contains("model-00002-of-00002.safetensors") && message.contains("web page"))
    }

    @Test(.enabled(if: SharedData.path != nil, SharedData.absence)) func shardedEncoderHasTheKeysOfItsIndex() throws {
        let directory = try SharedData.golden("text-encoders/t5-sharded")
        let source = try Checkpoint.open(directory)
        #expect(source.location.hasSuffix("model.safetensors.index.json"))
        for key in source.keys { #expect(try source.tensor(key).shape == source.info(key)?.shape) }
    }
}

public import Checkpoints
import Foundation
public import Torch

/// A text encoder's directory in Hugging Face layout: `config.json` beside (sharded) safetensors.
public enum EncoderDirectory {
    /// Loads T5 from a directory. Weights are mapped, not copied, where `dtype` is the stored one.
    ///
    /// - Parameters:
    ///   - storage: the form that the weights of the linear layers stay in.
    ///   - added: tokens behind the tokenizer's own, whose rows replace the rest of the embedding table.
    /// - Throws: `TextEncoderError`, `CheckpointError`.
    public static func t5(
        _ directory: String, dtype: DType?, device: Device = .cpu, storage: WeightStorage = .numbers, added: AddedTokens.Rows? = nil
    ) throws -> Loaded<T5Encoder> {
        let (configuration, source) = try t5Source(directory, added: added)
        return try ParameterScope.load(
            source, dtype: dtype, device: device, storage: storage, of: T5Encoder.codedLayers, ignoring: T5Encoder.ignoredKeys
        ) {
            try T5Encoder(configuration, at: $0)
        }
    }

    /// Whether an encoder's file holds matrices in a code.
    package static func holdsCodes(_ directory: String) throws -> Bool {
        let source = try Checkpoint.open(directory)
        return try source.keys.contains { try source.coded($0) != nil }
    }

    /// What `t5` would hold, from the files' headers alone.
    package static func t5Outline(
        _ directory: String, dtype: DType?, storage: WeightStorage, added: AddedTokens.Rows? = nil
    ) throws -> ParameterSet {
        let (configuration, source) = try t5Source(directory, added: added)
        return try ParameterScope.outline(of: source, dtype: dtype, storage: storage, of: T5Encoder.codedLayers, ignoring: T5Encoder.ignoredKeys) {
            try T5Encoder(configuration, at: $0)
        }
    }

    /// What `clip` would hold.
    package static func clipOutline(_ directory: String, dtype: DType?) throws -> ParameterSet {
        let configuration = try configuration(CLIPTextConfiguration.self, in: directory)
        return try ParameterScope.outline(of: Checkpoint.open(directory), dtype: dtype, ignoring: CLIPTextEncoder.ignoredKeys) {
            try CLIPTextEncoder(configuration, at: $0)
        }
    }

    private static func t5Source(_ directory: String, added: AddedTokens.Rows?) throws -> (T5Configuration, any TensorSource) {
        var configuration = try configuration(T5Configuration.self, in: directory)
        var source = try Checkpoint.open(directory)
        if let added {
            source = try ExtendedTable(source, key: T5Encoder.tableKey, rows: added)
            configuration.vocabularySize = added.firstID + added.tokens.texts.count
        }
        return (configuration, source)
    }

    /// Loads CLIP's text encoder from a directory; the vision half of full CLIP files is ignored.
    ///
    /// - Throws: `TextEncoderError`, `CheckpointError`.
    public static func clip(_ directory: String, dtype: DType?, device: Device = .cpu) throws -> Loaded<CLIPTextEncoder> {
        let configuration = try configuration(CLIPTextConfiguration.self, in: directory)
        return try ParameterScope.load(Checkpoint.open(directory), dtype: dtype, device: device, ignoring: CLIPTextEncoder.ignoredKeys) {
            try CLIPTextEncoder(configuration, at: $0)
        }
    }

    /// Reads `config.json`.
    package static func configuration<Configuration: Decodable>(_ type: Configuration.Type, in directory: String) throws(TextEncoderError) -> Configuration {
        let path = (directory as NSString).appendingPathComponent("config.json")
        do {
            return try ConfigurationFile.decoded(type, at: path)
        } catch {
            throw .configuration(path, problem: error.text)
        }
    }
}

/// What can be wrong with a text encoder or its input.
public enum TextEncoderError: Error, Sendable, Equatable, CustomStringConvertible {
    case configuration(String, problem: String)
    case tokenOutOfRange(directory: String, id: Int, vocabularySize: Int)
    case tooLong(directory: String, length: Int, limit: Int)
    case addedTokens(file: String, problem: String)

    public var description: String {
        switch self {
        case .configuration(let path, let problem):
            "\(path): \(problem). Download the encoder's config.json again."
        case .tokenOutOfRange(let directory, let id, let vocabularySize):
            "\(directory): the tokenizer gives id \(id) but the encoder knows \(vocabularySize) tokens. Check that both files belong to one model."
        case .tooLong(let directory, let length, let limit):
            "\(directory) takes at most \(limit) tokens; the model asks for \(length). Correct clip_max_length in model.json."
        case .addedTokens(let file, let problem):
            "\(file): \(problem). Check that this file belongs to this T5 encoder."
        }
    }
}

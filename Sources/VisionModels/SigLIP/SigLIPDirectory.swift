public import Checkpoints
import Foundation
public import Torch

/// A SigLIP directory in Hugging Face layout: `config.json` and `preprocessor_config.json` beside (sharded) safetensors.
public enum SigLIPDirectory {
    /// Loads the vision encoder; the text half of full SigLIP files is ignored. Weights are mapped, not copied, where `dtype` is the stored one.
    ///
    /// - Throws: `SigLIPError`, `CheckpointError`.
    public static func encoder(_ directory: String, dtype: DType?, device: Device = .cpu) throws -> Loaded<SigLIPVisionEncoder> {
        let configuration = try configuration(directory)
        return try ParameterScope.load(Checkpoint.open(directory), dtype: dtype, device: device, ignoring: SigLIPVisionEncoder.ignoredKeys) {
            try SigLIPVisionEncoder(configuration, at: $0)
        }
    }

    /// - Throws: `SigLIPError`.
    public static func configuration(_ directory: String) throws(SigLIPError) -> SigLIPConfiguration {
        try read(SigLIPConfiguration.self, "config.json", in: directory)
    }

    /// How the directory's processor prepares pictures; the published way where it says nothing.
    ///
    /// - Throws: `SigLIPError`.
    public static func preprocessing(_ directory: String) throws(SigLIPError) -> SigLIPPreprocessing {
        let name = "preprocessor_config.json"
        guard FileManager.default.fileExists(atPath: (directory as NSString).appendingPathComponent(name)) else {
            return SigLIPPreprocessing(side: try configuration(directory).imageSize)
        }
        return try read(SigLIPPreprocessing.self, name, in: directory)
    }

    private static func read<Value: Decodable>(_ type: Value.Type, _ name: String, in directory: String) throws(SigLIPError) -> Value {
        let path = (directory as NSString).appendingPathComponent(name)
        do {
            return try ConfigurationFile.decoded(type, at: path)
        } catch {
            throw .configuration(path, problem: error.text)
        }
    }
}

/// What can be wrong with a SigLIP directory.
public enum SigLIPError: Error, Sendable, Equatable, CustomStringConvertible {
    case configuration(String, problem: String)

    public var description: String {
        switch self {
        case .configuration(let path, let problem):
            "\(path): \(problem). Download the encoder's configuration files again."
        }
    }
}

import Checkpoints
import Foundation
import Generation

/// A UniToken model's directory on disk, with its description read and checked.
public struct UniTokenDirectory: Sendable, Equatable {
    /// The directory that relative paths start from.
    public let path: String
    public let description: UniTokenDescription

    /// Opens a directory with a `model.json`, the path of such a file, or a directory laid out as the official program expects it.
    ///
    /// - Throws: `UniTokenError` naming what is wrong and what to do.
    public init(path: String) throws(UniTokenError) {
        let (directory, file) = try Self.place(path)
        self.path = directory
        guard let file else {
            description = try Self.recognized(directory)
            return
        }
        guard let data = FileManager.default.contents(atPath: file), data.count <= 1 << 20,
            let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
        else { throw .configuration(file, problem: "it is no JSON object, or larger than the 1 MiB of any description") }
        guard object["system"] as? String == UniTokenDescription.system else {
            throw .configuration(file, problem: "it describes a model of the system '\(object["system"] ?? "")'; expected '\(UniTokenDescription.system)'")
        }
        if let key = UniTokenDescription.unknownKeys(in: object).first { throw .configuration(file, problem: "unknown key '\(key)'") }
        do {
            description = try ConfigurationFile.decoded(UniTokenDescription.self, at: file)
        } catch { throw .configuration(file, problem: error.text) }
        do { try description.defaults.options.validate() } catch {
            throw .configuration(file, problem: "in defaults, " + "\(error)".dropLast())
        }
    }

    /// Whether a directory is UniToken's, by the system in its `model.json` or by its official files.
    public static func isUniToken(_ path: String) -> Bool {
        struct System: Decodable {
            let system: String
        }
        guard let (directory, file) = try? place(path) else { return false }
        guard let file else { return (try? recognized(directory)) != nil }
        return (try? ConfigurationFile.decoded(System.self, at: file))?.system == UniTokenDescription.system
    }

    /// The path of one of the description's files.
    public func file(_ name: String) -> String { name.hasPrefix("/") ? name : (path as NSString).appendingPathComponent(name) }

    /// The directory of a path, and its `model.json` if there is one.
    private static func place(_ path: String) throws(UniTokenError) -> (directory: String, file: String?) {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { throw .notFound(path) }
        guard isDirectory.boolValue else {
            let directory = (path as NSString).deletingLastPathComponent
            return (directory.isEmpty ? "." : directory, path)
        }
        let file = (path as NSString).appendingPathComponent("model.json")
        return (path, FileManager.default.fileExists(atPath: file) ? file : nil)
    }

    /// The official program's working folder: `ckpts` beside a checkpoint.
    private static func recognized(_ directory: String) throws(UniTokenError) -> UniTokenDescription {
        func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: (directory as NSString).appendingPathComponent(name)) }
        let tokenizer = "ckpts/chameleon/tokenizer"
        let vqgan = ["\(tokenizer)/vqgan.ckpt", "\(tokenizer)/vqgan.safetensors"].first(where: exists)
        let checkpoint = Self.checkpoint(in: directory)
        let required = ["\(tokenizer)/vqgan.yaml", "\(tokenizer)/text_tokenizer.json", "ckpts/SigLIP/config.json"]
        var missing = required.filter { !exists($0) }
        if vqgan == nil { missing.append("\(tokenizer)/vqgan.ckpt") }
        if checkpoint == nil { missing.append("one folder with the checkpoint, such as UniToken-AnyRes-StageII") }
        guard let vqgan, let checkpoint, missing.isEmpty else { throw .unrecognized(directory, missing: missing) }
        return UniTokenDescription(
            files: .init(
                languageModel: checkpoint, siglip: "ckpts/SigLIP", vqgan: vqgan, vqganConfiguration: required[0], vocabulary: required[1]))
    }

    /// The only folder with a Chameleon model.
    private static func checkpoint(in directory: String) -> String? {
        struct Kind: Decodable {
            let model_type: String
        }
        let folders = ["", "ckpts/"].flatMap { parent in
            ((try? FileManager.default.contentsOfDirectory(atPath: (directory as NSString).appendingPathComponent(parent))) ?? []).sorted().map { parent + $0 }
        }
        let found = folders.filter { folder in
            let file = (directory as NSString).appendingPathComponent("\(folder)/config.json")
            return (try? ConfigurationFile.decoded(Kind.self, at: file, byteLimit: UniTokenModel.configurationLimit))?.model_type == "chameleon"
        }
        return found.count == 1 ? found[0] : nil
    }
}

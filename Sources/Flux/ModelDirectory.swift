import Foundation
import Generation

/// A model's directory on disk, with its description read and checked.
public struct ModelDirectory: Sendable, Equatable {
    /// The directory that relative paths start from.
    public let path: String
    public let description: ModelDescription
    /// The shift of its timesteps; that of FLUX.1-dev where no file says otherwise.
    public let scheduler: SchedulerConfiguration

    /// Opens a directory with a `model.json`, the path of such a file, or a directory of official files.
    ///
    /// - Throws: `ModelDirectoryError` naming what is wrong and what to do.
    public init(path: String) throws(ModelDirectoryError) {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw .notFound(path)
        }
        let directory = isDirectory.boolValue ? path : (path as NSString).deletingLastPathComponent
        let file = isDirectory.boolValue ? (path as NSString).appendingPathComponent("model.json") : path
        self.path = directory.isEmpty ? "." : directory
        var description = FileManager.default.fileExists(atPath: file) ? try Self.read(file) : try OfficialFiles.description(of: self.path)
        try description.complete(from: self.path)
        self.description = description
        scheduler = try Self.scheduler(description, self.path)
        do {
            _ = try description.flux?.validated()
            _ = try description.autoencoder?.validated()
            try description.text.validate()
            try description.style?.validate()
        } catch {
            throw .invalid(file, problem: error.problem)
        }
        try Self.check(description.defaults, of: file)
    }

    /// Checks the defaults as if a person had asked for them.
    private static func check(_ defaults: ModelDescription.Defaults, of file: String) throws(ModelDirectoryError) {
        var request = GenerationRequest(prompt: "")
        request.width = defaults.width
        request.height = defaults.height
        request.stepCount = defaults.steps
        request.guidance = defaults.guidance
        request.trueCFG = defaults.trueCFG
        request.negativePrompt = defaults.negative
        request.referenceSize = defaults.referenceSize
        do { try request.validate() } catch {
            throw .invalid(file, problem: "in defaults, " + "\(error)".dropLast())
        }
    }

    /// The scheduler's file of a directory in diffusers' layout, where there is one.
    private static func scheduler(_ description: ModelDescription, _ directory: String) throws(ModelDirectoryError) -> SchedulerConfiguration {
        guard let diffusers = description.files.diffusers else { return .flux }
        let folder = Self.file("\(diffusers)/scheduler", in: directory), name = "scheduler_config.json"
        guard FileManager.default.fileExists(atPath: "\(folder)/\(name)") else { return .flux }
        return try DiffusersConfiguration.read(SchedulerConfiguration.self, in: folder, named: name)
    }

    /// The path of one of the description's files.
    public func file(_ name: String) -> String { Self.file(name, in: path) }

    static func file(_ name: String, in directory: String) -> String {
        name.hasPrefix("/") ? name : (directory as NSString).appendingPathComponent(name)
    }

    /// The one value that descriptions of all systems share.
    private struct SystemName: Decodable {
        let system: String
    }

    private static func read(_ file: String) throws(ModelDirectoryError) -> ModelDescription {
        // One byte more than allowed tells a file that is too large without reading all of it.
        guard let data = try? FileHandle(forReadingAtPath: file)?.read(upToCount: (1 << 20) + 1), data.count <= 1 << 20 else {
            throw .invalid(file, problem: "it cannot be read, is empty, or is larger than the 1 MiB of any description")
        }
        do {
            // Descriptions of other systems have other sections, so the system is looked at before the rest.
            let system = try JSONDecoder().decode(SystemName.self, from: data).system
            guard ModelDescription.systems.contains(system) else { throw ModelDirectoryError.otherSystem(file, system: system) }
            try ModelDescriptionKeys.check(data)
            return try JSONDecoder().decode(ModelDescription.self, from: data)
        } catch let error as ModelDirectoryError {
            throw error
        } catch let error as ModelDescriptionKeys.Unknown {
            throw .invalid(file, problem: error.description)
        } catch let error as DecodingError {
            throw .invalid(file, problem: ModelDescriptionKeys.text(of: error))
        } catch {
            throw .invalid(file, problem: "it is not valid JSON")
        }
    }
}

/// What can be wrong with a model directory.
public enum ModelDirectoryError: Error, Sendable, Equatable, CustomStringConvertible {
    case notFound(String)
    case unrecognized(String, found: [String], missing: [String])
    case invalid(String, problem: String)
    case otherSystem(String, system: String)

    public var description: String {
        switch self {
        case .notFound(let path):
            "'\(path)' does not exist. Give --model a directory with a model.json or with the official files."
        case .unrecognized(let path, let found, let missing):
            "\(path) has no model.json and is no complete official directory: found \(found.isEmpty ? "none of its files" : found.joined(separator: ", ")); "
                + "missing \(missing.joined(separator: ", ")). The README says which official files go where."
        case .invalid(let file, let problem):
            "\(file): \(problem). Correct the file, or take the one that came with the model."
        case .otherSystem(let file, let system):
            "\(file) describes a model of the system '\(system)'; this version runs \(ModelDescription.systems.joined(separator: ", "))."
        }
    }
}

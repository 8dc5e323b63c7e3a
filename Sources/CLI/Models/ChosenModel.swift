import Flux
import Foundation

/// The model directory that a command works with.
struct ChosenModel: Sendable {
    let directory: ModelDirectory
    /// As the person gave it; nil for the model that comes with the program.
    let name: String?

    /// - Throws: `ModelDirectoryError`, or `CommandFailure` where no model comes with the program.
    init(_ path: String?) throws {
        name = path
        guard let place = path ?? EmbeddedModel.path else {
            throw CommandFailure("\(EmbeddedModel.absence). Give --model DIR.")
        }
        directory = try ModelDirectory(path: place)
    }

    /// - Throws: `CommandFailure` where nothing lies at a path that a person gave.
    static func checkExists(_ path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else {
            throw CommandFailure("\(path) does not exist; expected a model's directory or file. Check the path.")
        }
    }
}

/// The small model that comes with the program.
enum EmbeddedModel {
    /// Its directory, if it is there.
    static var path: String? { places("mini").first { FileManager.default.fileExists(atPath: $0 + "/model.json") } }

    /// The directory of the networks that score pictures of the world, if it is there.
    static var reader: String? { places("reader").first { FileManager.default.fileExists(atPath: $0 + "/reader.json") } }

    /// The same, or the folder that a person gave instead.
    ///
    /// - Throws: `CommandFailure` where there is neither.
    static func reader(_ given: String?) throws -> String {
        guard let folder = given ?? reader else {
            throw CommandFailure("The networks that read pictures were not found; looked in \(places("reader").joined(separator: ", ")). Give --reader DIR.")
        }
        return folder
    }

    /// What to say when it is nowhere.
    static var absence: String { "The program's own model was not found; looked in \(places("mini").joined(separator: ", "))" }

    /// Where what comes with the program may be: the folder named in `ATELIER_MODELS`, beside the installed program, in the package the program was built in.
    static func places(_ name: String) -> [String] {
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        var places: [String] = []
        if let models = ProcessInfo.processInfo.environment["ATELIER_MODELS"], !models.isEmpty { places.append("\(models)/\(name)") }
        places.append(program.deletingLastPathComponent().appendingPathComponent("share/atelier/models/\(name)").path)
        var folder = program
        while folder.path != "/" {
            let candidate = folder.appendingPathComponent("Models/\(name)").path
            if FileManager.default.fileExists(atPath: candidate) { places.append(candidate) }
            folder.deleteLastPathComponent()
        }
        return places
    }
}

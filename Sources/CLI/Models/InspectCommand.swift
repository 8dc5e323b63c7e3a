import ArgumentParser
import Checkpoints
import Flux
import Foundation
import UniToken

/// `atelier models inspect`: what a file or a model's directory holds.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what a model's directory or a checkpoint holds.",
        discussion: """
            Reads headers only, so a file of 24 GB takes no longer than a small one.
            Weights in fewer bits are shown in the type that the file has them in.
            Exit code 1 when a file of the model is missing.
            """)

    @Argument(help: "A model's directory, a .safetensors or .gguf file, or a .safetensors.index.json.")
    var path: String

    @Flag(help: "List every tensor.")
    var keys = false

    @Flag(help: "Print JSON.")
    var json = false

    /// A part of a model as it was found.
    struct Part: Encodable {
        let name: String
        let path: String
        var problem: String?
        var contents: TensorInventory?
    }

    struct Report: Encodable {
        let path: String
        var system: String?
        var parts: [Part]

        var isComplete: Bool { parts.allSatisfy { $0.problem == nil } }
    }

    func run() throws {
        try ChosenModel.checkExists(path)
        let report = try report()
        try json ? printJSON(report) : printText(report)
        if !report.isComplete { throw ExitCode(ExitStatus.failed) }
    }

    private func report() throws -> Report {
        do {
            let isCheckpoint = [".safetensors", ".safetensors.index.json", ".gguf"].contains { path.lowercased().hasSuffix($0) }
            guard !isCheckpoint else { return try single() }
            if UniTokenDirectory.isUniToken(path) {
                return Report(path: path, system: UniTokenDescription.system, parts: try UniTokenDirectory(path: path).parts.map(part))
            }
            let directory = try ModelDirectory(path: path)
            return Report(path: path, system: directory.description.system, parts: directory.parts.map(part))
        } catch ModelDirectoryError.unrecognized(let place, let found, let missing) where found.isEmpty {
            // One component's own directory is worth showing too.
            guard let report = try? single() else { throw ModelDirectoryError.unrecognized(place, found: found, missing: missing) }
            return report
        }
    }

    private func single() throws -> Report {
        let name = (path as NSString).lastPathComponent
        return Report(path: path, parts: [Part(name: name, path: path, contents: TensorInventory(try Checkpoint.open(path), listsKeys: keys))])
    }

    private func part(_ part: ModelPart) -> Part {
        do {
            return Part(name: part.name, path: part.path, contents: TensorInventory(try Checkpoint.open(part.path), listsKeys: keys))
        } catch {
            return Part(name: part.name, path: part.path, problem: "\(error)")
        }
    }

    private func printJSON(_ report: Report) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        Console.print(String(decoding: try encoder.encode(report), as: UTF8.self))
    }

    private func printText(_ report: Report) {
        if let system = report.system { Console.print("\(report.path): a model of the system '\(system)'") }
        for part in report.parts {
            Console.print("\n\(part.name)  \(part.path)")
            if let problem = part.problem { Console.print("  PROBLEM: \(problem)") }
            if let contents = part.contents { printText(contents) }
        }
    }

    private func printText(_ contents: TensorInventory) {
        let types = contents.dtypes.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        Console.print("  \(contents.kind)")
        Console.print("  \(contents.tensors) tensors (\(types)), \(contents.parameters) parameters, \(Size.text(contents.bytes))")
        if contents.shares.count > 1 {
            let shares = contents.shares.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            Console.print("  of the parameters " + shares.map { String(format: "%.1f %% in %@", 100 * $0.value, $0.key) }.joined(separator: ", "))
        }
        for (key, value) in contents.metadata.sorted(by: { $0.key < $1.key }) { Console.print("  metadata \(key): \(value.prefix(200))") }
        if let keys = contents.keys {
            for key in keys { Console.print("    \(key.name)  \(key.dtype)  \(key.shape)") }
        } else {
            let width = contents.groups.map(\.name.count).max() ?? 0
            for group in contents.groups {
                let name = group.name.padding(toLength: width, withPad: " ", startingAt: 0)
                Console.print("    \(name)  \(group.tensors) tensors, \(Size.text(group.bytes))")
            }
        }
    }
}

/// Byte counts as people read them.
enum Size {
    static func text(_ bytes: Int) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var value = Double(bytes)
        var unit = 0
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return unit == 0 ? "\(bytes) B" : String(format: "%.1f %@", value, units[unit])
    }
}

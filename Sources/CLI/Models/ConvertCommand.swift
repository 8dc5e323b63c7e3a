public import ArgumentParser
public import Checkpoints
import Flux
import Foundation

/// `atelier models convert`: a network's weights in another type.
struct ConvertCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Store a network's weights in another type.",
        discussion: """
            IN is any checkpoint that can be read: a .safetensors or .gguf file, a
            .safetensors.index.json with its shards, a file of PyTorch, or the directory of
            one. A FLUX.1 transformer is written under its original names, without other
            networks of the same file. Types:
              float32, bf16, float16  plain numbers
              fp8    float8 (e4m3) with a scale for each matrix, as ComfyUI reads it
              int8   with a scale for each row
              q8_0   blocks of 32 with a scale each, in a .gguf file
            The last three take half the room of bf16, and hold the matrices of linear
            layers; vectors, tables and the layers next to input and output stay as they
            are. The work is done tensor by tensor, so the file may be larger than memory.
            The path of the finished file is printed on the standard output.

            Examples:
              atelier models convert flux1-dev.safetensors flux1-dev-Q8_0.gguf --to q8_0
              atelier models convert FLUX.1-dev/transformer flux1-fp8.safetensors --to fp8
              atelier models convert flux1-dev-Q4_K_S.gguf flux1-dev.safetensors --to bf16
            """)

    @Argument(help: ArgumentHelp("The checkpoint to read.", valueName: "in"))
    var input: String

    @Argument(help: ArgumentHelp("The file to write: .safetensors, or .gguf for q8_0.", valueName: "out"))
    var output: String

    @Option(help: ArgumentHelp("Type of the weights in OUT.", valueName: "type"))
    var to: StoredType

    @Flag(help: "Replace OUT if it is there.")
    var force = false

    func validate() throws {
        guard output.lowercased().hasSuffix(".\(to.fileSuffix)") else {
            throw ValidationError("'\(output)' does not end in .\(to.fileSuffix); expected the name of such a file for --to \(to.rawValue)")
        }
    }

    func run() async throws {
        let command = self
        try await interruptible { try command.convert() }
    }

    private func convert() throws {
        try ChosenModel.checkExists(input)
        let stored = try Checkpoint.open(input)
        let source = try FluxCheckpoint.renamedTransformer(stored)
        let isTransformer = source.info("img_in.weight") != nil
        let conversion = CheckpointConversion(source, to: to, architecture: isTransformer ? "flux" : "unknown")
        let byteCount = conversion.byteCount
        try ConvertedFile(path: output).check(reads: source.files, replaces: force, byteCount: byteCount)
        Console.remark("\(CheckpointKind(stored)), \(Size.text(source.keys.compactMap(source.stored).reduce(0) { $0 + $1.byteCount })) to \(Size.text(byteCount))")
        let report = ConversionProgress()
        try conversion.write(to: output) { progress in
            try Task.checkCancellation()
            report.show(progress)
        }
        report.end()
        Console.print(output)
    }
}

extension StoredType: ExpressibleByArgument {}

/// The file that a conversion writes, checked before the work begins.
struct ConvertedFile {
    let path: String

    /// - Parameters:
    ///   - inputs: the files that are read.
    ///   - replaces: whether a file that is there may be replaced.
    ///   - byteCount: of the file to be.
    /// - Throws: `ValidationError` for a file that must stay, `CommandFailure` for a folder that is not there or has no room.
    func check(reads inputs: [String], replaces: Bool, byteCount: Int) throws {
        var isDirectory: ObjCBool = false
        let isThere = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
        if isThere, isDirectory.boolValue { throw CommandFailure("\(path) is a directory; expected the name of a file in it.") }
        if let own = Self.identity(path), inputs.contains(where: { Self.identity($0) == own }) {
            throw ValidationError("\(path) would replace a file that is converted; choose another name")
        }
        if isThere, !replaces { throw ValidationError("\(path) is there already; choose another name, or replace it with --force") }
        let parent = (path as NSString).deletingLastPathComponent, folder = parent.isEmpty ? "." : parent
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isDirectory), isDirectory.boolValue else {
            throw CommandFailure("The folder \(folder) for \(path) does not exist. Create it (mkdir -p), or choose another.")
        }
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { return }
        // What is there already stays until the new file is whole.
        let free = Int(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
        guard byteCount <= free else {
            throw CommandFailure("\(path) takes \(Size.text(byteCount)), and \(folder) has \(Size.text(free)) left. Free space, or choose another folder.")
        }
    }

    /// The same for all paths and links to a file; nil where there is none.
    private static func identity(_ path: String) -> [UInt64]? {
        var status = stat()
        return stat(path, &status) == 0 ? [UInt64(status.st_dev), UInt64(status.st_ino)] : nil
    }
}

/// Shows how far a conversion is: one line that is drawn over, or a line now and then where the output is no terminal.
final class ConversionProgress {
    private var last = ContinuousClock.now

    func show(_ progress: CheckpointConversion.Progress) {
        let now = ContinuousClock.now
        guard now - last > .seconds(Console.isTerminal ? 0.2 : 10) else { return }
        last = now
        let text = "\(progress.tensors)/\(progress.tensorCount) tensors  \(Size.text(progress.bytes)) of \(Size.text(progress.byteCount))"
        if Console.isTerminal { Console.redraw(text) } else { Console.remark(text) }
    }

    func end() { if Console.isTerminal { Console.redraw("") } }
}

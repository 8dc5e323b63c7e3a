import ArgumentParser
import Foundation
import Imaging

/// Where pictures go, checked before the first one is drawn.
struct OutputPlan: Sendable {
    /// As given; nil names pictures after their seeds.
    private let given: String?
    private let dump: String?
    private let count: Int

    /// - Parameter count: of all pictures.
    /// - Throws: `ValidationError` for an ending that no format has, `CommandFailure` for a folder that cannot be written to.
    init(_ options: OutputOptions, count: Int, firstSeed: UInt64) throws {
        given = options.path
        dump = options.dump
        self.count = count
        let first = path(PictureNumber(index: 0, count: count), seed: firstSeed)
        guard PictureFormat(writing: first) != nil else {
            throw ValidationError("-o '\(first)' does not end in a format that can be written; expected .png, .jpg, .jpeg or .webp")
        }
        try Self.checkWritable(first)
        if let dump = options.dump {
            guard dump.hasSuffix(".safetensors") else { throw ValidationError("--dump '\(dump)' does not end in .safetensors; expected the name of such a file") }
            try Self.checkWritable(dump)
        }
    }

    /// The path of one picture.
    func path(_ number: PictureNumber, seed: UInt64) -> String {
        guard let given else { return Self.unused("atelier-\(seed)") }
        guard number.count > 1 else { return given }
        let name = given as NSString
        return "\(name.deletingPathExtension)-\(number.index).\(name.pathExtension)"
    }

    /// Refuses to write over the files that the work reads.
    ///
    /// - Throws: `ValidationError` naming the file, however the two paths to it are spelt.
    func checkSpares(_ inputs: [String]) throws {
        guard given != nil || dump != nil else { return }
        let pictures = given == nil ? [] : (0..<count).map { path(PictureNumber(index: $0, count: count), seed: 0) }
        let outputs = pictures.map { ("-o", $0) } + (dump.map { [("--dump", $0)] } ?? [])
        let read = Set(inputs.map(Self.resolved))
        if let (option, path) = outputs.first(where: { read.contains(Self.resolved($0.1)) }) {
            throw ValidationError("\(option) \(path) would replace a file that the picture is drawn from; choose another name")
        }
    }

    private static func resolved(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }

    /// A name that belongs to no file yet: pictures that were not named do not replace one another.
    private static func unused(_ stem: String) -> String {
        var name = "\(stem).png"
        var number = 2
        while FileManager.default.fileExists(atPath: name) {
            name = "\(stem)-\(number).png"
            number += 1
        }
        return name
    }

    /// Makes and removes a file in the folder: the only sure answer, for every user and file system.
    private static func checkWritable(_ path: String) throws {
        var isDirectory: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue {
            throw CommandFailure("\(path) is a directory; expected the name of a file in it.")
        }
        let parent = (path as NSString).deletingLastPathComponent
        let folder = parent.isEmpty ? "." : parent
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isDirectory), isDirectory.boolValue else {
            throw CommandFailure("The folder \(folder) for \(path) does not exist. Create it (mkdir -p), or choose another.")
        }
        var template = Array("\(folder)/.atelier-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else {
            throw CommandFailure("\(path) cannot be written: \(String(cString: strerror(errno))). Choose a folder that you may write to.")
        }
        close(descriptor)
        unlink(template)
    }
}

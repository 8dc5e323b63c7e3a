import Foundation
import Testing

/// A finished run of the program.
struct CommandRun {
    let status: Int32
    let output: String
    let errors: String

    /// The last line on the standard error, where failures stand.
    var failure: String { errors.split(separator: "\n").last.map(String.init) ?? "" }

    /// Runs the program that was built beside the tests.
    ///
    /// - Parameters:
    ///   - directory: where it runs; the package's root by default.
    ///   - interruptAfter: seconds after which it gets the signal of Ctrl-C.
    @discardableResult
    init(_ arguments: [String], in directory: Folder? = nil, environment: [String: String] = [:], interruptAfter: Double? = nil) throws {
        try self.init(program: Self.atelier, arguments, in: directory, environment: environment, interruptAfter: interruptAfter)
    }

    /// Runs words of a shell, for arguments that are not Unicode; `$0` is the program.
    init(shell words: String) throws {
        try self.init(program: URL(fileURLWithPath: "/bin/sh"), ["-c", words, Self.atelier.path], in: nil, environment: [:], interruptAfter: nil)
    }

    /// Whether programs can be run in several processes.
    static let hasOpenMPI = (try? CommandRun(shell: "command -v mpirun").status) == 0

    /// Runs the program in `count` processes of Open MPI.
    init(processes count: Int, _ arguments: [String], in directory: Folder? = nil) throws {
        // Tests run as root in containers, and on fewer cores than processes.
        let launcher = ["mpirun", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-n", "\(count)", Self.atelier.path]
        try self.init(program: URL(fileURLWithPath: "/usr/bin/env"), launcher + arguments, in: directory, environment: [:], interruptAfter: nil)
    }

    /// Runs the program and kills it after some seconds, if it still runs.
    init(_ arguments: [String], killedAfter seconds: Double) throws {
        let end = Date(timeIntervalSinceNow: seconds)
        try self.init(arguments, killedWhen: { Date() >= end })
    }

    /// Runs the program and kills it as soon as something is so: for moments of its work, which no clock tells on another machine.
    init(_ arguments: [String], killedWhen isTime: @escaping () -> Bool) throws {
        try self.init(program: Self.atelier, arguments, in: nil, environment: [:], interruptAfter: nil, killedWhen: isTime)
    }

    private init(
        program: URL, _ arguments: [String], in directory: Folder?, environment: [String: String], interruptAfter: Double?,
        killedWhen isTime: (() -> Bool)? = nil
    ) throws {
        let streams = try Folder()
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.currentDirectoryURL = directory?.url ?? Self.package
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["XDG_CACHE_HOME": streams.path("cache")].merging(environment) { _, new in new }) { _, new in new }
        // Files, not pipes: nobody has to read while the program runs.
        let paths = try ["out", "err"].map { name in
            try Data().write(to: streams.url.appendingPathComponent(name))
            return streams.path(name)
        }
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: paths[0]))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: paths[1]))
        try process.run()
        if let interruptAfter {
            Thread.sleep(forTimeInterval: interruptAfter)
            Self.awaitHandler(of: process)
            kill(process.processIdentifier, SIGINT)
        }
        if let isTime {
            while process.isRunning, !isTime() { Thread.sleep(forTimeInterval: 0.002) }
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        }
        process.waitUntilExit()
        status = process.terminationStatus
        output = try String(contentsOfFile: paths[0], encoding: .utf8)
        errors = try String(contentsOfFile: paths[1], encoding: .utf8)
    }

    /// Waits until a program minds Ctrl-C itself: on a busy machine it may still be starting.
    private static func awaitHandler(of process: Process) {
        for _ in 0..<600 where process.isRunning {
            let status = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
            let line = status.split(separator: "\n").first { $0.hasPrefix("SigIgn:") } ?? ""
            if let mask = UInt64(line.split(separator: "\t").last ?? "", radix: 16), mask & 1 << UInt64(SIGINT - 1) != 0 { return }
            Thread.sleep(forTimeInterval: 0.05)
        }
    }

    /// The package's root.
    static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    /// The model that comes with the program.
    static let model = package.appendingPathComponent("Models/mini").path
    /// A reference of that model.
    static let reference = package.appendingPathComponent("Models/mini/references/07_a.png").path

    private static let atelier = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appendingPathComponent("atelier")
}

/// A directory of its own that goes away with the value.
final class Folder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("atelier-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    /// Every file below a folder by its path in it.
    func files(_ name: String) throws -> [String: Data] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: path(name))
        return Dictionary(uniqueKeysWithValues: names.compactMap { file in
            FileManager.default.contents(atPath: path("\(name)/\(file)")).map { (file, $0) }
        })
    }

    /// The names of all files, hidden ones included.
    var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() } }
}

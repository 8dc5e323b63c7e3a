import ArgumentParser
import Flux
import Foundation
import Generation
import Tokenizers
import Torch

/// `atelier doctor`: what this machine and this installation have.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what this machine has and what would run where.",
        discussion: "Exit code 1 when something that drawing needs is missing.")

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let examination = Examination()
        json ? try printJSON(examination) : printText(examination)
        if !examination.problems.isEmpty { throw ExitCode(ExitStatus.failed) }
    }

    private func printText(_ examination: Examination) {
        let width = examination.findings.map(\.name.count).max() ?? 0
        for finding in examination.findings {
            Console.print("\(finding.name.padding(toLength: width, withPad: " ", startingAt: 0))  \(finding.value)")
        }
        for problem in examination.problems { Console.print("PROBLEM: \(problem)") }
    }

    private func printJSON(_ examination: Examination) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let values = Dictionary(examination.findings.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        Console.print(String(decoding: try encoder.encode(JSONReport(findings: values, problems: examination.problems)), as: UTF8.self))
    }

    private struct JSONReport: Encodable {
        let findings: [String: String]
        let problems: [String]
    }
}

/// The findings of `doctor`, in the order in which they are shown.
struct Examination {
    private(set) var findings: [(name: String, value: String)] = []
    /// What keeps the program from drawing, and what to do.
    private(set) var problems: [String] = []

    init() {
        // sentencepiece is loaded by the first tokenizer, so the model comes before the libraries.
        let model = modelFindings()
        libraries()
        machine()
        placement()
        findings += model
        findings.append(("cache folder", CacheFolder.url.path))
    }

    private mutating func libraries() {
        findings.append(("atelier", Atelier.version))
        findings.append(("libtorch", TorchRuntime.version))
        for (name, stem) in [("libvips", "libvips.so"), ("sentencepiece", "libsentencepiece.so")] {
            guard let path = LoadedLibraries.path(stem) else {
                problems.append("\(name) is not loaded. Install it (Debian: apt install libvips42 libsentencepiece0).")
                continue
            }
            // The file behind the link carries the version in its name.
            findings.append((name, URL(fileURLWithPath: path).resolvingSymlinksInPath().path))
        }
    }

    private mutating func machine() {
        let memory = MemoryStatus()
        findings.append(("processor cores", "\(ProcessInfo.processInfo.activeProcessorCount)"))
        findings.append(("threads used", "\(TorchRuntime.threadCount)"))
        findings.append(("vector instructions", TorchRuntime.cpuCapability))
        findings.append((
            "transformer kernels",
            FusedKernels.areAvailable ? "own, for AVX512-BF16 (attention and block operations in bfloat16)" : "libtorch's; the processor lacks AVX512-BF16"
        ))
        findings.append(("memory", "\(Size.text(memory.total)), \(Size.text(memory.available)) available"))
        findings.append(("CUDA", CUDALibraries.load().description))
    }

    private mutating func placement() {
        do {
            let placement = try Placement(ExecutionOptions())
            findings.append(("transformer runs", "on \(placement.device) in \(placement.dtype.rawValue)"))
            findings.append(("text encoders run", "on \(placement.device) in \(placement.dtype.rawValue)"))
            findings.append(("autoencoder runs", "on \(placement.device) in float32"))
        } catch {
            problems.append("\(error)")
        }
    }

    private mutating func modelFindings() -> [(name: String, value: String)] {
        guard let path = EmbeddedModel.path else {
            problems.append("\(EmbeddedModel.absence). Set ATELIER_MODELS to the folder that holds it.")
            return [("own model", "not found")]
        }
        do {
            let directory = try ModelDirectory(path: path)
            _ = try TokenizerDirectory.load(directory.file(directory.description.files.t5))
        } catch {
            problems.append("\(error)")
        }
        return [("own model", path)]
    }
}

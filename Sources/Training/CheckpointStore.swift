import Checkpoints
import Foundation
import Torch

/// The checkpoints of a run: each a folder that appears whole or not at all.
struct CheckpointStore {
    let folder: String
    let keptCount: Int

    /// Where a run stands.
    struct Position: Codable, Equatable {
        /// Optimizer steps done.
        var step: Int
        /// Examples seen, over all processes.
        var exampleCount: Int
        /// What the run must agree on to go on: objective, parts, seed.
        var identity: [String: String]
        /// Seconds of training before.
        var seconds: Double
    }

    /// Steps of all checkpoints, rising.
    var steps: [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { $0.hasPrefix("step-") ? Int($0.dropFirst(5)) : nil }.sorted()
    }

    func path(_ step: Int) -> String { "\(folder)/step-\(step)" }

    /// Writes a checkpoint beside its place, flushes it and moves it there; then removes the oldest beyond those kept.
    ///
    /// - Throws: `TrainingError.unwritable`; the checkpoints before are untouched.
    func save(_ position: Position, _ tensors: [(name: String, tensor: Tensor)]) throws {
        let partial = "\(folder)/.partial-\(position.step)", files = FileManager.default
        try? files.removeItem(atPath: partial)
        do {
            try files.createDirectory(atPath: partial, withIntermediateDirectories: true)
            try SafetensorsWriter.write(tensors, to: "\(partial)/state.safetensors")
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
            try AtomicText.write(String(decoding: encoder.encode(position), as: UTF8.self), to: "\(partial)/position.json")
            try? files.removeItem(atPath: path(position.step))
            guard rename(partial, path(position.step)) == 0 else { throw CocoaError(.fileWriteUnknown) }
            AtomicText.flushFolder(folder)
        } catch {
            try? files.removeItem(atPath: partial)
            let text = error as? CheckpointError
            throw TrainingError.unwritable(file: path(position.step), problem: text.map { "\($0)" } ?? error.localizedDescription)
        }
        for step in steps.dropLast(keptCount) where step != position.step { try? files.removeItem(atPath: path(step)) }
    }

    /// The newest checkpoint that can be read, and what is wrong with those that cannot.
    func latest() -> (position: Position, tensors: any TensorSource, damaged: [String])? {
        var damaged: [String] = []
        for step in steps.reversed() {
            do {
                guard let data = FileManager.default.contents(atPath: "\(path(step))/position.json") else { throw CocoaError(.fileNoSuchFile) }
                let position = try JSONDecoder().decode(Position.self, from: data)
                return (position, try SafetensorsReader(path: "\(path(step))/state.safetensors"), damaged)
            } catch {
                damaged.append("\(TrainingError.damagedCheckpoint(path(step), problem: "\(error)"))")
            }
        }
        return nil
    }

    /// Removes what an interrupted save left.
    func clean() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where name.hasPrefix(".partial-") {
            try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
    }
}

/// Text files that appear whole or not at all.
enum AtomicText {
    static func write(_ text: String, to path: String) throws(TrainingError) {
        let temporary = "\(path).\(getpid()).partial"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw .unwritable(file: path, problem: String(cString: strerror(errno))) }
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            bytes = bytes.dropFirst(count)
        }
        let isWhole = bytes.isEmpty && fsync(file) == 0
        let problem = String(cString: strerror(errno))
        close(file)
        guard isWhole, rename(temporary, path) == 0 else {
            unlink(temporary)
            throw .unwritable(file: path, problem: problem)
        }
    }

    static func flushFolder(_ path: String) {
        let folder = open(path, O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }
}

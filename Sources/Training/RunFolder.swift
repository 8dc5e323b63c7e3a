import Foundation

/// The folder of a run: what lies where in it, and the lock that keeps a second run out.
///
/// ```
/// recipe.yaml           the recipe with all values filled in
/// metrics.jsonl         a line per logged step
/// report.html           curves and samples
/// samples/              step-N.png
/// checkpoints/step-N/   weights, moments, averages, and where the run stood
/// model/                a model directory with the latest weights (averages, where kept)
/// ```
public final class RunFolder {
    public let path: String
    private let lock: Int32?

    /// Opens or makes the folder and locks it for this process.
    ///
    /// - Parameter locks: false for further processes of one run, the first of which holds the lock.
    /// - Throws: `TrainingError.folderInUse`, `.unwritable`.
    public init(path: String, locks: Bool = true) throws(TrainingError) {
        self.path = path
        for folder in [path, "\(path)/samples", "\(path)/checkpoints"] {
            do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
                throw .unwritable(file: folder, problem: "the folder cannot be made")
            }
        }
        guard locks else {
            lock = nil
            return
        }
        let lock = open("\(path)/.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard lock >= 0 else { throw .unwritable(file: "\(path)/.lock", problem: String(cString: strerror(errno))) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            let owner = (try? String(contentsOfFile: "\(path)/.lock", encoding: .utf8)) ?? ""
            close(lock)
            self.lock = nil
            throw .folderInUse(path, owner: owner.isEmpty ? "unknown process" : "process \(owner)")
        }
        ftruncate(lock, 0)
        let text = String(getpid())
        text.withCString { _ = write(lock, $0, strlen($0)) }
        self.lock = lock
    }

    deinit {
        if let lock { close(lock) }
    }

    var metrics: String { "\(path)/metrics.jsonl" }
    var report: String { "\(path)/report.html" }
    var recipe: String { "\(path)/recipe.yaml" }
    var model: String { "\(path)/model" }
    var checkpoints: String { "\(path)/checkpoints" }
    func sample(step: Int) -> String { "\(path)/samples/step-\(step).png" }
}

import Foundation

/// Shared libraries in this process.
enum LoadedLibraries {
    /// The path of the first one whose file name begins with `stem`.
    static func path(_ stem: String) -> String? {
        guard let maps = try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8) else { return nil }
        for line in maps.split(separator: "\n") {
            guard let start = line.firstIndex(of: "/") else { continue }
            let path = String(line[start...])
            if (path as NSString).lastPathComponent.hasPrefix(stem) { return path }
        }
        return nil
    }
}

/// Main memory, in bytes.
struct MemoryStatus {
    private(set) var total = Int(ProcessInfo.processInfo.physicalMemory)
    /// What programs can take without others being pushed to disk.
    private(set) var available = 0

    init() {
        guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8) else { return }
        for line in text.split(separator: "\n") where line.hasPrefix("MemAvailable:") {
            available = (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
        }
    }
}

import Foundation

/// Where the program keeps what it can compute again: `$XDG_CACHE_HOME/atelier`, else `~/.cache/atelier`.
enum CacheFolder {
    static var url: URL {
        if let folder = ProcessInfo.processInfo.environment["XDG_CACHE_HOME"], folder.hasPrefix("/") {
            return URL(fileURLWithPath: folder).appendingPathComponent("atelier")
        }
        return FileManager.default.homeDirectoryForCurrentUser.appendingPathComponent(".cache/atelier")
    }
}

/// Rules for the file names that a hub lists, which name paths below the target directory.
package enum FileName {
    /// What keeps this name from being a path below a directory; nil where it is safe.
    package static func problem(_ name: String) -> String? {
        if name.isEmpty { return "is empty" }
        if name.utf8.count > 1024 { return "is longer than 1024 bytes" }
        if name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) { return "holds a control character" }
        if name.utf8.contains(UInt8(ascii: "\\")) { return "holds a backslash" }
        if name.utf8.first == UInt8(ascii: "/") { return "is an absolute path" }
        // By UTF-8, as the file system reads it: a combining mark after a slash makes another Character of it.
        for word in name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if word.isEmpty { return "has an empty folder name" }
            if word.allSatisfy({ $0 == UInt8(ascii: ".") }), word.count <= 2 { return "points to another folder" }
            if word.starts(with: reservedPrefix.utf8) { return reserved }
            if word.count > 255 - PartialFile.longestSuffix { return "has a part longer than file systems allow" }
        }
        return PartialFile.suffixes.contains(where: name.hasSuffix) ? reserved : nil
    }

    private static let reserved = "is one this program uses for its own files"

    /// Begins the names of the lock and of the checksum cache.
    static let reservedPrefix = ".atelier-"

    /// `folder/name`, and `name` alone where there is no folder.
    static func joined(_ folder: String, _ name: String) -> String {
        folder.isEmpty ? name : folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }
}

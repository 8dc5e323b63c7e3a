internal import Foundation

/// A tar archive (ustar) being written; it takes its name when it is complete.
struct TarArchive: ~Copyable {
    private let path: String, temporary: String
    private let file: FileHandle

    /// Calls `body` with a new archive and puts it in place; nothing is left behind where `body` throws.
    static func write(to path: String, _ body: (borrowing TarArchive) throws -> Void) throws {
        let archive = try TarArchive(path)
        do {
            try body(archive)
            try archive.finish()
        } catch {
            try? FileManager.default.removeItem(atPath: archive.temporary)
            throw error
        }
    }

    private init(_ path: String) throws(WorldError) {
        self.path = path
        let url = URL(fileURLWithPath: path)
        temporary = url.deletingLastPathComponent().appendingPathComponent(".\(url.lastPathComponent).partial").path
        guard FileManager.default.createFile(atPath: temporary, contents: nil), let file = FileHandle(forWritingAtPath: temporary) else {
            throw .unwritable(path: path, reason: "the file cannot be created")
        }
        self.file = file
    }

    /// Appends a file.
    ///
    /// - Parameter name: at most 100 bytes of ASCII.
    func add(_ name: String, _ content: [UInt8]) throws(WorldError) {
        let padding = [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
        try append(Self.header(name, size: content.count) + content + padding)
    }

    private func append(_ bytes: [UInt8]) throws(WorldError) {
        do { try file.write(contentsOf: Data(bytes)) } catch {
            throw .unwritable(path: path, reason: error.localizedDescription)
        }
    }

    private func finish() throws(WorldError) {
        try append([UInt8](repeating: 0, count: 1024))
        do {
            try file.synchronize()
            try file.close()
        } catch {
            throw .unwritable(path: path, reason: error.localizedDescription)
        }
        guard rename(temporary, path) == 0 else { throw .unwritable(path: path, reason: String(cString: strerror(errno))) }
    }

    /// The 512 bytes before a file. Owner and time are always zero, so equal contents make equal archives.
    private static func header(_ name: String, size: Int) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            for (place, byte) in text.utf8.prefix(100).enumerated() { block[offset + place] = byte }
        }
        func octal(_ number: Int, _ digits: Int) -> String {
            let text = String(number, radix: 8)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        put(name, at: 0)
        put(octal(0o644, 7), at: 100)
        put(octal(0, 7), at: 108)
        put(octal(0, 7), at: 116)
        put(octal(size, 11), at: 124)
        put(octal(0, 11), at: 136)
        put("        ", at: 148)
        put("0", at: 156)
        put("ustar", at: 257)
        put("00", at: 263)
        let sum = block.reduce(0) { $0 + Int($1) }
        put(octal(sum, 6), at: 148)
        block[154] = 0
        block[155] = UInt8(ascii: " ")
        return block
    }
}

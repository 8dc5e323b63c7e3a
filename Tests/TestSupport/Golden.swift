public import Foundation
public import Testing

/// A set of stored reference results: a folder of `golden` with safetensors, JSON and picture files.
///
/// The sets lie outside the repository, in `shared/golden` beside it or below `$ATELIER_SHARED`.
///
/// ```swift
/// @Test(.enabled(if: Golden.isAvailable("sampling"), Golden.absence))
/// func …() throws { let noise = try Golden("sampling").tensors("noise.safetensors") }
/// ```
public struct Golden {
    /// The set's folder.
    public let directory: URL

    /// Where the golden data and other shared files are expected.
    public static let shared: URL = {
        if let path = ProcessInfo.processInfo.environment["ATELIER_SHARED"] { return URL(fileURLWithPath: path, isDirectory: true) }
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return package.deletingLastPathComponent().appendingPathComponent("shared", isDirectory: true)
    }()

    /// What a skipped test says.
    public static let absence: Comment = "golden data is absent: put it in ../shared/golden or set ATELIER_SHARED"

    /// Whether the set is on this machine.
    public static func isAvailable(_ set: String) -> Bool {
        FileManager.default.fileExists(atPath: folder(of: set).path)
    }

    /// - Parameter set: the folder's name, `sampling`.
    public init(_ set: String) throws {
        directory = Self.folder(of: set)
        guard Self.isAvailable(set) else { throw GoldenError(text: "no golden set at \(directory.path); \(Self.absence)") }
    }

    private static func folder(of set: String) -> URL { shared.appendingPathComponent("golden/\(set)", isDirectory: true) }

    /// The path of a file of the set.
    public func path(_ file: String) -> String { directory.appendingPathComponent(file).path }

    /// All bytes of a file of the set.
    public func data(_ file: String) throws -> Data { try Data(contentsOf: directory.appendingPathComponent(file)) }

    /// A JSON file of the set, decoded.
    public func decoded<Value: Decodable>(_ file: String, as type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(type, from: data(file))
    }

    /// All tensors of a safetensors file of the set.
    public func tensors(_ file: String) throws -> GoldenTensors { try GoldenTensors(path: path(file)) }
}

/// A golden file that is not as expected.
public struct GoldenError: Error, CustomStringConvertible {
    let text: String
    public var description: String { text }
}

import Foundation

/// Reads `config.json` and its like, as they lie beside weights.
package enum ConfigurationFile {
    /// What is wrong with a file, to be told with its path.
    package struct Problem: Error {
        package let text: String
    }

    /// - Parameter byteLimit: larger than any configuration of its kind.
    /// - Throws: `Problem` for files that are not there, too large, or of other content.
    package static func decoded<Value: Decodable>(
        _ type: Value.Type, at path: String, byteLimit: Int = 1 << 20
    ) throws(Problem) -> Value {
        // One byte more than allowed tells a file that is too large without reading all of it.
        guard let file = FileHandle(forReadingAtPath: path), let data = try? file.read(upToCount: byteLimit + 1) ?? Data(),
            data.count <= byteLimit
        else { throw Problem(text: "it cannot be read, or is larger than \(byteLimit >> 20) MiB") }
        do {
            return try JSONDecoder().decode(Value.self, from: data)
        } catch DecodingError.keyNotFound(let key, _) {
            throw Problem(text: "'\(key.stringValue)' is missing")
        } catch DecodingError.dataCorrupted(let context) {
            throw Problem(text: context.debugDescription.trimmingCharacters(in: ["."]))
        } catch {
            throw Problem(text: "a value has the wrong type")
        }
    }
}

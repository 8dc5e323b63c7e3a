#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The files a pattern names: `{000..012}` counts, `{a,b}` lists, `*`, `?` and `[…]` are matched against the disk.
package struct ShardPattern: Sendable {
    /// Most files one pattern may name.
    package static let limit = 100_000

    /// Paths in the order of the braces, matches of one wildcard sorted.
    package let paths: [String]

    /// - Throws: `DatasetsError.shardPattern` for a pattern that cannot be read or matches nothing.
    package init(_ pattern: String) throws(DatasetsError) {
        let failure = { (problem: String) in DatasetsError.shardPattern(pattern, problem: problem) }
        guard let candidates = Self.expanded(pattern) else { throw failure("it names more than \(Self.limit) files") }
        var paths: [String] = []
        for candidate in candidates {
            if !candidate.contains(where: { "*?[".contains($0) }) || access(candidate, F_OK) == 0 {
                paths.append(candidate)
                continue
            }
            let matches = Self.matches(candidate)
            if matches.isEmpty { throw failure("no file matches \(candidate)") }
            paths += matches
        }
        if paths.count > Self.limit { throw failure("it names more than \(Self.limit) files") }
        self.paths = paths
    }

    /// The texts a pattern's braces stand for, without looking at the disk; nil where they are more than `limit`.
    ///
    /// A brace without a partner, or with neither comma nor range inside, stands for itself, as in a shell.
    package static func expanded(_ pattern: String) -> [String]? {
        var finished: [String] = [], open: [(done: String, rest: Substring)] = [("", pattern[...])]
        while let (done, rest) = open.popLast() {
            if finished.count + open.count > limit { return nil }
            guard let start = rest.firstIndex(of: "{"), let end = rest[start...].firstIndex(of: "}") else {
                finished.append(done + rest)
                continue
            }
            let head = done + rest[..<start], tail = rest[rest.index(after: end)...]
            guard let choices = choices(rest[rest.index(after: start)..<end]) else {
                open.append((head + rest[start...end], tail))
                continue
            }
            if choices.count > limit { return nil }
            open += choices.reversed().map { (head + $0, tail) }
        }
        return finished.count <= limit ? finished : nil
    }

    private static func choices(_ body: Substring) -> [String]? {
        if body.contains(",") { return body.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        let ends = body.split(separator: ".", omittingEmptySubsequences: false)
        guard ends.count == 3, ends[1].isEmpty, let first = number(ends[0]), let last = number(ends[2]) else { return nil }
        // As in a shell: a leading zero asks for equal widths.
        let isPadded = [ends[0], ends[2]].contains { $0.count > 1 && $0.first == "0" }
        let width = isPadded ? max(ends[0].count, ends[2].count) : 0
        // One more than the limit is enough to see that it is passed.
        let count = min(abs(last - first), limit) + 1
        return (0..<count).map { step in
            let digits = String(first <= last ? first + step : first - step)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
    }

    private static func number(_ text: Substring) -> Int? {
        (1...12).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
    }

    private static func matches(_ pattern: String) -> [String] {
        var result = glob_t()
        defer { globfree(&result) }
        guard glob(pattern, 0, nil, &result) == 0, let paths = result.gl_pathv else { return [] }
        return (0..<Int(result.gl_pathc)).compactMap { paths[$0].map { String(cString: $0) } }
    }
}

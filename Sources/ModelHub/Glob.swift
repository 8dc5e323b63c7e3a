/// A file name pattern: `*` stands for any text, folders included, `?` for one character. Other characters stand for themselves.
///
/// `*` crosses `/` as it does in the hub's own command, so that `*.json` finds files in every folder.
package struct Glob: Sendable, Equatable {
    let pattern: String

    package init(pattern: String) { self.pattern = pattern }

    package func matches(_ name: String) -> Bool {
        let pattern = Array(self.pattern)
        let name = Array(name)
        var p = 0, n = 0
        var star: (pattern: Int, name: Int)?
        while n < name.count {
            if p < pattern.count, pattern[p] == "*" {
                star = (p, n)
                p += 1
            } else if p < pattern.count, pattern[p] == "?" || pattern[p] == name[n] {
                p += 1
                n += 1
            } else if let last = star {
                // Let the last star take one character more; earlier stars never need to change.
                star = (last.pattern, last.name + 1)
                p = last.pattern + 1
                n = last.name + 1
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == "*" }
    }
}

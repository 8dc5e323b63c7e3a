/// Finds what a person probably meant.
package enum NearestName {
    /// The name nearest to `key`, if any is near.
    package static func nearest(to key: String, in valid: [String]) -> String? {
        let best = valid.map { (name: $0, distance: distance(key, $0)) }.min { $0.distance < $1.distance }
        return best.flatMap { $0.distance <= max(2, key.count / 3) ? $0.name : nil }
    }

    /// Insertions, deletions and replacements that turn one word into the other.
    private static func distance(_ a: String, _ b: String) -> Int {
        let a = Array(a), b = Array(b)
        var row = Array(0...b.count)
        for i in 0..<a.count {
            var previous = row[0]
            row[0] = i + 1
            for j in 0..<b.count {
                let replaced = previous + (a[i] == b[j] ? 0 : 1)
                previous = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, previous + 1)
            }
        }
        return row[b.count]
    }
}

/// What can be wrong with training data, or with what is asked of it.
public enum DatasetsError: Error, Sendable, Equatable {
    /// A file or folder that the system does not let us read.
    case unreadable(path: String, reason: String)
    /// A list that is not JSON of the expected form; `expected` are the keys of its objects.
    case malformedList(path: String, problem: String, expected: String)
    /// One entry of a list: `place` is "entry 12" or "line 12", `field` its key, "" for the entry itself.
    case malformedEntry(path: String, place: String, field: String, problem: String)
    /// A list or an archive without a single usable example.
    case noExamples(path: String, problem: String)
    /// A shard pattern that names no file, or cannot be read.
    case shardPattern(String, problem: String)
    /// An archive that is not whole, or not a tar file.
    case damagedArchive(path: String, offset: Int, problem: String)
    /// One sample of an archive whose text cannot be used.
    case malformedSample(name: String, problem: String)
    /// Subject masks that do not lie over their example's target.
    case subjectMask(name: String, problem: String)
    /// A resolution no bucket table can be made for.
    case resolution(Int)
    /// A plan or loader setting that cannot work.
    case setting(String, problem: String)
    /// A batch of an endless source whose examples differ in their number of references.
    case mixedReferenceCounts(batch: Int, counts: [Int])
    /// An example that promised another number of references than it has.
    case referenceCount(name: String, promised: Int, found: Int)
    /// More examples than allowed could not be read; `first` is the first one's reason.
    case tooManyBad(bad: Int, of: Int, limit: Double, first: String)
    /// No readable example with that number of references could stand in for one that could not be read.
    case noReplacement(referenceCount: Int, tried: Int, last: String)
    /// A cache folder that cannot be used at all.
    case cacheFolder(path: String, reason: String)
}

extension DatasetsError: CustomStringConvertible {
    /// One line: what was wrong, what was expected, what to do.
    public var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "\(path) cannot be read: \(reason). Check the path, and that you may read it."
        case .malformedList(let path, let problem, let expected):
            "\(path) is no list that can be read: \(problem). Expected a JSON array of \(expected), or one such object a line."
        case .malformedEntry(let path, let place, let field, let problem):
            "\(path), \(place)\(field.isEmpty ? "" : ", \"\(field)\""): \(problem). Correct the entry or remove it."
        case .noExamples(let path, let problem):
            "\(path) holds no example to train on: \(problem)."
        case .shardPattern(let pattern, let problem):
            "The shards '\(pattern)' cannot be opened: \(problem). Give a path such as data/shard-{000..012}.tar or data/*.tar."
        case .damagedArchive(let path, let offset, let problem):
            "\(path) is damaged at byte \(offset): \(problem). Copy or download the archive again."
        case .malformedSample(let name, let problem):
            "\(name) cannot be used: \(problem). Expected a .json file with a \"prompt\" text, or a .txt file, beside the pictures."
        case .subjectMask(let name, let problem):
            "\(name) cannot be used: \(problem). A subject mask is a gray picture of its target's size."
        case .resolution(let value):
            "The resolution \(value) is out of range; expected 32 to \(BucketTable.largestResolution) pixels. Take a multiple of 16, such as 512."
        case .setting(let name, let problem):
            "\(name) \(problem)."
        case .mixedReferenceCounts(let batch, let counts):
            "Batch \(batch) holds examples with \(counts.map(String.init).joined(separator: ", ")) references; all need the same number. "
                + "Make the endless source with the batch size of the whole run (batch size times processes)."
        case .referenceCount(let name, let promised, let found):
            "\(name) has \(found) references where its source announced \(promised). Do not change data while it is trained on."
        case .tooManyBad(let bad, let of, let limit, let first):
            "\(bad) of \(of) examples could not be read, more than the \(limit * 100) % allowed; the first: \(first) "
                + "Repair the data, or allow more."
        case .noReplacement(let referenceCount, let tried, let last):
            "None of \(tried) examples with \(referenceCount) references could be read; the last: \(last) Repair the data."
        case .cacheFolder(let path, let reason):
            "\(path) cannot hold a cache: \(reason). Choose another folder."
        }
    }
}

import Foundation

/// A file to fetch.
struct HubFile: Sendable, Equatable {
    let part: HubModel.Part
    /// The path in the repository.
    let path: String
    let size: Int
    let checksum: Checksum

    /// The path below the target directory.
    var name: String { FileName.joined(part.folder, path) }
}

/// Reads what a repository holds, page by page.
struct RepositoryListing: Sendable {
    let connection: HubConnection
    let report: @Sendable (PullEvent) -> Void

    private static let pageLimit = 1000
    private static let byteLimit = 1 << 25

    /// Every file that the part's patterns choose, in the hub's order.
    ///
    /// - Throws: `ModelHubError`, `CancellationError`.
    func files(_ part: HubModel.Part) async throws -> [HubFile] {
        var files: [HubFile] = []
        var url: URL? = try connection.address.listing(part)
        for _ in 0..<Self.pageLimit {
            guard let page = url else { return try chosen(files, by: part) }
            let (entries, next) = try await self.page(page, part)
            files += try entries.compactMap { try $0.file(of: part) }
            url = try next.map { try following($0, page, part) }
        }
        throw ModelHubError.malformed(repository: part.repository, problem: "its listing has more than \(Self.pageLimit) pages")
    }

    private func page(_ url: URL, _ part: HubModel.Part) async throws -> (entries: [ListedEntry], next: String?) {
        var attempts = Attempts(name: part.repository, patience: connection.patience, report: report)
        while true {
            do {
                let answer = try await connection.get(url, part: part)
                guard let data = try await answer.contents(limit: Self.byteLimit, within: connection.patience.silence * 4) else {
                    throw ModelHubError.malformed(repository: part.repository, problem: "a page of its listing is longer than \(Self.byteLimit) bytes")
                }
                return (try ListedEntry.decode(data, part), answer.nextPage)
            } catch let setback as Setback {
                try await attempts.pause(after: setback)
            }
        }
    }

    private func following(_ next: String, _ page: URL, _ part: HubModel.Part) throws(ModelHubError) -> URL {
        guard let url = URL(string: next, relativeTo: page)?.absoluteURL, connection.address.owns(url), url != page else {
            throw .malformed(repository: part.repository, problem: "its listing continues at '\(next.prefix(200))', which is not at the same hub")
        }
        return url
    }

    private func chosen(_ files: [HubFile], by part: HubModel.Part) throws(ModelHubError) -> [HubFile] {
        guard Set(files.map(\.path)).count == files.count else {
            throw .malformed(repository: part.repository, problem: "its listing names a file twice")
        }
        guard !part.patterns.isEmpty else { return files }
        let globs = part.patterns.map(Glob.init)
        for glob in globs where !files.contains(where: { glob.matches($0.path) }) {
            throw .nothingMatches(pattern: glob.pattern, source: part.repository)
        }
        return files.filter { file in globs.contains { $0.matches(file.path) } }
    }
}

/// An entry of the hub's answer to `/api/models/NAME/tree/REVISION`.
struct ListedEntry: Decodable {
    let type: String
    let path: String
    let oid: String?
    let size: Int?
    let lfs: LargeFile?

    struct LargeFile: Decodable {
        let oid: String
        let size: Int
    }

    /// - Throws: `ModelHubError.malformed` for anything but a JSON array of entries.
    static func decode(_ data: Data, _ part: HubModel.Part) throws(ModelHubError) -> [ListedEntry] {
        do {
            return try JSONDecoder().decode([ListedEntry].self, from: data)
        } catch let DecodingError.keyNotFound(key, context) {
            throw .malformed(repository: part.repository, problem: "\(place(context)) has no '\(key.stringValue)'")
        } catch let DecodingError.typeMismatch(_, context), let DecodingError.valueNotFound(_, context) {
            throw .malformed(repository: part.repository, problem: "\(place(context)) is of another type than expected")
        } catch {
            throw .malformed(repository: part.repository, problem: "its listing is not JSON")
        }
    }

    private static func place(_ context: DecodingError.Context) -> String {
        let path = context.codingPath.map { key in key.intValue.map { "entry \($0)" } ?? "'\(key.stringValue)'" }
        return path.isEmpty ? "its listing" : path.joined(separator: ", ")
    }

    /// The file to fetch; nil for a folder or a kind of entry that holds no bytes.
    ///
    /// - Throws: `ModelHubError.unsafeFileName`, or `.malformed` where the size or the checksum is not one.
    func file(of part: HubModel.Part) throws(ModelHubError) -> HubFile? {
        guard type == "file" else { return nil }
        if let problem = FileName.problem(path) { throw .unsafeFileName(repository: part.repository, name: path, problem: problem) }
        let size = lfs?.size ?? self.size ?? -1
        guard size >= 0 else { throw .malformed(repository: part.repository, problem: "'\(path)' has no size") }
        let checksum: Checksum
        if let lfs {
            let digits = lfs.oid.hasPrefix("sha256:") ? String(lfs.oid.dropFirst(7)) : lfs.oid
            guard Checksum.isHexadecimal(digits, count: 64) else { throw .malformed(repository: part.repository, problem: "'\(path)' has no SHA-256") }
            checksum = .sha256(digits)
        } else {
            guard let oid, Checksum.isHexadecimal(oid, count: 40) else {
                throw .malformed(repository: part.repository, problem: "'\(path)' has no git checksum")
            }
            checksum = .gitBlob(oid)
        }
        return HubFile(part: part, path: path, size: size, checksum: checksum)
    }
}

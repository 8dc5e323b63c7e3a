import Foundation

/// Fetches one file: continues what is there, asks again after interruptions, checks the checksum, and puts it in place in one step.
struct FileDownload: Sendable {
    let connection: HubConnection
    let listing: RepositoryListing
    let hash: FileHash
    let directory: String
    let report: @Sendable (PullEvent) -> Void

    /// Failed checksums in a row that end a download whose listing stays the same.
    private static let mismatchLimit = 2

    func target(_ file: HubFile) -> String { FileName.joined(directory, file.name) }

    func partialFile(_ file: HubFile) -> PartialFile { PartialFile(target: target(file), checksum: file.checksum, size: file.size) }

    /// True where the file is in place with the announced size and checksum.
    func isPresent(_ file: HubFile) async throws -> Bool {
        let path = target(file)
        guard let status = FileStatus.ifPresent(path), status.size == file.size else { return false }
        if hash.remembered(like: file.checksum, path: path, status: status) == nil { report(.verifying(file: file.name, bytes: file.size)) }
        return try await hash.checksum(like: file.checksum, of: path) == file.checksum
    }

    /// - Throws: `ModelHubError`; `CancellationError`, with what has arrived kept.
    func fetch(_ file: HubFile) async throws {
        try LocalFile.createDirectory((target(file) as NSString).deletingLastPathComponent)
        var attempts = Attempts(name: file.name, patience: connection.patience, report: report)
        var file = file
        var mismatches = 0
        while true {
            let part = partialFile(file)
            do {
                try await complete(part, of: file)
                return try await place(part, as: file)
            } catch let setback as Setback {
                if setback.kind != .interrupted { try part.discard() }
                guard case .otherContent(let found) = setback.kind else {
                    try await attempts.pause(after: setback, arrived: part.arrived)
                    continue
                }
                mismatches += 1
                let listed = try await listedAgain(file)
                if listed != file { mismatches = 0 }
                guard mismatches < Self.mismatchLimit else {
                    throw ModelHubError.wrongContent(file: file.name, expected: "\(file.size) bytes, \(file.checksum)", found: found)
                }
                file = listed
                try await attempts.pause(after: setback)
            }
        }
    }

    /// Fetches what the part still lacks.
    private func complete(_ part: PartialFile, of file: HubFile) async throws {
        let arrived = part.arrived
        if file.size == 0 { return try part.open(at: 0).close() }
        if arrived == file.size { return }
        let answer = try await connection.get(connection.address.file(file.path, of: file.part), from: arrived, part: file.part, file: file.path)
        if let other = file.checksum.contradiction(to: answer.announced) { throw Setback("it changed on the hub", .otherContent(found: other)) }
        let start = try self.start(of: answer, asked: arrived, file)
        report(start > 0 ? .resumed(file: file.name, from: start, of: file.size) : .began(file: file.name, bytes: file.size))

        let handle = try part.open(at: start)
        defer { try? handle.close() }
        var progress = ProgressReport(file: file, report: report)
        var done = start
        try await answer.forEachPiece { piece in
            guard piece.count <= file.size - done else { throw Setback("it is longer than listed", .otherContent(found: "more bytes")) }
            try part.append(piece, to: handle)
            done += piece.count
            progress.reached(done)
        }
        guard done == file.size else { throw Setback("the connection was closed") }
        try part.flush(handle)
    }

    /// The byte an answer starts at: the one asked for, or 0 where the server does not know ranges.
    private func start(of answer: HubAnswer, asked: Int, _ file: HubFile) throws -> Int {
        guard let range = answer.range else { return 0 }
        if let total = range.total, total != file.size { throw Setback("its size changed on the hub", .otherContent(found: "\(total) bytes")) }
        guard range.start == asked else { throw Setback("another part came than was asked for", .notContinued) }
        return asked
    }

    /// Checks the complete part and gives it its name.
    private func place(_ part: PartialFile, as file: HubFile) async throws {
        report(.verifying(file: file.name, bytes: file.size))
        let found = try await file.checksum.computed(path: part.path)
        guard found == file.checksum else { throw Setback("its checksum is wrong", .otherContent(found: "\(found)")) }
        try part.finish()
        if let status = FileStatus.ifPresent(part.target) { hash.remember(found, of: part.target, status: status) }
        report(.verified(file: file.name))
    }

    /// The file as the hub lists it now, which differs where it was replaced during the pull.
    private func listedAgain(_ file: HubFile) async throws -> HubFile {
        guard let listed = try await listing.files(file.part).first(where: { $0.path == file.path }) else {
            throw ModelHubError.notFound(repository: file.part.repository, revision: file.part.revision, file: file.path)
        }
        return listed
    }
}

/// Tells how far a file is, four times per second and at its end: a report for each of a million pieces would cost more than they do.
private struct ProgressReport {
    let file: HubFile
    let report: @Sendable (PullEvent) -> Void
    private var next = ContinuousClock.now

    init(file: HubFile, report: @escaping @Sendable (PullEvent) -> Void) {
        self.file = file
        self.report = report
    }

    mutating func reached(_ done: Int) {
        let now = ContinuousClock.now
        guard now >= next || done == file.size else { return }
        next = now + .milliseconds(250)
        report(.progress(file: file.name, done: done, of: file.size))
    }
}

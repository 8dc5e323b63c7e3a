/// Fetches models from a hub shaped like Hugging Face's, so that an interrupted pull continues and nothing unchecked is put in place.
public struct ModelHub: Sendable {
    private let address: HubAddress
    private let token: String?
    private let patience: Patience

    /// - Parameters:
    ///   - address: as `https://huggingface.co`; `http` is possible, for a mirror on this network.
    ///   - token: sent to the hub and to no other server; nil or empty for none.
    /// - Throws: `ModelHubError.invalidAddress`, `.invalidToken`.
    public init(address: String, token: String?, patience: Patience = Patience()) throws(ModelHubError) {
        self.address = try HubAddress(address)
        guard token?.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) ?? true else { throw .invalidToken }
        self.token = token?.isEmpty == true ? nil : token
        self.patience = patience
    }

    /// Brings a model's files into a directory.
    ///
    /// Files that are there with the right checksum stay; a part of a file is continued. Each file is checked against the hub's
    /// checksum, and appears under its name only when complete. A cancelled or failed pull keeps what has arrived.
    ///
    /// - Parameters:
    ///   - directory: made where there is none.
    ///   - include: patterns (`*`, `?`) for paths in the repository or in the directory; empty for all files. Each must match one.
    ///   - progress: called from any thread, in the order of events.
    /// - Throws: `ModelHubError`, `CancellationError`.
    public func pull(
        _ model: HubModel, into directory: String, include: [String] = [], progress: @escaping @Sendable (PullEvent) -> Void = { _ in }
    ) async throws {
        try LocalFile.createDirectory(directory)
        let lock = try DirectoryLock(directory: directory)
        defer { lock.release() }
        let connection = HubConnection(address: address, token: token, patience: patience)
        do {
            try await pull(model, into: directory, include: include, over: connection, progress: progress)
        } catch {
            await connection.close()
            throw error
        }
        await connection.close()
        progress(.finished(directory: directory))
    }

    private func pull(
        _ model: HubModel, into directory: String, include: [String], over connection: HubConnection,
        progress: @escaping @Sendable (PullEvent) -> Void
    ) async throws {
        let listing = RepositoryListing(connection: connection, report: progress)
        var listed: [HubFile] = []
        for part in model.parts { listed += try await listing.files(part) }
        let files = try chosen(listed, by: include, of: model)
        let bytes = files.reduce(0) { $0.addingCapped($1.size) }
        progress(.listed(files: files.count, bytes: bytes))

        let hash = FileHash(cacheDirectory: directory)
        let download = FileDownload(connection: connection, listing: listing, hash: hash, directory: directory, report: progress)
        var missing: [HubFile] = []
        for file in files {
            if try await download.isPresent(file) {
                progress(.present(file: file.name, bytes: file.size))
            } else {
                missing.append(file)
            }
        }
        let needed = missing.reduce(0) { $0.addingCapped($1.size - download.partialFile($1).arrived) }
        let available = try LocalFile.freeSpace(directory)
        guard needed <= available else { throw ModelHubError.notEnoughSpace(directory: directory, needed: needed, available: available) }
        for file in missing { try await download.fetch(file) }
    }

    private func chosen(_ files: [HubFile], by include: [String], of model: HubModel) throws(ModelHubError) -> [HubFile] {
        let globs = include.map(Glob.init)
        func fits(_ glob: Glob, _ file: HubFile) -> Bool { glob.matches(file.name) || glob.matches(file.path) }
        for glob in globs where !files.contains(where: { fits(glob, $0) }) {
            throw .nothingMatches(pattern: glob.pattern, source: model.name)
        }
        return globs.isEmpty ? files : files.filter { file in globs.contains { fits($0, file) } }
    }
}

extension Int {
    /// The sum, or the largest integer where a hostile listing would overflow it.
    fileprivate func addingCapped(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}

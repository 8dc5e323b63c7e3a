import Datasets
import Foundation
import Testing

struct BlobStoreTests {
    private func value(_ number: Int, count: Int = 1000) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 * 31 + number * 17 + $0 >> 8) } }

    @Test(arguments: [
        ("", 0xEF46_DB37_51D8_E999), ("a", 0xD24E_C4F1_A98C_6E5B), ("abc", 0x44BC_2CF5_AD77_0999), ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
    ] as [(String, UInt64)])
    func checksumIsXXH64(text: String, expected: UInt64) {
        #expect(XXHash64.hash(Array(text.utf8)) == expected)
    }

    @Test func valuesComeBackNowAndLater() throws {
        let space = try Workspace()
        do {
            let store = try BlobStore(folder: space.file("cache"))
            for number in 0..<50 { #expect(store.store(value(number, count: number * 37), forKey: "key \(number)") == .stored) }
            #expect(store.store([1], forKey: "") == .stored)
            #expect(store.store([9], forKey: "key 3") == .alreadyPresent)
            for number in 0..<50 { #expect(store.value(forKey: "key \(number)") == value(number, count: number * 37)) }
            store.flush()
        }
        let store = try BlobStore(folder: space.file("cache"))
        #expect(store.status.count == 51 && store.status.warning == nil && store.status.damagedCount == 0)
        for number in 0..<50 { #expect(store.value(forKey: "key \(number)") == value(number, count: number * 37)) }
        #expect(store.value(forKey: "") == [1] && store.value(forKey: "key 50") == nil)
        #expect(store.contains("key 49") && !store.contains("key 50"))
        #expect(store.store([5], forKey: "key 50") == .stored)
        let names = try FileManager.default.contentsOfDirectory(atPath: space.file("cache"))
        #expect(names.count == 1, "the file of the process that ended is taken over")
    }

    @Test func processesReadEachOthersFiles() throws {
        let space = try Workspace()
        let stores = try (0..<3).map { _ in try BlobStore(folder: space.path) }
        for (number, store) in stores.enumerated() { store.store(value(number), forKey: "of \(number)") }
        #expect(try space.names.count == 3, "one file for each")
        #expect(stores[0].value(forKey: "of 1") == nil)
        for store in stores {
            try store.refresh()
            for number in 0..<3 { #expect(store.value(forKey: "of \(number)") == value(number)) }
        }
        stores[2].store(value(7), forKey: "later")
        try stores[0].refresh()
        try stores[0].refresh()
        #expect(stores[0].value(forKey: "later") == value(7))
        #expect(stores[0].status.byteCount == stores[2].status.byteCount)
    }

    /// A data file of three records, and the bytes of it.
    private func sample() throws -> (space: Workspace, name: String, bytes: [UInt8]) {
        let space = try Workspace()
        do {
            let store = try BlobStore(folder: space.path)
            for number in 0..<3 { store.store(value(number, count: 40), forKey: "k\(number)") }
        }
        let name = try #require(try space.names.first)
        return (space, name, try space.bytes(name))
    }

    @Test func tornEndsAreCutWhereverTheyTear() throws {
        let (space, name, bytes) = try sample()
        let length = bytes.count / 3
        for end in 0..<bytes.count {
            try space.write(bytes.prefix(end), to: name)
            let store = try BlobStore(folder: space.path)
            #expect(store.status.count == end / length)
            #expect(try space.bytes(name).count == end / length * length)
            #expect(store.store([1, 2, 3], forKey: "new") == .stored)
            let again = try BlobStore(folder: space.path)
            #expect(again.value(forKey: "new") == [1, 2, 3])
            for number in 0..<end / length { #expect(again.value(forKey: "k\(number)") == value(number, count: 40)) }
            for other in try space.names where other != name { try FileManager.default.removeItem(atPath: space.file(other)) }
        }
    }

    @Test func lastRecordWithoutItsContentIsCut() throws {
        let (space, name, bytes) = try sample()
        try space.write(bytes.dropLast(40) + [UInt8](repeating: 0, count: 40), to: name)
        let store = try BlobStore(folder: space.path)
        #expect(store.status.count == 2)
        #expect(try space.bytes(name).count == bytes.count / 3 * 2)
    }

    @Test func anyDamagedByteIsNoticed() throws {
        let (space, name, bytes) = try sample()
        for place in bytes.indices {
            var wrong = bytes
            wrong[place] ^= 1 << UInt8(place % 8)
            try space.write(wrong, to: name)
            let store = try BlobStore(folder: space.path)
            var found = 0
            for number in 0..<3 {
                let read = store.value(forKey: "k\(number)")
                #expect(read == nil || read == value(number, count: 40))
                if read != nil { found += 1 }
            }
            #expect(found < 3, "byte \(place)")
        }
    }

    @Test func damagedValuesCanBeStoredAgain() throws {
        let (space, name, bytes) = try sample()
        let store = try BlobStore(folder: space.path)
        var wrong = bytes
        wrong[50] ^= 4
        let file = try #require(FileHandle(forWritingAtPath: space.file(name)))
        try file.write(contentsOf: wrong)
        #expect(store.value(forKey: "k0") == nil && store.status.damagedCount == 1 && store.status.count == 2)
        #expect(store.value(forKey: "k1") == value(1, count: 40))
        #expect(store.store(value(0, count: 40), forKey: "k0") == .stored)
        #expect(store.value(forKey: "k0") == value(0, count: 40))
        let again = try BlobStore(folder: space.path)
        #expect(again.value(forKey: "k0") == value(0, count: 40), "the later record goes before the damaged one")
    }

    @Test func strangeFilesDoNoHarm() throws {
        let space = try Workspace()
        var head: [UInt8] = [0x42, 0x4C, 0x42, 0x31, 0xFF, 0xFF, 0xFF, 0x7F]
        head += [UInt8](repeating: 0xFF, count: 100)
        try space.write(head, to: "0.blobs")
        try space.write(Array("letters".utf8), to: "1.blobs")
        try space.write([], to: "2.blobs")
        try space.write(Array("notes".utf8), to: "notes.txt")
        try FileManager.default.createDirectory(atPath: space.file("3.blobs"), withIntermediateDirectories: true)
        let store = try BlobStore(folder: space.path)
        #expect(store.status.count == 0)
        #expect(store.store([1], forKey: "a") == .stored && store.value(forKey: "a") == [1])
    }

    // MARK: Limits

    @Test func limitStopsStoringWithAWarning() throws {
        let space = try Workspace()
        let store = try BlobStore(folder: space.path, byteLimit: 3000)
        #expect(store.store(value(0), forKey: "a") == .stored)
        #expect(store.store(value(1), forKey: "b") == .stored)
        #expect(store.status.warning == nil)
        #expect(store.store(value(2), forKey: "c") == .stopped)
        let warning = try #require(store.status.warning)
        #expect(warning == .limitReached(folder: space.path, limit: 3000) && "\(warning)".contains("3000 bytes"))
        #expect(store.store([1], forKey: "small") == .stopped, "once stopped, it stays so")
        #expect(store.value(forKey: "a") == value(0) && store.value(forKey: "b") == value(1) && store.value(forKey: "c") == nil)
        #expect(store.status.byteCount <= 3000)
        let other = try BlobStore(folder: space.path, byteLimit: 3000)
        #expect(other.store(value(3), forKey: "d") == .stopped, "other processes' files count")
    }

    /// The system's limit for file sizes stands in for a full disk: a write ends in the middle, the next one fails.
    @Test func failedWritesLeaveTheFileAsItWas() throws {
        let space = try Workspace()
        let store = try BlobStore(folder: space.path)
        store.store(value(0), forKey: "a")
        let name = try #require(try space.names.first)
        let before = try space.bytes(name)
        var usual = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &usual)
        // Far above what any other test writes, for they run at the same time.
        var small = rlimit(rlim_cur: 24 << 20, rlim_max: usual.rlim_max)
        signal(SIGXFSZ, SIG_IGN)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &small)
        defer { setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &usual) }
        #expect(store.store([UInt8](repeating: 1, count: 25 << 20), forKey: "b") == .stopped)
        guard case .writingFailed(let file, let reason) = store.status.warning else {
            Issue.record("\(store.status)")
            return
        }
        #expect(file == space.file(name) && !reason.isEmpty)
        #expect(try space.bytes(name) == before)
        #expect(store.value(forKey: "a") == value(0) && store.value(forKey: "b") == nil)
        #expect(store.store([1], forKey: "c") == .stopped)
    }

    @Test func impossibleFoldersAreErrors() throws {
        let space = try Workspace()
        try space.write([1], to: "file")
        for folder in ["file", "file/deeper"] {
            let message = errorText { _ = try BlobStore(folder: space.file(folder)) }
            #expect(message.contains(space.file(folder)) && message.contains("cannot hold a cache"))
        }
    }

    @Test func threadsShareOneStore() async throws {
        let space = try Workspace()
        let store = try BlobStore(folder: space.path)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for number in 0..<50 {
                        let key = "key \((number * 7 + task) % 60)"
                        if store.value(forKey: key) == nil { store.store(Array(key.utf8), forKey: key) }
                        #expect(store.value(forKey: key) == Array(key.utf8))
                    }
                }
            }
        }
        #expect(store.status.count == 60 && store.status.damagedCount == 0)
        let again = try BlobStore(folder: space.path)
        #expect(again.status.count == 60)
    }
}

import MicroJSON
import NestKVStorage

/// Writes a snapshot: a head, a line for each entry point that has settings, a line for each leaf as in an export, and
/// a last line with the numbers of both and the hash of all lines before.
///
/// The leaves are read page by page while other clients write. Then the changes of the feed are applied to them
/// (``FeedFollower``), so all of them belong to one revision. If entry points have feeds of their own, each has its own
/// revision.
package struct SnapshotRun {
    /// The version of the file format.
    static let format = 1

    private let client: HTTPClient
    private let persistence: Persistence
    private let progress: Progress
    private let withHistory: Bool
    private var leaves = 0
    /// Folders for temporary files.
    private let folders: [String]

    package init(
        _ client: HTTPClient, _ persistence: Persistence, isQuiet: Bool, withHistory: Bool, spooling folders: [String]
    ) {
        self.folders = folders
        (self.client, self.persistence, self.withHistory) = (client, persistence, withHistory)
        progress = Progress(isQuiet: isQuiet)
    }

    /// Makes the snapshot.
    package mutating func run(to file: SnapshotFile) throws {
        do {
            let (source, hasOneFeed) = try persistence.persisting(client) { try Self.source(client) }
            let spool = try TemporaryFile(in: folders)
            let (parts, settings) =
                try hasOneFeed ? readTogether(spool) : readEach(spool)
            try writeHead(source, parts, hasOneFeed, to: file)
            for line in settings { try file.write(line) }
            try spool.rewind()
            var lines = LineReader { try spool.read() }
            for var part in parts {
                for _ in 0..<part.scanned {
                    guard let line = try lines.next() else { break }
                    try write(line, &part.follower, to: file)
                }
                // Leaves created since, in the order of paths.
                for (_, state) in part.follower.changes.sorted(by: { $0.key < $1.key }) {
                    guard case .set(let range) = state else { continue }
                    try writeLeaf(part.follower.line(range), to: file)
                }
            }
            try writeEnd(settings.count, to: file)
            try file.finish()
            let revisions = hasOneFeed ? ", revision \(parts.first?.revision ?? 0)" : ""
            progress.end("\(leaves) leaves\(revisions) in \(file.path ?? "the snapshot").")
        } catch {
            progress.clear()
            file.remove()
            throw error
        }
    }

    /// The leaves that belong to one feed.
    private struct Part {
        let name: String?
        var follower: FeedFollower
        var scanned: Int
        var revision: Int
    }

    /// A server's driver and version, and whether all entry points have one feed.
    private static func source(_ client: HTTPClient) throws -> (server: String, hasOneFeed: Bool) {
        let capabilities = try client.fetch("GET", "/_capabilities").json()
        guard let driver = capabilities.text(at: "stores", "0", "driver"),
            let atomicity = capabilities.text(at: "stores", "0", "atomicity")
        else { throw CommandFailure.failure("\(client.server) is not a nestkv server.") }
        return (driver, atomicity == "store")
    }

    /// All entry points at one revision.
    private func readTogether(_ spool: TemporaryFile) throws -> ([Part], settings: [[UInt8]]) {
        let follower = try persistence.persisting(client) {
            try FeedFollower("/_events", TemporaryFile(in: folders), client)
        }
        var part = Part(name: nil, follower: follower, scanned: 0, revision: 0)
        var settings = try persistence.persisting(client) { try EntryPointLine.all(client) }
        for name in try persistence.persisting(client, { try client.entryPoints() }) {
            try scan(Target.entryPoint(name), &part, spool)
        }
        while true {
            try settle(&part, "/_events")
            // Settings that are the same before and after the revision are those at the revision.
            let now = try persistence.persisting(client) { try EntryPointLine.all(client) }
            if now == settings { return ([part], now.map(\.line)) }
            settings = now
        }
    }

    /// Each entry point at a revision of its own.
    private func readEach(_ spool: TemporaryFile) throws -> ([Part], settings: [[UInt8]]) {
        var parts: [Part] = []
        for name in try persistence.persisting(client, { try client.entryPoints() }) {
            let path = Target.entryPoint(name)
            let follower = try persistence.persisting(client) {
                try FeedFollower(path, TemporaryFile(in: folders), client)
            }
            var part = Part(name: name, follower: follower, scanned: 0, revision: 0)
            try scan(path, &part, spool)
            try settle(&part, path)
            parts.append(part)
        }
        return (parts, try persistence.persisting(client) { try EntryPointLine.all(client) }.map(\.line))
    }

    /// Reads the leaves of an entry point, and what changes meanwhile.
    private func scan(_ path: String, _ part: inout Part, _ spool: TemporaryFile) throws {
        var pages = ListPages(path, isEntries: true, pattern: nil, tags: [])
        while let page = try persistence.persisting(client, { try pages.next(client) }) {
            for entry in page.elements {
                _ = try spool.append(Array(entry) + [0x0A])
                part.scanned += 1
                let revision = JSONText(trusted: Array(entry)).number(at: "metadata", "revision") ?? 0
                part.revision = max(part.revision, revision)
            }
            // The feed is read after each page, so that it needs to keep only what is written in between.
            try persistence.persisting(client) { try part.follower.read(client) }
            progress.tell("\(part.scanned) leaves read, at \(path)")
        }
    }

    /// Applies the feed up to a revision that includes everything that was read.
    private func settle(_ part: inout Part, _ path: String) throws {
        let seen = part.revision
        let revision = try persistence.persisting(client) {
            while true {
                let revision = try FeedFollower.current(path, client)
                // A leaf may be readable some microseconds before its revision is reported.
                if revision >= seen { return revision }
            }
        }
        try persistence.persisting(client) { try part.follower.read(client, through: revision) }
        part.follower.settle(at: revision)
        part.revision = revision
    }
}

extension SnapshotRun {
    private func writeHead(_ driver: String, _ parts: [Part], _ hasOneFeed: Bool, to file: SnapshotFile) throws {
        var writer = JSONWriter()
        writer.object { writer in
            writer.object("snapshot") { writer in
                writer.member("format", Self.format)
                writer.member("createdAt", Timestamp.now)
                writer.member("store", driver)
                writer.member("histories", withHistory)
                guard !hasOneFeed else { return writer.member("revision", parts.first?.revision ?? 0) }
                writer.object("revisions") { writer in
                    for part in parts {
                        writer.name(utf8: (part.name ?? "").utf8)
                        writer.integer(part.revision)
                    }
                }
            }
        }
        try file.write(writer.bytes)
    }

    private func writeEnd(_ entryPoints: Int, to file: SnapshotFile) throws {
        let hash = try file.hash()
        try file.write(#"{"end":{"leaves":\#(leaves),"entryPoints":\#(entryPoints),"sha256":"\#(hash)"}}"#.utf8)
    }

    /// Writes a leaf that was read, in its last state.
    private mutating func write(
        _ line: ArraySlice<UInt8>, _ follower: inout FeedFollower, to file: SnapshotFile
    ) throws {
        let path = JSONText(trusted: Array(line)).text(at: "path") ?? ""
        switch follower.takeState(of: path) {
        case nil: try writeLeaf(Array(line), to: file)
        case .gone?: return
        case .set(let range)?: try writeLeaf(follower.line(range), to: file)
        }
    }

    private mutating func writeLeaf(_ line: [UInt8], to file: SnapshotFile) throws {
        leaves += 1
        progress.tell("\(leaves) leaves written, \(progress.rate(of: leaves))")
        guard withHistory else { return try file.write(line) }
        let entry = JSONText(trusted: line)
        let path = entry.text(at: "path") ?? ""
        let version = entry.number(at: "metadata", "version") ?? 0
        var target = Target(path)
        target.add("history")
        let history = try persistence.persisting(client) { try client.fetch("GET", target.text).json() }
        var writer = JSONWriter(reserving: history.utf8.count + line.count)
        writer.beginArray()
        for revision in history.elements {
            let revision = JSONText(trusted: Array(revision))
            if let number = revision.number(at: "version"), number < version { writer.raw(revision) }
        }
        writer.endArray()
        try file.write(line.dropLast() + Array(#","history":"#.utf8) + writer.bytes + [UInt8(ascii: "}")])
    }
}

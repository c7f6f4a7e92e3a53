import ArgumentParser
import Digests
import MicroJSON
import NestKVCore

#if canImport(Glibc)
    import Glibc
#endif

/// Restores a snapshot through a server.
///
/// It verifies all of it first, then stores the leaves. The settings of entry points come last, because they may refuse
/// or change what is written.
package struct SnapshotRestore {
    private let client: HTTPClient
    private let persistence: Persistence
    private let isQuiet: Bool
    private let merges: Bool
    private let keepsGoing: Bool

    package init(_ client: HTTPClient, _ persistence: Persistence, isQuiet: Bool, merges: Bool, keepsGoing: Bool) {
        (self.client, self.persistence, self.isQuiet) = (client, persistence, isQuiet)
        (self.merges, self.keepsGoing) = (merges, keepsGoing)
    }

    /// Restores from a file; '-' is standard input.
    package func run(_ path: String) throws {
        let input = try path == "-" ? Self.standardInput() : Descriptor(opening: path, O_RDONLY)
        let contents = try SnapshotContents(input, name: path)
        try checkTarget(contents)
        for (name, settings) in contents.entryPoints {
            guard let replicas = settings.slice(at: [Array("replicas".utf8)]) else { continue }
            // The number of replicas must be set before the entry point exists.
            try put(name, Array(#"{"replicas":"#.utf8) + replicas.utf8 + [UInt8(ascii: "}")])
        }
        guard lseek(input.number, 0, SEEK_SET) == 0 else { throw input.failure("can't be read") }
        let limits = try persistence.persisting(client) { try ImportLimits(of: client) }
        var run = ImportRun(
            client, limits, persistence, nil, keepsGoing: keepsGoing, progress: Progress(isQuiet: isQuiet),
            size: input.size, ofSnapshot: true)
        try run.take(LineReader { try input.read() }, skipping: 0)
        for (name, settings) in contents.entryPoints { try put(name, settings.utf8) }
    }

    /// Standard input as a file, which can be read twice: to verify it and to restore it.
    private static func standardInput() throws(CommandFailure) -> Descriptor {
        let input = Descriptor(0, name: "standard input")
        if input.size != nil { return input }
        return try TemporaryFile.copy(of: input)
    }

    private func checkTarget(_ contents: SnapshotContents) throws {
        guard !merges else { return }
        for name in try persistence.persisting(client, { try client.entryPoints() }) {
            let path = Target.entryPoint(name)
            let count = try persistence.persisting(client) { try client.fetch("GET", path + "?keys&limit=1").json() }
            guard let key = count.text(at: "keys", "0") else { continue }
            throw CommandFailure.conflict(
                "The store has leaves (\(key)). Restore into an empty store, or add --merge: it replaces the leaves "
                    + "that the snapshot has, and keeps the others.")
        }
    }

    private func put(_ name: String, _ settings: [UInt8]) throws {
        do {
            try persistence.persisting(client) {
                _ = try client.fetch("PUT", "/_entrypoints" + Target.entryPoint(name), body: settings)
            }
        } catch {
            let text = "The settings of entry point '\(name)' can't be restored. \(error.message)"
            guard keepsGoing else { throw CommandFailure(message: text, exitCode: error.exitCode) }
            StandardStream.error.write("nestkv: \(text)\n")
        }
    }
}

/// The entry points of a snapshot that was read and verified completely.
struct SnapshotContents {
    /// Entry points with their settings.
    private(set) var entryPoints: [(name: String, settings: JSONText)] = []

    /// Reads a whole snapshot.
    ///
    /// - Throws: ``CommandFailure`` if it was cut or changed.
    init(_ input: Descriptor, name: String) throws {
        var lines = LineReader { try input.read() }
        var digest = SHA256()
        var leaves = 0
        var end: JSONText?
        guard let first = try lines.next(), let head = try? JSONText(parsing: Array(first), limits: .anyServer),
            let format = head.number(at: "snapshot", "format")
        else {
            throw CommandFailure.failure(
                "\(name) is not a snapshot of 'nestkv backup'. To store an export, use 'nestkv import'.")
        }
        guard format == SnapshotRun.format else {
            throw CommandFailure.failure(
                "\(name) is a snapshot of format \(format); this nestkv reads format \(SnapshotRun.format). "
                    + "Use a newer nestkv."
            )
        }
        digest.update(Array(first) + [0x0A])
        while let line = try lines.next() {
            guard end == nil else { throw Self.damaged(name, "there is data after its last line") }
            if line.starts(with: #"{"end":"#.utf8) {
                end = try? JSONText(parsing: Array(line), limits: .anyServer)
                if end == nil { break }
                continue
            }
            digest.update(Array(line) + [0x0A])
            guard line.starts(with: #"{"entryPoint":"#.utf8) else {
                leaves += 1
                continue
            }
            let text = JSONText(trusted: Array(line))
            if let name = text.text(at: "entryPoint"), let settings = text.slice(at: [Array("settings".utf8)]) {
                entryPoints.append((name, settings))
            }
        }
        guard let end else { throw Self.damaged(name, "it was cut: its last line is missing") }
        guard end.number(at: "end", "leaves") == leaves, end.number(at: "end", "entryPoints") == entryPoints.count,
            end.text(at: "end", "sha256") == digest.finished().hexadecimal
        else { throw Self.damaged(name, "it does not match the counts and the hash in its last line") }
    }

    private static func damaged(_ name: String, _ what: String) -> CommandFailure {
        .failure("The snapshot \(name) is damaged: \(what). Nothing was restored; use another snapshot.")
    }
}

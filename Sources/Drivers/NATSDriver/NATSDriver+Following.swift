import NestKVCore
import Synchronization

/// The changes of each entry point, and what is to be deleted because its time is up.
extension NATSDriver {
    func expired(by time: Timestamp, limit: Int) async throws -> [Record] {
        var found: [Record] = []
        var failure: DriverError?
        for name in try await expiryNames.all(from: table) {
            do throws(DriverError) {
                guard found.count < limit, let entry = try await table.find(name) else { continue }
                found += try await checked(entry) { () throws(DriverError) in
                    try await entry.bucket.expired(by: time, limit: limit - found.count)
                }
            } catch {
                // What is wrong with one bucket holds up no other.
                if error.kind != .unsupported { failure = error }
            }
        }
        if let failure, found.isEmpty { throw failure }
        return found.sorted { $0.expiresAt ?? time < $1.expiresAt ?? time }
    }

    func changes(in feed: Feed, after revision: Revision, limit: Int) async throws -> ChangePage {
        guard let entry = try await table.find(try feed.name) else {
            // A reader who waits here goes on in the bucket that is made.
            return ChangePage(changes: [], oldest: 0, current: 0, identity: "")
        }
        return try await checked(entry) { () throws(DriverError) in
            try await entry.bucket.changes(after: revision, limit: limit)
        }
    }

    func waitForChange(in feed: Feed, after revision: Revision) async throws {
        try await followers.wait(try feed.name, after: revision)
    }
}

/// The entry points that are looked through for leaves whose time is up.
final class KnownEntryPoints: Sendable {
    /// A bucket that another process made is looked through this much later at most.
    private static let interval = Duration.seconds(5)

    private let state = Mutex<(names: [[UInt8]], askedAt: ContinuousClock.Instant?)>(([], nil))

    /// All of them as they were lately, and those that this process uses.
    func all(from table: BucketTable) async throws(DriverError) -> Set<[UInt8]> {
        let known = state.withLock { $0 }
        var names = known.names
        if known.askedAt.map({ ContinuousClock.now - $0 >= Self.interval }) ?? true {
            names = try await table.entryPoints()
            state.withLock { $0 = (names, .now) }
        }
        return Set(names).union(table.all.map(\.entryPoint))
    }
}

extension Feed {
    /// The entry point; a store whose entry points count on their own has no other feed.
    fileprivate var name: [UInt8] {
        get throws(DriverError) {
            if let entryPoint { return entryPoint }
            throw DriverError(
                .unsupported, "On NATS each entry point has a feed of its own, and there is none of the whole store.")
        }
    }
}

import NestKVStorage
import Synchronization

/// The changes of each entry point, and its expired leaves.
extension NATSDriver {
    func expired(by time: Timestamp, limit: Int) async throws(DriverError) -> [Record] {
        var found: [Record] = []
        var failure: DriverError?
        for name in try await expiryNames.all(from: table) {
            do throws(DriverError) {
                guard found.count < limit, let entry = try await table.find(name) else { continue }
                found += try await checked(entry) { () throws(DriverError) in
                    try await entry.bucket.expired(by: time, limit: limit - found.count)
                }
            } catch {
                // A problem with one bucket must not affect the others.
                if error.kind != .unsupported { failure = error }
            }
        }
        if let failure, found.isEmpty { throw failure }
        return found.sorted { $0.expiresAt ?? time < $1.expiresAt ?? time }
    }

    func changes(in feed: Feed, after revision: Revision, limit: Int) async throws(DriverError) -> ChangePage {
        guard let entry = try await table.find(try feed.name) else {
            // A reader that waits here continues in the bucket once it is created.
            return ChangePage(changes: [], oldest: 0, current: 0, identity: "")
        }
        return try await checked(entry) { () throws(DriverError) in
            try await entry.bucket.changes(after: revision, limit: limit)
        }
    }

    func waitForChange(in feed: Feed, after revision: Revision) async throws(DriverError) {
        try await followers.wait(try feed.name, after: revision)
    }
}

/// The entry points that are searched for expired leaves.
final class KnownEntryPoints: Sendable {
    /// A bucket that another process created is searched this much later at most.
    private static let interval = Duration.seconds(5)

    private let state = Mutex<(names: [[UInt8]], askedAt: ContinuousClock.Instant?)>(([], nil))

    /// The entry points of the latest listing, and those that this process uses.
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
    /// The entry point. A store whose entry points have their own revisions has no other feed.
    fileprivate var name: [UInt8] {
        get throws(DriverError) {
            if let entryPoint { return entryPoint }
            throw DriverError(
                .unsupported,
                "On NATS, each entry point has a feed of its own. There is no feed of the whole store.")
        }
    }
}

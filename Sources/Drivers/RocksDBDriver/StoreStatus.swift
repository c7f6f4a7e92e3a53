import NestKVCore
import Synchronization

/// What the writer tells everybody else.
final class StoreStatus: Sendable {
    private let published: Atomic<Revision>
    private let oldest: Atomic<Revision>
    private let state = Mutex(DriverHealth.good)
    /// The first damage that a read found, and when. It stays until the store is opened anew.
    private let damage = Mutex<(problem: String, since: Timestamp)?>(nil)
    /// Wakes those who wait for a change.
    let signal: RevisionSignal

    /// The status of a store that stands there.
    init(_ state: StoreState) {
        published = Atomic(state.revision)
        oldest = Atomic(state.feedOldest)
        signal = RevisionSignal(revision: state.revision)
    }

    /// The latest revision that is as durable as promised. What is read after this was asked holds all of it.
    var revision: Revision { published.load(ordering: .acquiring) }

    /// Tells a new revision, whose changes are visible.
    func publish(_ revision: Revision) {
        published.store(revision, ordering: .releasing)
        signal.advance(to: revision)
    }

    /// The revision after which the feed is complete. It rises before rows go away, so a reader asks after it read.
    var feedOldest: Revision { oldest.load(ordering: .acquiring) }

    /// Tells that the feed is going to be trimmed.
    func announceTrim(to revision: Revision) {
        oldest.store(revision, ordering: .releasing)
    }

    /// The state for probes.
    var health: DriverHealth {
        var health = state.withLock { $0 }
        if health.problem == nil, let damage = damage.withLock({ $0 }) {
            (health.problem, health.since) = damage
        }
        return health
    }

    /// The error of a failed read. Damage is kept for probes; the rest of the store is served all the same.
    func failure(reading what: String, _ failure: RocksDBFailure) -> DriverError {
        let error = DriverError.reading(what, failure)
        if error.kind == .corrupt {
            damage.withLock { damage in damage = damage ?? (error.message, .now) }
        }
        return error
    }

    /// Tells that writing fails, and perhaps reading, too; keeps the time since when.
    func fail(_ problem: String, canRead: Bool = true) {
        state.withLock { state in
            state = DriverHealth(canRead: canRead, canWrite: false, problem: problem, since: state.since ?? .now)
        }
    }

    /// Tells that writing works.
    func recover() {
        state.withLock { $0 = .good }
    }
}

import NestKVCore
import Synchronization

/// What the writer tells everybody else.
final class StoreStatus: Sendable {
    private let published: Atomic<Revision>
    private let oldest: Atomic<Revision>
    private let state = Mutex(DriverHealth.good)
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
    var health: DriverHealth { state.withLock { $0 } }

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

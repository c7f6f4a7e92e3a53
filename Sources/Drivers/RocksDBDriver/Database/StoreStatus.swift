import NestKVStorage
import Synchronization

/// The writer's status, for all other threads.
final class StoreStatus: Sendable {
    private let published: Atomic<Revision>
    private let state = Mutex(DriverHealth.good)
    /// The first damage that a read found, and when. It stays until the store is opened again.
    private let damage = Mutex<(problem: String, since: Timestamp)?>(nil)
    /// Why the folder isn't the store's any more, and since when.
    private let lost = Mutex<(problem: String, since: Timestamp)?>(nil)
    /// Leaves that were not counted yet, found by a walk through all leaves. The writer takes it.
    private let uncounted = Mutex<Census?>(nil)
    private let verified = Atomic(false)
    /// Wakes tasks that wait for a change.
    let signal: RevisionSignal

    /// The status of an existing store.
    init(_ state: StoreState) {
        published = Atomic(state.revision)
        signal = RevisionSignal(revision: state.revision)
    }

    /// The latest revision that is as durable as promised. A read that begins afterwards has all of it.
    var revision: Revision { published.load(ordering: .acquiring) }

    /// Publishes a new revision, whose changes are visible.
    func publish(_ revision: Revision) {
        published.store(revision, ordering: .releasing)
        signal.advance(to: revision)
    }

    /// The state for health checks.
    var health: DriverHealth {
        var health = state.withLock { $0 }
        if let loss {
            (health.problem, health.since) = loss
            health.canWrite = false
        }
        if let damage = damage.withLock({ $0 }) {
            health.isDamaged = true
            if health.problem == nil { (health.problem, health.since) = damage }
        }
        return health
    }

    /// The error of a failed read. Damage is kept for health checks; the rest of the store is still served.
    func failure(reading what: String, _ failure: RocksDBFailure) -> DriverError {
        let error = DriverError.reading(what, failure)
        if error.kind == .corrupt { report(damage: error.message) }
        return error
    }

    /// Reports that something is missing or damaged. The first such problem is kept.
    func report(damage problem: String) {
        damage.withLock { damage in damage = damage ?? (problem, .now) }
    }

    /// Whether the whole store was read since the start.
    var isVerified: Bool { verified.load(ordering: .acquiring) }

    /// Reports that the whole store was read.
    func reportVerified() { verified.store(true, ordering: .releasing) }

    /// Why the folder isn't the store's any more; nil: it still is.
    var loss: (problem: String, since: Timestamp)? { lost.withLock { $0 } }

    /// Reports whether the folder is the store's.
    func report(loss problem: String?) {
        lost.withLock { loss in loss = problem.map { ($0, loss?.since ?? .now) } }
    }

    /// Reports leaves to be added to the writer's census.
    func report(uncounted census: Census) {
        uncounted.withLock { $0 = census }
    }

    /// Takes the leaves to be added to the writer's census.
    func takeUncounted() -> Census? {
        uncounted.withLock { census in
            defer { census = nil }
            return census
        }
    }

    /// Reports that writing fails, and perhaps reading, too. Keeps the time of the first failure.
    func fail(_ problem: String, canRead: Bool = true) {
        state.withLock { state in
            state = DriverHealth(canRead: canRead, canWrite: false, problem: problem, since: state.since ?? .now)
        }
    }

    /// Reports that writing works.
    func recover() {
        state.withLock { $0 = .good }
    }
}

import CoreMetrics
import Synchronization

/// The timers of requests by their kind: a list that only grows, so that threads find a timer without a lock and
/// without counting references that they share. There are few kinds, and comparing their strings costs less than
/// hashing them.
///
/// `@unchecked Sendable` because the pointer refers to an entry, which is `Sendable`.
final class RequestTimes: @unchecked Sendable {
    /// What requests of one timer have in common.
    struct Kind: Equatable {
        let status: Int
        let method: String
        let route: String
    }

    private final class Entry: Sendable {
        let kind: Kind
        let timer: any TimerHandler
        let next: Entry?

        init(_ kind: Kind, _ timer: any TimerHandler, next: Entry?) {
            (self.kind, self.timer, self.next) = (kind, timer, next)
        }
    }

    /// The newest entry, which holds the others.
    private let first = Atomic<UnsafeRawPointer?>(nil)
    private let adding = Mutex(())

    deinit {
        if let first = first.load(ordering: .acquiring) { Unmanaged<Entry>.fromOpaque(first).release() }
    }

    /// Records the duration of a request of a kind. `makeTimer` makes the timer of a new kind.
    func record(_ nanoseconds: UInt64, _ kind: Kind, _ makeTimer: () -> any TimerHandler) {
        let entry = find(kind) ?? add(kind, makeTimer)
        entry._withUnsafeGuaranteedRef { $0.timer.recordNanoseconds(Int64(clamping: nanoseconds)) }
    }

    private func find(_ kind: Kind) -> Unmanaged<Entry>? {
        var next = first.load(ordering: .acquiring).map { Unmanaged<Entry>.fromOpaque($0) }
        while let entry = next {
            let isFound = entry._withUnsafeGuaranteedRef { entry in
                next = entry.next.map { .passUnretained($0) }
                return entry.kind == kind
            }
            if isFound { return entry }
        }
        return nil
    }

    private func add(_ kind: Kind, _ makeTimer: () -> any TimerHandler) -> Unmanaged<Entry> {
        adding.withLock { _ in
            if let known = find(kind) { return known }
            let known = first.load(ordering: .acquiring).map { Unmanaged<Entry>.fromOpaque($0).takeRetainedValue() }
            let entry = Unmanaged.passRetained(Entry(kind, makeTimer(), next: known))
            first.store(UnsafeRawPointer(entry.toOpaque()), ordering: .releasing)
            return entry
        }
    }
}

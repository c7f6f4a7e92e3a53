import NestKVStorage
import Synchronization

/// The leaves that were migrated when they were read, and that are to be stored so outside of the reads. It holds a
/// bounded number; what finds no place is offered again by a later read.
final class WriteBacks: Sendable {
    private static let mostWaiting = 10_000
    private static let mostAtOnce = 100
    private let waiting = Mutex<Set<Key>>([])
    private let arrivals = RevisionSignal(revision: 0)

    /// Takes the key of a leaf that was migrated.
    func offer(_ key: Key) {
        let isFirst = waiting.withLock { waiting in
            guard waiting.count < Self.mostWaiting else { return false }
            return waiting.insert(key).inserted && waiting.count == 1
        }
        if isFirst { arrivals.advance(by: 1) }
    }

    /// Some of the keys, once there are any; none when the task is cancelled.
    func next() async -> [Key] {
        while !Task.isCancelled {
            let seen = arrivals.revision
            let keys = waiting.withLock { waiting in
                let keys = Array(waiting.prefix(Self.mostAtOnce))
                waiting.subtract(keys)
                return keys
            }
            guard keys.isEmpty else { return keys }
            await arrivals.wait(after: seen)
        }
        return []
    }
}

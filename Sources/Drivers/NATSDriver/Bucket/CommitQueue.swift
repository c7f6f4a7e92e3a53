import DequeModule
import NestKVCore
import Synchronization

/// Transactions on their way into one bucket: bounded.
final class CommitQueue: Sendable {
    /// A transaction and who waits for it.
    struct Request: Sendable {
        let transaction: Transaction
        /// How often it was in the way of others' writes.
        var attempts = 0
        let continuation: CheckedContinuation<Receipt, any Error>

        func fail(_ error: DriverError) { continuation.resume(throwing: error) }
    }

    private struct State {
        var requests = Deque<Request>()
        var isRunning = false
    }

    /// The most transactions that wait.
    static let transactionsMax = 8192

    private let state = Mutex(State())

    /// Queues a transaction.
    ///
    /// - Returns: whether somebody has to begin to work on the queue; nil when it is full.
    func append(_ request: Request) -> Bool? {
        state.withLock { state in
            guard state.requests.count < Self.transactionsMax else { return nil }
            state.requests.append(request)
            defer { state.isRunning = true }
            return !state.isRunning
        }
    }

    /// Takes what is queued; empty: the work is over.
    func take(_ count: Int) -> [Request] {
        state.withLock { state in
            let taken = Array(state.requests.prefix(count))
            state.requests.removeFirst(taken.count)
            if taken.isEmpty { state.isRunning = false }
            return taken
        }
    }

    /// Puts transactions back in front.
    func putBack(_ requests: [Request]) {
        state.withLock { $0.requests.insert(contentsOf: requests, at: 0) }
    }
}

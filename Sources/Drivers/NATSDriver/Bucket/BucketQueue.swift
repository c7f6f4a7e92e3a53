import DequeModule
import NestKVStorage
import Synchronization

/// Transactions that wait to be written into one bucket: bounded.
final class BucketQueue: Sendable {
    /// A transaction and its waiting caller.
    struct Request: Sendable {
        let transaction: Transaction
        /// How many times it failed because another writer came first.
        var attempts = 0
        let continuation: TypedContinuation<Receipt, DriverError>

        func fail(_ error: DriverError) { continuation.resume(throwing: error) }
    }

    private struct State {
        var requests = Deque<Request>()
        var isRunning = false
    }

    /// The most waiting transactions.
    static let transactionsMax = 8192

    private let state = Mutex(State())

    /// Queues a transaction.
    ///
    /// - Returns: whether the caller must start working on the queue; nil if it is full.
    func append(_ request: Request) -> Bool? {
        state.withLock { state in
            guard state.requests.count < Self.transactionsMax else { return nil }
            state.requests.append(request)
            defer { state.isRunning = true }
            return !state.isRunning
        }
    }

    /// Takes queued transactions. An empty result ends the work.
    func take(_ count: Int) -> [Request] {
        state.withLock { state in
            let taken = Array(state.requests.prefix(count))
            state.requests.removeFirst(taken.count)
            if taken.isEmpty { state.isRunning = false }
            return taken
        }
    }

    /// Puts transactions back at the front.
    func putBack(_ requests: [Request]) {
        state.withLock { $0.requests.insert(contentsOf: requests, at: 0) }
    }
}

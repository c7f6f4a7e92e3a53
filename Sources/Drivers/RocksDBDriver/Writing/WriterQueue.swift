import Dispatch
import NestKVStorage
import Synchronization

/// Transactions that wait for the writer's thread: bounded.
final class WriterQueue: Sendable {
    /// A transaction, its waiting caller, and the answer. It is an object because it goes from the caller to the writer
    /// and back, and copying all of it each time costs more than staging it.
    final class Request: @unchecked Sendable {
        // @unchecked Sendable because only the caller uses it before it is queued and after it is finished, and only
        // the writer in between.

        let transaction: Transaction
        let bytes: Int
        /// The receipt, which is valid if the group is written, or why the transaction was refused.
        var result: Result<Receipt, DriverError>?
        fileprivate var caller: CheckedContinuation<Void, Never>?

        fileprivate init(_ transaction: Transaction) {
            self.transaction = transaction
            bytes = transaction.changes.reduce(0) {
                $0 + ($1.draft.value?.utf8.count ?? 0) + $1.draft.key.bytes.count
            }
        }

        /// Answers the caller.
        ///
        /// - Parameter failure: why the group was not written. A transaction that was refused gets its own reason.
        func finish(_ failure: DriverError?) {
            if let failure, case .success = result { result = .failure(failure) }
            caller?.resume()
        }
    }

    /// The result of taking from the queue.
    struct Taken {
        var requests: [Request]
        var isClosed: Bool
    }

    private struct State {
        var requests: [Request] = []
        var bytes = 0
        var isWriterWaiting = false
        var isClosed = false
        var isFinished = false
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    /// The most waiting transactions.
    static let transactionsMax = 8192
    /// The most waiting bytes of values. One transaction alone may be larger.
    static let bytesMax = 64 << 20
    /// The most transactions in one group.
    private static let groupMax = 2048

    private let state = Mutex(State())
    private let wakeUp = DispatchSemaphore(value: 0)

    /// Queues a transaction and waits until the writer has finished it.
    func submit(_ transaction: Transaction) async throws(DriverError) -> Receipt {
        let request = Request(transaction)
        await withCheckedContinuation { caller in
            request.caller = caller
            if let refusal = enqueue(request) {
                request.result = .failure(refusal)
                request.finish(nil)
            }
        }
        guard let result = request.result else { preconditionFailure("a write was finished without a result") }
        return try result.get()
    }

    private func enqueue(_ request: Request) -> DriverError? {
        let (refusal, wakes) = state.withLock { state -> (DriverError?, Bool) in
            if state.isClosed { return (DriverError(.unavailable, "The store is shutting down."), false) }
            let isFull = state.requests.count >= Self.transactionsMax || state.bytes + request.bytes > Self.bytesMax
            guard !isFull || state.requests.isEmpty else {
                return (DriverError(.unavailable, "Too many writes are waiting for the disk: try again later."), false)
            }
            state.requests.append(request)
            state.bytes += request.bytes
            defer { state.isWriterWaiting = false }
            return (nil, state.isWriterWaiting)
        }
        if wakes { wakeUp.signal() }
        return refusal
    }

    /// Takes the queued transactions, or waits until there are some. For the writer's thread only.
    func take(waitingAtMost timeout: DispatchTimeInterval) -> Taken {
        if let taken = takeNow(announceWaiting: true) { return taken }
        _ = wakeUp.wait(timeout: .now() + timeout)
        return takeNow(announceWaiting: false) ?? Taken(requests: [], isClosed: false)
    }

    private func takeNow(announceWaiting: Bool) -> Taken? {
        state.withLock { state in
            if state.requests.isEmpty && !state.isClosed {
                state.isWriterWaiting = announceWaiting
                return nil
            }
            state.isWriterWaiting = false
            var taken: [Request] = []
            if state.requests.count <= Self.groupMax {
                swap(&taken, &state.requests)
                state.requests.reserveCapacity(taken.count)
            } else {
                taken = Array(state.requests.prefix(Self.groupMax))
                state.requests.removeFirst(taken.count)
            }
            for request in taken { state.bytes -= request.bytes }
            return Taken(requests: taken, isClosed: state.isClosed)
        }
    }

    /// Accepts no more transactions, and returns when the writer has finished all accepted ones.
    func close() async {
        await withCheckedContinuation { continuation in
            let isFinished = state.withLock { state in
                if !state.isFinished { state.closers.append(continuation) }
                return state.isFinished
            }
            if isFinished { continuation.resume() } else { stop() }
        }
    }

    /// Accepts no more transactions.
    func stop() {
        let wakes = state.withLock { state in
            state.isClosed = true
            defer { state.isWriterWaiting = false }
            return state.isWriterWaiting
        }
        if wakes { wakeUp.signal() }
    }

    /// Called last by the writer.
    func finish() {
        let closers = state.withLock { state in
            state.isFinished = true
            defer { state.closers = [] }
            return state.closers
        }
        for closer in closers { closer.resume() }
    }
}

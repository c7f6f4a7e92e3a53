import Synchronization

/// Runs one read at a time for each id. Callers that arrive meanwhile share the next read.
///
/// They can't share the running read, because it may have started before a write that they must see. Any number of
/// clients with the same request therefore cost the time and memory of two reads.
public final class SharedReads<ID: Hashable & Sendable, Value: Sendable>: Sendable {
    private enum Turn: Sendable {
        /// The caller reads for all waiting callers.
        case lead
        case done(Result<Value, DriverError>)
    }

    /// The callers that wait for the next read. There is an entry for every running read.
    private let waiting = Mutex<[ID: [CheckedContinuation<Turn, Never>]]>([:])

    /// An instance without running reads.
    public init() {}

    /// The result of `body`, or of another caller's read that begins after this call.
    public func read(_ id: ID, _ body: () async throws(DriverError) -> Value) async throws(DriverError) -> Value {
        if case .done(let result) = await turn(id) { return try result.get() }
        let followers = waiting.withLock { exchange(&$0[id, default: []], with: []) }
        let result: Result<Value, DriverError>
        do throws(DriverError) {
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        for follower in followers { follower.resume(returning: .done(result)) }
        let next = waiting.withLock { waiting in
            guard waiting[id]?.isEmpty == false else {
                waiting[id] = nil
                return nil as CheckedContinuation<Turn, Never>?
            }
            return waiting[id]?.removeFirst()
        }
        next?.resume(returning: .lead)
        return try result.get()
    }

    private func turn(_ id: ID) async -> Turn {
        let isFirst = waiting.withLock { waiting in
            guard waiting[id] == nil else { return false }
            waiting[id] = []
            return true
        }
        if isFirst { return .lead }
        return await withCheckedContinuation { continuation in
            let leads = waiting.withLock { waiting in
                // The read may have ended meanwhile.
                guard waiting[id] != nil else {
                    waiting[id] = []
                    return true
                }
                waiting[id]?.append(continuation)
                return false
            }
            if leads { continuation.resume(returning: .lead) }
        }
    }
}

/// A read of a path and the leaves below it, reduced to what determines who can share it.
public struct SubtreeRead: Hashable, Sendable {
    private let key: Key
    private let hasAncestors: Bool
    private let leaves: Int
    private let bytes: Int

    /// A read of a path within a reach.
    public init(_ key: Key, _ reach: Reach) {
        self.key = key
        hasAncestors = reach.ancestors
        (leaves, bytes) = (reach.leavesBelow, reach.bytesBelow)
    }
}

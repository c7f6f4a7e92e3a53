import Synchronization

/// Reads of which one is under way at a time for each thing that is read: who comes meanwhile shares the next one.
///
/// Not the one that is under way: it may have begun before a write that the newcomer has to see. So any number of
/// clients that ask for the same costs two reads at once, of time and of memory.
public final class SharedReads<ID: Hashable & Sendable, Value: Sendable>: Sendable {
    private enum Turn: Sendable {
        /// Reads for those who wait.
        case lead
        case done(Result<Value, any Error>)
    }

    /// Those who wait for the next read; an entry for whatever is being read.
    private let waiting = Mutex<[ID: [CheckedContinuation<Turn, Never>]]>([:])

    /// Nothing is being read.
    public init() {}

    /// What `body` reads, or another caller's that begins later than this call.
    public func read(_ id: ID, _ body: () async throws -> Value) async throws -> Value {
        if case .done(let result) = await turn(id) { return try result.get() }
        let followers = waiting.withLock { exchange(&$0[id, default: []], with: []) }
        let result: Result<Value, any Error>
        do {
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
                // It may have ended meanwhile.
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

/// A read of a path with what is stored below it, as far as it matters for who can share it.
public struct SubtreeRead: Hashable, Sendable {
    private let key: Key
    private let hasAncestors: Bool
    private let leaves: Int
    private let bytes: Int

    /// A read of a path in a reach.
    public init(_ key: Key, _ reach: Reach) {
        self.key = key
        hasAncestors = reach.ancestors
        (leaves, bytes) = (reach.leavesBelow, reach.bytesBelow)
    }
}

import NestKVStorage
import Synchronization

/// Resumes a continuation with the first result.
final class Once: Sendable {
    private let continuation: Mutex<TypedContinuation<Void, ConnectionFailure>?>

    /// No result has come yet.
    init(_ continuation: TypedContinuation<Void, ConnectionFailure>) {
        self.continuation = Mutex(continuation)
    }

    /// Takes a result. All but the first are dropped.
    func resume(_ result: Result<Void, ConnectionFailure>) {
        continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }?.resume(with: result)
    }
}

/// Collects the replies to several messages and resumes a continuation when each has one.
final class Replies: Sendable {
    private typealias Reply = Result<Message, ConnectionFailure>

    private struct State {
        var replies: [Reply?]
        var missing: Int
    }

    private let state: Mutex<State>
    private let continuation: CheckedContinuation<[Result<Message, ConnectionFailure>], Never>

    /// Waits for `count` replies.
    init(_ count: Int, _ continuation: CheckedContinuation<[Result<Message, ConnectionFailure>], Never>) {
        state = Mutex(State(replies: Array(repeating: nil, count: count), missing: count))
        self.continuation = continuation
    }

    /// Takes the reply to one message. All but the first reply to it are dropped.
    ///
    /// - Returns: whether it was the last missing one.
    func take(_ message: Message) -> Bool {
        let index = message.inboxPlace?.index ?? 0
        let all = state.withLock { state -> [Reply]? in
            guard state.replies.indices.contains(index), state.replies[index] == nil else { return nil }
            state.replies[index] = .success(message)
            state.missing -= 1
            return state.missing == 0 ? state.replies.compactMap { $0 } : nil
        }
        if let all { continuation.resume(returning: all) }
        return all != nil
    }

    /// Gives up on the missing replies. Nothing may come after it.
    func fail(_ failure: ConnectionFailure) {
        let all = state.withLock { state -> [Reply]? in
            guard state.missing > 0 else { return nil }
            state.missing = 0
            return state.replies.map { $0 ?? .failure(failure) }
        }
        if let all { continuation.resume(returning: all) }
    }
}

import MicroHTTP
import NestKVCore
import Synchronization

/// Decides which requests leave the HTTP thread before they are handled: those that may compute for more than a few
/// milliseconds. Others leave it once it is known how much they read (``KeyValueStore``, ``ValueRead``).
extension Call {
    /// A body with more bytes is parsed in the compute pool.
    private static let mostBodyBytes = 16 << 10
    /// The parameters of requests whose cost depends on what they return, and that return little or move to the compute
    /// pool by themselves.
    private static let cheapParameters: Set = [
        "leaf", "pretty", "keys", "limit", "cursor", "after", "ttl", "op", "by", "flatten",
    ]
    /// The parameters of requests that wait for changes; they must not wait in the compute pool.
    private static let waitingParameters = ["since", "snapshot", "last_event_id", "wait"]

    /// Whether the request may compute for long, judged by the request alone.
    var mayComputeLong: Bool {
        if request.body.count > Self.mostBodyBytes { return true }
        if query.isEmpty || query.isWithin(Self.cheapParameters) { return false }
        return !request.prefersEventStream && !Self.waitingParameters.contains(where: query.has)
    }

    /// Runs a long computation in the compute pool.
    func computing<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
        try await api.compute.run { () async -> Swift.Result<Result, any Error> in
            do { return .success(try await body()) } catch { return .failure(error) }
        }.get()
    }

    /// Computes with an object of many leaves in the compute pool, which also frees it. To free 200,000 leaves can take
    /// as long as to read them.
    func computing<Content: Sendable, Result: Sendable>(
        with parcel: Parcel<Content>, _ body: @Sendable (Content) async throws -> Result
    ) async throws -> Result {
        try await computing { try await body(parcel.taken()) }
    }
}

/// Content that moves to another thread, so that the last reference to it is there.
final class Parcel<Content: Sendable>: Sendable {
    private let content: Mutex<Content?>

    init(_ content: consuming Content) {
        self.content = Mutex(content)
    }

    /// The content, once.
    func taken() -> Content {
        content.withLock { content in
            defer { content = nil }
            // It is a fault of the program to take it twice.
            return content!
        }
    }
}

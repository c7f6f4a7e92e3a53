import MicroHTTP
import NestKVCore

/// Which requests leave the HTTP thread before they are looked at: those that may compute for more than some
/// milliseconds. The others leave it once it is known how much they read (``KeyValueStore``, ``ValueRead``).
extension Call {
    /// A body with more bytes is parsed elsewhere.
    private static let mostBodyBytes = 16 << 10
    /// The parameters of requests that cost by what they show, and that show little or ask for it elsewhere.
    private static let cheapParameters: Set = [
        "leaf", "pretty", "keys", "limit", "cursor", "after", "ttl", "op", "by", "flatten",
    ]
    /// Those of requests that wait for changes, and must not wait in the pool.
    private static let waitingParameters = ["since", "snapshot", "last_event_id"]

    /// Whether it may compute for long, as far as the request itself tells.
    var mayComputeLong: Bool {
        if request.body.count > Self.mostBodyBytes { return true }
        if query.isEmpty || query.isWithin(Self.cheapParameters) { return false }
        return !request.prefersEventStream && !Self.waitingParameters.contains(where: query.has)
    }

    /// Runs what computes for long in the pool.
    func computing<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
        try await api.compute.run { () async -> Swift.Result<Result, any Error> in
            do { return .success(try await body()) } catch { return .failure(error) }
        }.get()
    }
}

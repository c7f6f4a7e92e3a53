import Logging
import NestKVStorage
import Synchronization

/// The driver's client of the server: runs scripts, and reconnects while the server is unavailable.
///
/// While the server is unavailable, every command fails at once. A command that was sent and not answered is
/// never sent again by itself, unless it only reads.
final class RedisClient: EventLoopDelegate {
    let settings: RedisSettings
    let scripts: Scripts
    let tracked: TrackedState
    let logger: Logger
    let loop: EventLoop
    /// The channel to which this client publishes heartbeats. One that comes back shows that the subscriber connection
    /// works.
    let heartbeatChannel: String
    /// Whether the server is near its maxmemory.
    let isNearMaxmemory = Atomic(false)
    private let state = Mutex(State())

    struct State {
        var problem: String? = "The store is not connected yet."
        var since = Timestamp.now
        var durability = Durability.buffered
        /// Whether the server reports changed keys (`CLIENT TRACKING`).
        var isTracking = false
        var isClosed = false
        /// Whether the connection was lost since the attempt began.
        var isLost = false
        /// Why the connection was lost last.
        var reason = ""
        var lastHeartbeat = ContinuousClock.now
        var lastPing = ContinuousClock.now
        /// The task that waits for the confirmed subscription, and since when it waits.
        var subscribing: (continuation: CheckedContinuation<Bool, Never>, since: ContinuousClock.Instant)?
        /// Why no writes are accepted although the server is there: too few replicas, and since when.
        var replicaShortage: (problem: String, since: Timestamp)?
        var isCountingReplicas = false
        /// Why the server refuses writes although it is there, and since when.
        var refusal: (problem: String, since: Timestamp)?
        /// The eviction policy that was logged last.
        var eviction: String?
        /// The run id of the connected server.
        var run = ""
        /// The store as of the last opening.
        var lastSeen = LastSeen()
        /// The loss of changes that were confirmed as durable, and when it was noticed. It stays until nestkv restarts.
        var loss: (problem: String, since: Timestamp)?
        /// The supervisor, while it waits for the loss of the connection.
        var lossWaiter: CheckedContinuation<Void, Never>?
        var supervisor: Task<Void, Never>?
    }

    /// A client that is not connected yet.
    init(_ settings: RedisSettings, tracked: TrackedState, logger: Logger) {
        self.settings = settings
        self.tracked = tracked
        self.logger = logger
        scripts = Scripts(
            layout: settings.layout, historyDepth: settings.historyDepth, feedRetention: settings.feedRetention)
        loop = EventLoop(timeout: settings.timeout)
        heartbeatChannel = "nestkv:heartbeat:" + String(UInt64.random(in: .min ... .max), radix: 16)
    }

    deinit {
        loop.push(.stop)
    }

    /// The server, for messages.
    var server: String { settings.address.server }

    /// How durable a confirmed write is.
    var durability: Durability { settings.replicas > 0 ? .replicated : state.withLock { $0.durability } }

    /// Whether the server reports changes of other programs.
    var isTracking: Bool { state.withLock { $0.isTracking } }

    /// The state of the store.
    var health: DriverHealth {
        state.withLock { state in
            if let problem = state.problem {
                return DriverHealth(canRead: false, canWrite: false, problem: problem, since: state.since)
            }
            if let reason = state.replicaShortage ?? state.refusal {
                return DriverHealth(canRead: true, canWrite: false, problem: reason.problem, since: reason.since)
            }
            guard let loss = state.loss else { return .good }
            return DriverHealth(
                canRead: true, canWrite: true, isDamaged: true, problem: loss.problem, since: loss.since)
        }
    }

    /// Connects, and from then on reconnects whenever the connection is lost.
    ///
    /// - Throws: ``DriverError`` `.configuration` if the first attempt fails, with what to do.
    func start() async throws(DriverError) {
        loop.start(delegate: self)
        do throws(RedisFailure) {
            try await establish()
        } catch {
            loop.push(.stop)
            throw refusal(error)
        }
        let task = Task { [weak self] in
            while let client = self, await client.superviseOnce() {}
        }
        state.withLock { $0.supervisor = task }
    }

    /// Closes the connections. Nothing is sent afterwards.
    func stop() async {
        let (lossWaiter, supervisor) = state.withLock { state in
            state.isClosed = true
            defer { state.lossWaiter = nil }
            return (state.lossWaiter, state.supervisor)
        }
        lossWaiter?.resume()
        supervisor?.cancel()
        _ = await supervisor?.value
        loop.push(.stop)
    }

    /// Sends a command and reads its reply on the event loop's thread.
    func exchange<Result: Sendable>(
        _ command: Command, over role: RedisConnection.Role = .commands, isHandshake: Bool = false,
        _ decode: @escaping @Sendable (Reply) throws(MalformedReply) -> Result
    ) async throws(RedisFailure) -> Result {
        try await withTypedContinuation { (continuation: TypedContinuation<Result, RedisFailure>) in
            let request = Request(command, over: role, isHandshake: isHandshake) { result in
                let outcome = result.flatMap { $0.decoded(by: decode) }
                return { continuation.resume(with: outcome) }
            }
            if let refusal = loop.submit(request) { continuation.resume(throwing: refusal) }
        }
    }

    /// Notes why the server is not available.
    func note(problem: String) {
        let was = change { state in
            defer { state.problem = problem }
            if state.problem == nil { state.since = .now }
            loop.enter(.down(problem: problem))
            return state.problem
        }
        if was == nil { logger.error("the store is unavailable", metadata: ["problem": "\(problem)"]) }
    }

    /// Notes that the server is available, unless the connection was lost meanwhile.
    func noteConnected(_ info: ServerInfo, isTracking: Bool, at revision: Revision) throws(RedisFailure) {
        let isConnected = change { state in
            guard !state.isLost else { return false }
            if state.problem != nil { state.since = .now }
            state.problem = nil
            state.isTracking = isTracking
            state.lastHeartbeat = .now
            tracked.connected(at: revision, isTracking: isTracking)
            loop.enter(.up)
            return true
        }
        guard isConnected else { throw .connectionLost }
        take(info)
        logger.notice("the store is connected", metadata: ["server": "\(server)", "version": "\(info.version)"])
    }

    func change<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
        state.withLock { body(&$0) }
    }
}

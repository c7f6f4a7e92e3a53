import Logging
import NestKVStorage

/// Writes that are confirmed once replicas have them: the parameter `replicas`.
///
/// The connection that wrote waits (`WAIT`), so commits have a connection of their own. If too few replicas confirm in
/// time, the write is stored on the primary but may be lost, so its outcome is unknown. From then on writes are refused
/// before they are sent, until enough replicas have everything.
extension RedisClient {
    /// Runs a script that commits, and returns when the commit is as durable as the store promises.
    func commit<Result: Sendable>(
        _ call: ScriptCall, _ decode: @escaping @Sendable (Reply) throws(MalformedReply) -> Result
    ) async throws(DriverError) -> Result {
        guard settings.replicas > 0 else { return try await write(call, decode) }
        if let shortage = change({ $0.replicaShortage }) { throw DriverError(.unavailable, shortage.problem) }
        let result = try await write(call, over: .commits, decode)
        let count: Int
        do throws(RedisFailure) {
            count = try await exchange(wait(atMost: replicaTimeout), over: .commits) { Int($0.integer ?? 0) }
        } catch {
            // Whatever the error, the write was made.
            throw unconfirmed("the connection was lost before its replicas confirmed it", cause: "\(error)")
        }
        guard count >= settings.replicas else {
            note(replicas: count)
            throw unconfirmed("\(count) of \(settings.replicas) replicas confirmed it in time")
        }
        return result
    }

    private func unconfirmed(_ what: String, cause: String? = nil) -> DriverError {
        DriverError(
            .unknown,
            "Redis at \(server) made the write, but \(what). It is lost if a replica without it takes over. Read "
                + "the value to find out.", cause: cause)
    }

    /// Half of the longest time that the server may take to answer.
    private var replicaTimeout: Duration { settings.timeout / 2 }

    private func wait(atMost time: Duration) -> Command {
        Command("WAIT", "\(settings.replicas)", "\(max(1, Int(time / .milliseconds(1))))")
    }

    /// Counts the replicas that take part. A replica that is still being synchronized counts once it has what is sent
    /// now.
    func countReplicas(
        atMost time: Duration = .milliseconds(100), isHandshake: Bool = true
    ) async throws(RedisFailure) {
        try await exchange(Command("PUBLISH", heartbeatChannel, "1"), over: .commits, isHandshake: isHandshake) { _ in }
        let count = try await exchange(wait(atMost: time), over: .commits, isHandshake: isHandshake) { $0.integer ?? 0 }
        note(replicas: Int(count))
    }

    /// If there were too few replicas, counts again until there are enough. Only one count is under way at a time.
    func recountReplicas() {
        let isDue = change { state in
            guard state.replicaShortage != nil, !state.isCountingReplicas else { return false }
            state.isCountingReplicas = true
            return true
        }
        guard isDue else { return }
        Task {
            // If there is no answer, the connection is lost, and the next connection begins with a count.
            try? await countReplicas(atMost: replicaTimeout, isHandshake: false)
            change { $0.isCountingReplicas = false }
        }
    }

    /// Notes the number of replicas that have everything that was written over this connection.
    private func note(replicas count: Int) {
        let isEnough = count >= settings.replicas
        let problem =
            "Redis at \(server) takes no writes for now: only \(count) of \(settings.replicas) replicas confirm them. "
            + "Start the missing replicas, or lower the parameter 'replicas'."
        let isNews = change { state in
            defer { state.replicaShortage = isEnough ? nil : (problem, state.replicaShortage?.since ?? .now) }
            return (state.replicaShortage == nil) != isEnough
        }
        guard isNews else { return }
        if isEnough {
            logger.notice("enough replicas confirm writes again", metadata: ["replicas": .stringConvertible(count)])
        } else {
            logger.error("writes are refused", metadata: ["problem": "\(problem)"])
        }
    }
}

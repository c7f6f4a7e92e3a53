import Logging
import NestKVCore

/// Writes that are confirmed when replicas have them: the parameter `replicas`.
///
/// The connection that wrote waits (`WAIT`), so commits have one of their own. When too few replicas confirm in time, what
/// was written stands on the primary, and nobody knows whether it stays: its outcome is unknown. From then on writes are
/// refused before they are sent, until enough replicas have everything.
extension Link {
    /// Runs a script that commits, and returns when it is as durable as the store promises.
    func commit<Result: Sendable>(
        _ call: ScriptCall, _ decode: @escaping @Sendable (Reply) throws -> Result
    ) async throws(DriverError) -> Result {
        guard settings.replicas > 0 else { return try await write(call, decode) }
        if let lack = change({ $0.lack }) { throw DriverError(.unavailable, lack.problem) }
        let result = try await write(call, over: .commits, decode)
        let count: Int
        do {
            count = try await exchange(waiting, over: .commits) { Int($0.integer ?? 0) }
        } catch {
            // Whatever it is, the write was made.
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
            "Redis at \(server) made the write, but \(what): it is lost when a replica takes over that doesn't have it. "
                + "Read the value to find out.", cause: cause)
    }

    /// Half of what the server may take to answer at all.
    private var waiting: Command {
        let milliseconds = max(1, Int(settings.timeout / .milliseconds(2)))
        return Command("WAIT", "\(settings.replicas)", "\(milliseconds)")
    }

    /// Finds out at the beginning of a connection whether there are enough replicas.
    func lookForReplicas() async throws {
        let command = Command("WAIT", "\(settings.replicas)", "1")
        note(replicas: try await exchange(command, over: .commits, isHandshake: true) { Int($0.integer ?? 0) })
    }

    /// Asks for replicas, when there were too few, until there are enough. One question at a time is under way.
    func askReplicasAgain() {
        let asks = change { state in
            guard state.lack != nil, !state.isAskingReplicas else { return false }
            state.isAskingReplicas = true
            return true
        }
        guard asks else { return }
        let request = Request(waiting, over: .commits) { [self] result in
            let count = try? result.get().integer
            return { [self] in
                change { $0.isAskingReplicas = false }
                if let count { note(replicas: Int(count)) }
            }
        }
        if loop.submit(request) != nil { change { $0.isAskingReplicas = false } }
    }

    /// Notes how many replicas have everything that was written over this connection.
    private func note(replicas count: Int) {
        let isEnough = count >= settings.replicas
        let problem =
            "Redis at \(server) takes no writes for now: \(count) of \(settings.replicas) replicas confirm them. Start "
            + "the others, or give a smaller number as the parameter replicas."
        let isNews = change { state in
            defer { state.lack = isEnough ? nil : (problem, state.lack?.since ?? .now) }
            return (state.lack == nil) != isEnough
        }
        guard isNews else { return }
        if isEnough {
            logger.notice("enough replicas confirm writes again", metadata: ["replicas": "\(count)"])
        } else {
            logger.error("writes are refused", metadata: ["problem": "\(problem)"])
        }
    }
}

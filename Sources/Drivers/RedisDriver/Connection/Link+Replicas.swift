import Logging
import NestKVCore

/// Writes that are confirmed when replicas have them: the parameter `replicas`.
///
/// The connection that wrote waits (`WAIT`), so commits have one of their own. When too few replicas confirm in time,
/// what was written stands on the primary, and nobody knows whether it stays: its outcome is unknown. From then on
/// writes are refused before they are sent, until enough replicas have everything.
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
            count = try await exchange(wait(atMost: patience), over: .commits) { Int($0.integer ?? 0) }
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
    private var patience: Duration { settings.timeout / 2 }

    private func wait(atMost time: Duration) -> Command {
        Command("WAIT", "\(settings.replicas)", "\(max(1, Int(time / .milliseconds(1))))")
    }

    /// Finds out how many replicas take part. One that is still being filled counts from when it has what is sent now.
    func lookForReplicas(atMost time: Duration = .milliseconds(100), isHandshake: Bool = true) async throws {
        try await exchange(Command("PUBLISH", pulse, "1"), over: .commits, isHandshake: isHandshake) { _ in }
        let count = try await exchange(wait(atMost: time), over: .commits, isHandshake: isHandshake) { $0.integer ?? 0 }
        note(replicas: Int(count))
    }

    /// Asks for replicas, when there were too few, until there are enough. One question at a time is under way.
    func askReplicasAgain() {
        let asks = change { state in
            guard state.lack != nil, !state.isAskingReplicas else { return false }
            state.isAskingReplicas = true
            return true
        }
        guard asks else { return }
        Task {
            // Without an answer there is no connection, and the next one begins with the question.
            try? await lookForReplicas(atMost: patience, isHandshake: false)
            change { $0.isAskingReplicas = false }
        }
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
            logger.notice("enough replicas confirm writes again", metadata: ["replicas": .stringConvertible(count)])
        } else {
            logger.error("writes are refused", metadata: ["problem": "\(problem)"])
        }
    }
}

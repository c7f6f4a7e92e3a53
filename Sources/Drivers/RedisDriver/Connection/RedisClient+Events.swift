import Logging

/// What the event loop reports.
extension RedisClient {
    func received(_ message: Reply) {
        guard message[0]?.string == "message" else {
            // The heartbeat channel is the second of the two.
            if message[1]?.string == heartbeatChannel { confirmSubscription(true) }
            return
        }
        if let channel = message[1]?.string, channel == heartbeatChannel { return change { $0.lastHeartbeat = .now } }
        guard let keys = message[2], keys.isArray else { return tracked.databaseFlushed() }
        tracked.invalidated(keys)
    }

    private func confirmSubscription(_ isSubscribed: Bool) {
        let waiter = change { state in
            defer { state.subscribing = nil }
            return state.subscribing
        }
        waiter?.continuation.resume(returning: isSubscribed)
    }

    func disconnected(_ reason: String) {
        let (lossWaiter, wasUp) = change { state in
            state.isLost = true
            state.reason = reason
            tracked.disconnected()
            defer { state.lossWaiter = nil }
            return (state.isClosed ? nil : state.lossWaiter, state.problem == nil && !state.isClosed)
        }
        confirmSubscription(false)
        if wasUp { note(problem: "The connection to Redis at \(server) was lost: \(reason).") }
        lossWaiter?.resume()
    }

    func tick() {
        let (isUp, isTracking, isHeartbeatOverdue, isDue) = change { state in
            let now = ContinuousClock.now
            if let subscribing = state.subscribing, now - subscribing.since > settings.timeout {
                return (true, true, true, false)
            }
            let isDue = now - state.lastPing >= .seconds(1)
            if isDue { state.lastPing = now }
            let isHeartbeatOverdue = state.isTracking && now - state.lastHeartbeat > settings.timeout + .seconds(2)
            return (state.problem == nil, state.isTracking, isHeartbeatOverdue, isDue)
        }
        guard isUp else { return }
        if isHeartbeatOverdue {
            return loop.push(.drop(.connectionLost, "no heartbeat came back on the subscriber connection"))
        }
        tracked.tick()
        if let report = tracked.pathless.report() {
            logger.warning(
                "keys in Redis that no path can name are ignored",
                metadata: ["keys": "\(report.count)", "example": "\(report.example)"])
        }
        recountReplicas()
        guard isDue else { return }
        let ping = isTracking ? Command("PUBLISH", heartbeatChannel, "1") : Command("PING")
        _ = loop.submit(Request(ping) { _ in {} })
    }
}

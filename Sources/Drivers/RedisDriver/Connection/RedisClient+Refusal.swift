import NestKVStorage

extension RedisClient {
    /// Why a connection can't be set up, for start-up errors and health reports.
    func refusal(_ failure: RedisFailure) -> DriverError {
        let reason = change { $0.reason }
        switch failure {
        case .connectionLost where ServerError(text: reason).isRefusal,
            .notConnected where ServerError(text: reason).isRefusal:
            return notPermitted(reason)
        case .refused(let error) where error.isRefusal: return notPermitted(error.text)
        case .connectionLost, .notConnected: return lostAtOnce(reason)
        case .refused(let error) where error.isOverMaxClients: return lostAtOnce(error.text)
        case .timedOut:
            return DriverError(
                .configuration,
                "Redis at \(server) doesn't answer within \(settings.timeout): it may hang, or not be a Redis server.")
        case .refused(let error):
            return DriverError(
                .configuration,
                "Redis at \(server) can't hold the store: \(error.text). Check that no other program uses the prefix "
                    + "'\(String(decoding: settings.layout.prefix, as: UTF8.self))'.")
        default: return DriverError(failure, server: server, isWrite: false)
        }
    }

    private func lostAtOnce(_ reason: String) -> DriverError {
        DriverError(
            .configuration,
            "The connection to Redis at \(server) was lost at once: \(reason). Check that it is a Redis server, and "
                + "that it has room for two more clients.")
    }

    private func notPermitted(_ text: String) -> DriverError {
        DriverError(
            .configuration,
            "Redis at \(server) doesn't permit what nestkv needs. Use a user with all keys (~*), all channels (&*) and "
                + "the commands of @all, or of @read @write @connection @scripting @pubsub +info +time.", cause: text)
    }
}

extension ServerError {
    /// Whether the server has reached its limit of clients. It says so on connecting, so the error comes as the reply
    /// to the first command.
    var isOverMaxClients: Bool { text.contains("max number of clients") }

    /// Whether the user lacks a permission.
    fileprivate var isRefusal: Bool {
        code == "NOPERM" || text.contains("The user executing the script can't")
    }
}

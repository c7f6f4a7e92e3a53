import NestKVCore

extension Link {
    /// Why a connection can't be set up: for the one who starts the service, or asks what is wrong with it.
    func refusal(_ error: any Error) -> DriverError {
        let reason = change { $0.reason }
        switch error {
        case LinkFailure.lost where ServerError(text: reason).isRefusal,
            LinkFailure.away where ServerError(text: reason).isRefusal:
            return notPermitted(reason)
        case let error as ServerError where error.isRefusal: return notPermitted(error.text)
        case LinkFailure.lost, LinkFailure.away: return lostAtOnce(reason)
        case let error as ServerError where error.isCrowded: return lostAtOnce(error.text)
        case LinkFailure.expired:
            return DriverError(
                .configuration,
                "Redis at \(server) doesn't answer within \(settings.timeout). Does it hang, or is it no Redis server?")
        case let error as ServerError:
            return DriverError(
                .configuration,
                "Redis at \(server) can't hold the store as it is: \(error.text). Is the prefix "
                    + "'\(String(decoding: settings.layout.prefix, as: UTF8.self))' used by something else?")
        default: return DriverError(error, server: server, isWrite: false)
        }
    }

    private func lostAtOnce(_ reason: String) -> DriverError {
        DriverError(
            .configuration,
            "The connection to Redis at \(server) was lost at once: \(reason). Is it a Redis server, and has it room "
                + "for two more clients?")
    }

    private func notPermitted(_ text: String) -> DriverError {
        DriverError(
            .configuration,
            "Redis at \(server) doesn't permit what nestkv needs: a user with all keys (~*), all channels (&*) and the "
                + "commands of @all, or of @read @write @connection @scripting @pubsub +info +time.", cause: text)
    }
}

extension ServerError {
    /// Whether the server has as many clients as it takes. It says so when they connect, and so in answer to whatever
    /// is asked first.
    var isCrowded: Bool { text.contains("max number of clients") }

    /// Whether the user may not do it.
    fileprivate var isRefusal: Bool {
        code == "NOPERM" || text.contains("The user executing the script can't")
    }
}

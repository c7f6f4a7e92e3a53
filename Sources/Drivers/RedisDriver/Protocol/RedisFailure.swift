import NestKVStorage

/// Why Redis didn't do what a command asked for.
enum RedisFailure: Error, Sendable {
    /// There is no connection. Nothing was sent.
    case notConnected(problem: String)
    /// Too many commands are waiting. Nothing was sent.
    case tooManyWaiting
    /// The service is shutting down. Nothing was sent.
    case closed
    /// The command was sent, and the connection was lost before the reply came.
    case connectionLost
    /// The command was sent, and no reply came in time.
    case timedOut
    /// The server replied with an error.
    case refused(ServerError)
    /// The reply has another form than the command's replies have.
    case malformed(MalformedReply)
    /// The server replied, but can't hold the store.
    case unsuitable(DriverError)
}

extension DriverError {
    /// The driver's error for a failure.
    ///
    /// - Parameter isWrite: whether the command may have changed something.
    init(_ failure: RedisFailure, server: String, isWrite: Bool) {
        switch failure {
        case .notConnected(let problem): self.init(.unavailable, problem)
        case .tooManyWaiting:
            self.init(.unavailable, "Too many requests are waiting for Redis at \(server): try again later.")
        case .closed: self.init(.unavailable, "The store is shutting down.")
        case .connectionLost where isWrite:
            self.init(
                .unknown,
                "The connection to Redis at \(server) was lost before it confirmed the write. The write may or may not "
                    + "have happened. Read the value to find out.")
        case .timedOut where isWrite:
            self.init(
                .unknown,
                "Redis at \(server) didn't confirm the write in time. The write may or may not have happened. Read the "
                    + "value to find out.")
        case .connectionLost:
            self.init(.unavailable, "The connection to Redis at \(server) was lost: try again later.")
        case .timedOut:
            self.init(.unavailable, "Redis at \(server) didn't answer in time: try again later.")
        case .unsuitable(let error): self = error
        case .refused(let error): self.init(error, server: server)
        case .malformed(let error):
            self.init(
                .corrupt,
                "The data that Redis at \(server) stores for nestkv is damaged: \(error.what). Another program changed "
                    + "the store's own keys.")
        }
    }

    /// The error of a server without free memory.
    static func full(_ server: String, cause: String? = nil) -> DriverError {
        DriverError(
            .full,
            "Redis at \(server) has reached its maxmemory. Delete values, which still works, or raise maxmemory.",
            cause: cause)
    }

    private init(_ error: ServerError, server: String) {
        switch error.code {
        case "OOM":
            self = .full(server, cause: error.text)
        case "READONLY":
            self.init(.unavailable, "Redis at \(server) is a replica now and accepts no writes.", cause: error.text)
        case "LOADING", "BUSY", "MISCONF", "MASTERDOWN", "NOREPLICAS", "TRYAGAIN", "NOSTATE":
            self.init(.unavailable, "Redis at \(server) refuses commands for now.", cause: error.text)
        case "NOAUTH", "WRONGPASS", "NOPERM":
            self.init(.unavailable, "Redis at \(server) doesn't permit what nestkv needs.", cause: error.text)
        default:
            self.init(.corrupt, "Redis at \(server) returned an unexpected error.", cause: error.text)
        }
    }
}

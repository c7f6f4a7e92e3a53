import ArgumentParser
import Logging
import MicroHTTP
import NestKVAPI
import NestKVCommands
import NestKVCore
import NestKVStorage
import ServiceLifecycle

extension App {
    /// Runs the service until SIGTERM or SIGINT. Then it answers the requests in flight and closes the store.
    ///
    /// - Throws: ``CommandFailure`` for an invalid setting, a store that can't be opened, or an address that can't be
    ///   listened on.
    static func serve(_ settings: Settings) async throws {
        let level = try settings[\.logLevel]
        let sink = LogSink(try settings[\.logFormat])
        let logger = Logger(label: "nestkv") { _ in LineLogHandler(level: level, sink: sink) }
        defer { sink.flush(milliseconds: 500) }
        do {
            try await serve(settings, logger, sink)
        } catch {
            // Not written directly: that could wait for a reader of standard error for ever.
            guard let failure = error as? CommandFailure else { throw error }
            sink.write("nestkv: \(failure.message)", isUrgent: true)
            throw ExitCode(failure.exitCode)
        }
    }

    private static func serve(_ settings: Settings, _ logger: Logger, _ sink: LogSink) async throws {
        for variable in settings.unknownVariables {
            logger.warning(
                "the environment variable \(variable) is unknown; 'nestkv serve --help-hidden' lists the options")
        }
        BytesInFlight.returnMemory()
        let parts = try await built(settings, logger, sink)
        let server = parts.server
        // The description has no password.
        let shownStore = try StoreURL(settings.text(\.store)).description
        let host = try settings[\.host]
        let listening: @Sendable () -> Void = {
            logger.notice(
                "nestkv \(version) listens on \(url(host, server.port))",
                metadata: ["store": .string(shownStore), "port": .stringConvertible(server.port)])
        }
        // They stop in reverse order: the server first, then the followers of changes, the store last.
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: StoreService(store: parts.store)),
                    .init(service: Sweeper(store: parts.store, logger: logger)),
                ] + parts.followers.map { .init(service: FollowerService(follower: $0)) } + [
                    .init(service: LiveService(live: parts.live)),
                    .init(
                        service: ServerService(
                            server: server, live: parts.live, listening: listening,
                            stopping: Stopping(server: server, logger: logger))),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet(logger)))
        try await group.run()
        logger.notice("nestkv has stopped")
    }

    /// Raises the limit of open files, and divides it. Call it before the store is opened.
    static func openFiles(_ settings: Settings, _ logger: Logger) throws -> OpenFiles.Share {
        let limit = OpenFiles.raiseLimit()
        guard limit >= OpenFiles.least else {
            throw CommandFailure.failure(
                "The limit of open files is \(limit); it must be at least \(OpenFiles.least). "
                    + "Raise it (ulimit -n, LimitNOFILE)."
            )
        }
        let clients = try settings[\.maxConnections]
        let streams = try settings[\.maxStreams]
        let share = OpenFiles.Share(limit: limit, connections: clients, streams: streams)
        guard limit < share.needed else { return share }
        logger.warning(
            """
            the limit of open files is \(limit), but --max-connections \(clients) and --max-streams \(streams) need \
            \(share.needed); until you raise it (ulimit -n, LimitNOFILE) or lower them, at most \
            \(share.connections) connections and \(share.streams) streams are accepted
            """)
        return share
    }

    private static func built(
        _ settings: Settings, _ logger: Logger, _ sink: LogSink
    ) async throws -> Parts {
        do {
            return try await build(settings, logger, sink)
        } catch let error as DriverError {
            throw error.kind == .address ? CommandFailure.usage(error.message) : .failure(error.description)
        }
    }

    private static func url(_ host: String, _ port: Int) -> String {
        host.contains(":") ? "http://[\(host)]:\(port)" : "http://\(host):\(port)"
    }

    private static func quiet(_ logger: Logger) -> Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .warning)
        return logger
    }
}

private struct ServerService: Service {
    let server: Server
    let live: Live
    let listening: @Sendable () -> Void
    let stopping: Stopping

    /// Starts the server here, after the group has installed its signal handlers. Otherwise a SIGTERM right after the
    /// first reply would kill the process.
    func run() async throws {
        await stopping.listen()
        do {
            try server.start()
        } catch {
            throw CommandFailure.failure("\(error)")
        }
        listening()
        try await gracefulShutdown()
        stopping.begin()
        // Otherwise the drain would wait for long polls.
        live.stop()
        await server.drain()
    }
}

private struct FollowerService: Service {
    let follower: Follower

    func run() async throws {
        await cancelWhenGracefulShutdown { await follower.run() }
    }
}

private struct LiveService: Service {
    let live: Live

    func run() async throws {
        await cancelWhenGracefulShutdown { await live.run() }
    }
}

private struct StoreService: Service {
    let store: any StoreAdministration

    func run() async throws {
        // If the server could not be started, this task is cancelled, and the store must be closed, too.
        try? await gracefulShutdown()
        await store.shutdown()
    }
}

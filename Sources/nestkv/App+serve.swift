import ArgumentParser
import Logging
import MicroHTTP
import NestKVAPI
import NestKVCore
import ServiceLifecycle

extension App {
    /// Starts the service and runs it until SIGTERM or SIGINT; then answers what is in flight and closes the store.
    ///
    /// - Throws: ``CommandFailure`` for wrong settings, a store that can't be opened and an address that can't be had.
    static func serve(_ settings: Settings) async throws {
        let level = try settings.choice(.logLevel, Logger.Level.self)
        let format = try settings.choice(.logFormat, LogFormat.self)
        let sink = LogSink {
            format.line(.warning, "\($0) log lines were dropped: nobody took them from standard error")
        }
        let logger = Logger(label: "nestkv") { LineLogHandler(label: $0, level: level, format: format, sink: sink) }
        defer { sink.flush(milliseconds: 500) }
        do {
            try await serve(settings, logger, sink)
        } catch {
            // Not written to standard error from here, where it might wait for a reader for ever.
            guard let failure = error as? CommandFailure else { throw error }
            sink.write(Array("nestkv: \(failure.message)\n".utf8))
            throw ExitCode(failure.exitCode)
        }
    }

    private static func serve(_ settings: Settings, _ logger: Logger, _ sink: LogSink) async throws {
        for variable in settings.unknownVariables {
            logger.warning("\(variable) in the environment is not known; 'nestkv serve --help' lists those that are")
        }
        BytesInFlight.returnMemory()
        let parts = try await built(settings, logger, sink)
        let server = parts.server
        // Without a password.
        let shownStore = try StoreURL(settings.text(.store)).description
        let listening: @Sendable () -> Void = {
            logger.notice(
                "nestkv \(version) listens on \(url(settings.host, server.port))",
                metadata: ["store": .string(shownStore), "port": .stringConvertible(server.port)])
        }
        // Stopped in reverse order: the server first, then who follows changes, and the store last.
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: StoreService(store: parts.store)),
                    .init(service: Sweeper(store: parts.store, logger: logger)),
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

    /// What of the limit of open files is for clients. Raises it before the store is opened.
    static func openFiles(_ settings: Settings, _ logger: Logger) throws -> OpenFiles.Share {
        let limit = OpenFiles.raiseLimit()
        guard limit >= OpenFiles.least else {
            throw CommandFailure.failure(
                "The limit of open files is \(limit); it must be at least \(OpenFiles.least) (ulimit -n, LimitNOFILE).")
        }
        let clients = try settings.number(.maxConnections, in: 1...1_000_000)
        let streams = try settings.number(.maxStreams, in: 1...1_000_000)
        let share = OpenFiles.Share(limit: limit, connections: clients, streams: streams)
        guard limit < share.needed else { return share }
        logger.warning(
            """
            the limit of open files is \(limit); with --max-connections \(clients) and --max-streams \(streams) it should be \
            \(share.needed): raise it (ulimit -n, LimitNOFILE), or lower those; until then there are at most \
            \(share.connections) connections and \(share.streams) streams
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

    /// Starts the server here, where the group has its signals in hand already: a SIGTERM right after the first reply
    /// would end the process otherwise.
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
        // Long polls would hold it up.
        live.stop()
        await server.drain()
    }
}

private struct LiveService: Service {
    let live: Live

    func run() async throws {
        await cancelWhenGracefulShutdown { await live.run() }
    }
}

private struct StoreService: Service {
    let store: any Store

    func run() async throws {
        // Also when the server could not be started, which cancels this.
        try? await gracefulShutdown()
        await store.shutdown()
    }
}

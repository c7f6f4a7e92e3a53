import ArgumentParser
import Logging
import MicroHTTP
import NestKVAPI
import NestKVCommands
import NestKVCore
import NestKVStorage

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
        // The description has no password.
        let shownStore = try StoreURL(settings.text(\.store)).description
        let host = try settings[\.host]
        try await run(parts, logger) { port in
            logger.notice(
                "nestkv \(version) listens on \(url(host, port))",
                metadata: ["store": .string(shownStore), "port": .stringConvertible(port)])
        }
        logger.notice("nestkv has stopped")
    }

    /// Runs the parts until a signal to stop. They stop in reverse order: the server first, then what runs beside it,
    /// the store last.
    private static func run(_ parts: Parts, _ logger: Logger, listening: (_ port: Int) -> Void) async throws {
        let server = parts.server
        let stopping = Stopping(server: server, logger: logger)
        // Before the server starts. Otherwise a SIGTERM right after the first reply would kill the process.
        await stopping.listen()
        let sweeper = Sweeper(store: parts.store, logger: logger)
        var beside = [Task { await sweeper.run() }]
        beside += parts.followers.map { follower in Task { await follower.run() } }
        beside.append(Task { [jobs = parts.jobs] in await jobs.run() })
        beside.append(Task { await parts.live.schemas.writeBack(in: parts.store, logger) })
        beside.append(Task { [live = parts.live] in await live.run() })
        do {
            try server.start()
        } catch {
            await close(parts.store, after: beside)
            throw CommandFailure.failure("\(error)")
        }
        listening(server.port)
        await stopping.begin()
        // Otherwise the drain would wait for long polls.
        parts.live.stop()
        await server.drain()
        await close(parts.store, after: beside)
    }

    /// Ends what runs beside the server, the latest first, and closes the store.
    private static func close(_ store: any StoreAdministration, after tasks: [Task<Void, Never>]) async {
        for task in tasks.reversed() {
            task.cancel()
            await task.value
        }
        await store.shutdown()
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
}

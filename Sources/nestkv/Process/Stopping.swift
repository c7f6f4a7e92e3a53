import Dispatch
import Logging
import MicroHTTP
import NestKVStorage

#if canImport(Glibc)
    import Glibc
#endif

/// Receives the signals to stop, and limits the time of a stop: a second signal ends the wait for requests, and after a
/// maximum time the process exits.
struct Stopping: Sendable {
    /// How long closing the store and everything else may take after `--drain-timeout`, in seconds.
    private static let closing = 2.5

    let server: Server
    let logger: Logger
    private let signals = AsyncStream<Void>.makeStream()

    init(server: Server, logger: Logger) {
        self.server = server
        self.logger = logger
    }

    /// Receives SIGTERM and SIGINT from now on, so that they don't kill the process.
    func listen() async {
        for number in [SIGTERM, SIGINT] {
            let source = DispatchSource.makeSignalSource(signal: number)
            // A source that is released receives nothing. The handler keeps it.
            source.setEventHandler { [continuation = signals.continuation] in
                continuation.yield()
                withExtendedLifetime(source) {}
            }
            await withCheckedContinuation { registered in
                source.setRegistrationHandler { registered.resume() }
                source.resume()
            }
        }
    }

    /// Waits for the first signal. From then on a second one ends the wait for requests, and the process exits if the
    /// stop takes too long, for example because the store hangs.
    func begin() async {
        for await _ in signals.stream { break }
        let (seconds, attoseconds) = server.configuration.drainTimeout.components
        end(after: Double(seconds) + Double(attoseconds) / 1e18 + Self.closing)
        Task.detached { [self] in
            for await _ in signals.stream { break }
            logger.warning("received a second signal to stop; not waiting for requests in flight")
            server.hurry()
            end(after: Self.closing)
        }
    }

    private func end(after seconds: Double) {
        OwnThread.start("stop") { [logger] in
            usleep(UInt32(clamping: Int64(min(seconds, 4000) * 1e6)))
            logger.warning("the stop took too long; the process exits before everything is closed")
            usleep(100_000)
            _exit(0)
        }
    }
}

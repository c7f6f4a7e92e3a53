import Logging
import MicroHTTP
import NestKVStorage
import UnixSignals

#if canImport(Glibc)
    import Glibc
#endif

/// Limits the time of a stop: a second signal ends the wait for requests, and after a maximum time the process exits.
struct Stopping: Sendable {
    /// How long closing the store and everything else may take after `--drain-timeout`, in seconds.
    private static let closing = 2.5

    let server: Server
    let logger: Logger

    /// Starts to listen for signals.
    func listen() async {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        Task.detached { [self] in
            var count = 0
            for await _ in signals {
                count += 1
                guard count == 2 else { continue }
                logger.warning("received a second signal to stop; not waiting for requests in flight")
                server.hurry()
                end(after: Self.closing)
            }
        }
    }

    /// Exits the process if the stop takes too long, for example because the store hangs.
    func begin() {
        let (seconds, attoseconds) = server.configuration.drainTimeout.components
        end(after: Double(seconds) + Double(attoseconds) / 1e18 + Self.closing)
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

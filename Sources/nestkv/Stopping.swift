import Logging
import MicroHTTP
import NestKVCore
import UnixSignals

#if canImport(Glibc)
    import Glibc
#endif

/// Keeps a stop short: a second signal ends what it waits for, and after the longest time the process ends.
struct Stopping: Sendable {
    /// What closing the store and all else may take besides `--drain-timeout`, in seconds.
    private static let closing = 2.5

    let server: Server
    let logger: Logger

    /// Listens for signals from now on.
    func listen() async {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        Task.detached { [self] in
            var count = 0
            for await _ in signals {
                count += 1
                guard count == 2 else { continue }
                logger.warning("told to stop a second time: requests in flight are not waited for")
                server.hurry()
                end(after: Self.closing)
            }
        }
    }

    /// Ends the process when stopping takes longer than it may: whatever a store or a request hangs in.
    func begin() {
        let (seconds, attoseconds) = server.configuration.drainTimeout.components
        end(after: Double(seconds) + Double(attoseconds) / 1e18 + Self.closing)
    }

    private func end(after seconds: Double) {
        OwnThread.start("stop") { [logger] in
            usleep(UInt32(clamping: Int64(min(seconds, 4000) * 1e6)))
            logger.warning("the stop took too long: the process ends before all was closed")
            usleep(100_000)
            _exit(0)
        }
    }
}

import ArgumentParser

#if canImport(Glibc)
    import Glibc
#endif

/// How long a command tries again while the server does not answer.
package struct Persistence: ParsableArguments {
    @Option(help: ArgumentHelp("How long to try again if the server is away", valueName: "duration"))
    var retry: String = "60s"

    package init() {}

    /// Calls `body` until it succeeds or the time is up. It must be safe to repeat.
    ///
    /// - Parameter body: is called again after a ``ClientFailure`` and after a passing ``ServerProblem``.
    func persisting<Result>(_ client: HTTPClient, _ body: () throws -> Result) throws(CommandFailure) -> Result {
        let end = try ContinuousClock.now + ServerOptions.duration(retry, "--retry", .duration(from: .zero))
        var pause: UInt32 = 100_000
        while true {
            do {
                return try body()
            } catch {
                let failure = client.failure(error)
                guard error is ClientFailure || (error as? ServerProblem)?.isPassing ?? false, .now < end else {
                    throw failure
                }
                // Not after the first failure: an idle connection that the server closed is normal.
                if pause == 200_000 { StandardStream.error.write("nestkv: \(failure.message) Trying again.\n") }
            }
            usleep(pause)
            pause = min(pause * 2, 5_000_000)
        }
    }
}

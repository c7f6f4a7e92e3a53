import ArgumentParser

#if canImport(Glibc)
    import Glibc
#endif

/// How long a command goes on trying while the server is away.
struct Persistence: ParsableArguments {
    @Option(help: ArgumentHelp("How long to go on trying while the server is away.", valueName: "duration"))
    var retry: String = "60s"

    /// Does something that may be done again, until it went well or the time is up.
    ///
    /// - Parameter body: throws ``ClientFailure`` or ``ServerProblem``, of which those that pass are tried again.
    func persisting<Result>(_ client: HTTPClient, _ body: () throws -> Result) throws(CommandFailure) -> Result {
        let end = ContinuousClock.now + (retry == "0" ? .zero : try ServerOptions.duration(retry, "--retry"))
        var pause: UInt32 = 100_000
        while true {
            do {
                return try body()
            } catch {
                let failure = client.failure(error)
                guard error is ClientFailure || (error as? ServerProblem)?.isPassing ?? false, .now < end else {
                    throw failure
                }
                // An idle connection that was closed meanwhile is worth no words.
                if pause == 200_000 { StandardStream.error.write("nestkv: \(failure.message) Trying again.\n") }
            }
            usleep(pause)
            pause = min(pause * 2, 5_000_000)
        }
    }
}

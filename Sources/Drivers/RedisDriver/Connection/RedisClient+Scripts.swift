import NestKVStorage

extension RedisClient {
    /// How many times a read is sent if its connection is lost.
    private static let attempts = 3

    /// Runs a script that only reads. If the connection is lost meanwhile, runs it again a little later.
    func read<Result: Sendable>(
        _ call: ScriptCall, _ decode: @escaping @Sendable (Reply) throws(MalformedReply) -> Result
    ) async throws(DriverError) -> Result {
        let start = ContinuousClock.now
        for attempt in 1... {
            do throws(RedisFailure) {
                return try await run(call, decode)
            } catch .connectionLost
                where attempt < Self.attempts && ContinuousClock.now - start < settings.timeout
            {
                logger.debug(
                    "a read is repeated",
                    metadata: ["script": "\(call.script.name)", "attempt": .stringConvertible(attempt)])
                try? await Task.sleep(for: .milliseconds(Int.random(in: 10...40) << attempt))
            } catch .refused(let error) where error.code == "NOSTATE" && attempt < Self.attempts {
                try await reopen()
            } catch {
                throw DriverError(error, server: server, isWrite: false)
            }
        }
        fatalError("the loop ends by returning or throwing")
    }

    /// Runs a script that writes, once.
    func write<Result: Sendable>(
        _ call: ScriptCall, over role: RedisConnection.Role = .commands,
        _ decode: @escaping @Sendable (Reply) throws(MalformedReply) -> Result
    ) async throws(DriverError) -> Result {
        do throws(RedisFailure) {
            return try await run(call, over: role, decode)
        } catch .refused(let error) where error.code == "NOSTATE" {
            // The store was emptied, so nothing is as it was read. The next attempt finds a new store.
            try await reopen()
            throw DriverError(.conflict, "The store was emptied meanwhile.")
        } catch {
            throw DriverError(error, server: server, isWrite: true)
        }
    }

    /// Runs a script by its digest, or by its source if the server has forgotten it.
    func run<Result: Sendable>(
        _ call: ScriptCall, over role: RedisConnection.Role = .commands, isHandshake: Bool = false,
        _ decode: @escaping @Sendable (Reply) throws(MalformedReply) -> Result
    ) async throws(RedisFailure) -> Result {
        do throws(RedisFailure) {
            return try await exchange(call.command(bySource: false), over: role, isHandshake: isHandshake, decode)
        } catch .refused(let error) where error.code == "NOSCRIPT" {
            return try await exchange(call.command(bySource: true), over: role, isHandshake: isHandshake, decode)
        }
    }
}

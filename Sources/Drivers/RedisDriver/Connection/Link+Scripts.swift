import NestKVCore

extension Link {
    /// How often a read is sent again whose connection was lost.
    private static let attempts = 3

    /// Runs a script that only reads: again, a little later, when the connection was lost meanwhile.
    func read<Result: Sendable>(
        _ call: ScriptCall, _ decode: @escaping @Sendable (Reply) throws -> Result
    ) async throws(DriverError) -> Result {
        let start = ContinuousClock.now
        for attempt in 1... {
            do {
                return try await run(call, decode)
            } catch LinkFailure.lost where attempt < Self.attempts && ContinuousClock.now - start < settings.timeout {
                logger.debug(
                    "a read is sent again", metadata: ["script": "\(call.script.name)", "attempt": "\(attempt)"])
                try? await Task.sleep(for: .milliseconds(Int.random(in: 10...40) << attempt))
            } catch let error as ServerError where error.code == "NOSTATE" && attempt < Self.attempts {
                try await reopen()
            } catch {
                throw DriverError(error, server: server, isWrite: false)
            }
        }
        fatalError("the loop ends by returning or throwing")
    }

    /// Runs a script that writes, once.
    func write<Result: Sendable>(
        _ call: ScriptCall, over channel: Request.Channel = .work,
        _ decode: @escaping @Sendable (Reply) throws -> Result
    ) async throws(DriverError) -> Result {
        do {
            return try await run(call, over: channel, decode)
        } catch let error as ServerError where error.code == "NOSTATE" {
            // The store was emptied: nothing is as it was read. The next attempt finds it made anew.
            try await reopen()
            throw DriverError(.conflict, "The store was emptied meanwhile.")
        } catch {
            throw DriverError(error, server: server, isWrite: true)
        }
    }

    /// Makes the store's state anew after it was emptied.
    func reopen() async throws(DriverError) {
        do {
            let state = try await openStore(isHandshake: false)
            mirror.emptied(at: state)
        } catch {
            throw DriverError(error, server: server, isWrite: false)
        }
    }

    /// Makes the state when there is none, and gives the store's revision.
    func openStore(isHandshake: Bool) async throws -> Revision {
        var call = ScriptCall(scripts.open)
        call.add(mirror.revision)
        call.add(String(UInt64.random(in: .min ... .max), radix: 36).utf8)
        let opened = try await run(call, isHandshake: isHandshake) { reply -> (Revision, String?) in
            guard let revision = reply[0]?.integer else { throw MalformedReply(what: "the state has no revision") }
            return (Revision(revision), reply[2]?.string)
        }
        guard opened.1 == "1" else {
            throw DriverError(
                .configuration,
                "The store in Redis at \(server) has format \(opened.1 ?? "none"), which this version "
                    + "of nestkv can't read: use the newer one that made it, or another prefix.")
        }
        return opened.0
    }

    /// Runs a script by its digest, or by its source when the server has forgotten it.
    private func run<Result: Sendable>(
        _ call: ScriptCall, over channel: Request.Channel = .work, isHandshake: Bool = false,
        _ decode: @escaping @Sendable (Reply) throws -> Result
    ) async throws -> Result {
        do {
            return try await exchange(call.command(bySource: false), over: channel, isHandshake: isHandshake, decode)
        } catch let error as ServerError where error.code == "NOSCRIPT" {
            return try await exchange(call.command(bySource: true), over: channel, isHandshake: isHandshake, decode)
        }
    }
}

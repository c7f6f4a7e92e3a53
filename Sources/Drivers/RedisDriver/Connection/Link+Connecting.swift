import Logging
import NestKVStorage
import Synchronization

extension Link {
    /// Waits until the connection is lost, and makes a new one.
    ///
    /// - Returns: false when the link is closed.
    func superviseOnce() async -> Bool {
        await withCheckedContinuation { continuation in
            let goesOn = change { state in
                guard state.problem == nil, !state.isLost, !state.isClosed else { return true }
                state.sleeper = continuation
                return false
            }
            if goesOn { continuation.resume() }
        }
        var backOff = BackOff()
        while !change({ $0.isClosed }) {
            do {
                try await establish()
                return true
            } catch {
                note(problem: refusal(error).message)
                logger.debug("connecting failed", metadata: ["cause": "\(error)"])
                await backOff.wait()
            }
        }
        return false
    }

    /// Connects, logs in, checks the server, loads the scripts and subscribes to changes of other programs.
    func establish() async throws {
        loop.push(.drop(.lost, "connecting again"))
        try await connect(.work)
        change { $0.isLost = false }
        try await logIn(.work)
        let facts = try await readFacts(isHandshake: true)
        try facts.check(server)
        change { $0.run = facts.run }
        try await loadScripts()
        let hasEars = try await listen()
        let revision = try await openStore(isHandshake: true)
        if settings.replicas > 0 {
            try await connect(.commits)
            try await logIn(.commits)
            try await lookForReplicas()
        }
        try noteConnected(facts, hasEars: hasEars, at: revision)
    }

    /// Loads the scripts into the server, all in one round trip.
    private func loadScripts() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for script in scripts.all {
                var command = Command(arguments: 3, bytes: script.source.count + 64)
                command.add("SCRIPT".utf8)
                command.add("LOAD".utf8)
                command.add(script.source)
                group.addTask { [command] in try await self.exchange(command, isHandshake: true) { _ in } }
            }
            try await group.waitForAll()
        }
    }

    private func connect(_ channel: Request.Channel) async throws {
        let problem = await withCheckedContinuation { continuation in
            loop.push(.connect(channel, settings.address) { continuation.resume(returning: $0) })
        }
        guard let problem else { return }
        throw DriverError(
            .configuration,
            "Redis at \(server) can't be reached: \(problem). Check that it is running and that the address is right.")
    }

    private func logIn(_ channel: Request.Channel) async throws {
        let address = settings.address
        if let password = address.password {
            let user = address.user.map { [$0] } ?? []
            var command = Command(arguments: 2 + user.count)
            for word in ["AUTH"] + user + [password] { command.add(word.utf8) }
            do {
                try await exchange(command, over: channel, isHandshake: true) { _ in }
            } catch let error as ServerError where !error.isCrowded {
                let who = address.user.map { "user '\($0)'" } ?? "password"
                throw DriverError(
                    .configuration, "Redis at \(server) refuses the \(who): check user and password in --store.",
                    cause: error.text)
            }
        }
        do {
            try await exchange(
                Command("SELECT", "\(address.database)"), over: channel, isHandshake: true
            ) { _ in }
        } catch let error as ServerError where error.code == "NOAUTH" {
            throw DriverError(
                .configuration,
                "Redis at \(server) requires a password: write 'redis://:PASSWORD@…' or "
                    + "'redis://USER:PASSWORD@…'.", cause: error.text)
        } catch let error as ServerError where !error.isCrowded {
            throw DriverError(
                .configuration,
                "Redis at \(server) has no database \(address.database), or access to it is denied.",
                cause: error.text)
        }
        // Only shown by CLIENT LIST.
        _ = try? await exchange(Command("CLIENT", "SETNAME", "nestkv"), over: channel, isHandshake: true) { _ in }
    }

    /// Checks every second whether the server is as durable as before and still takes writes.
    func followFacts() async {
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            guard let facts = try? await readFacts(isHandshake: false) else { continue }
            do throws(DriverError) {
                try facts.check(server)
                take(facts)
            } catch {
                loop.push(.drop(.lost, error.message))
            }
        }
    }

    /// Takes in the server's present state.
    func take(_ facts: ServerFacts) {
        let refusal = facts.refusal(server)
        isTight.store(facts.isTight, ordering: .relaxed)
        let (wasRefusing, isEvictionNew) = change { state in
            state.durability = facts.durability
            defer {
                state.refusal = refusal.map { ($0, state.refusal?.since ?? .now) }
                state.eviction = facts.eviction
            }
            return (state.refusal != nil, facts.eviction != nil && facts.eviction != state.eviction)
        }
        if let refusal, !wasRefusing { logger.error("writes are refused", metadata: ["problem": "\(refusal)"]) }
        if refusal == nil, wasRefusing { logger.notice("writes are accepted again") }
        guard isEvictionNew, let policy = facts.eviction else { return }
        logger.warning(
            """
            When its memory is full, Redis deletes keys by its own choice, including acknowledged values and nestkv's \
            own keys: set maxmemory-policy to noeviction
            """, metadata: ["maxmemory-policy": "\(policy)"])
    }

    private func readFacts(isHandshake: Bool) async throws -> ServerFacts {
        var facts: ServerFacts
        do {
            facts = ServerFacts(
                info: try await exchange(Command("INFO"), isHandshake: isHandshake) { $0.string ?? "" })
        } catch let error as ServerError {
            throw DriverError(
                .configuration,
                "Redis at \(server) doesn't permit INFO, which nestkv needs to check the server: allow the user "
                    + "'+info'.", cause: error.text)
        }
        for name in ServerFacts.settings {
            // Not permitted on every server. Without these settings, a lower durability is assumed.
            let value = try? await exchange(Command("CONFIG", "GET", name), isHandshake: isHandshake) { $0[1]?.string }
            facts.configuration[name] = value ?? nil
        }
        return facts
    }

    /// Subscribes to the names of changed keys, over a second connection (client-side caching in broadcasting mode,
    /// Redis 6).
    private func listen() async throws -> Bool {
        try await connect(.ears)
        try await logIn(.ears)
        do {
            let id = try await exchange(Command("CLIENT", "ID"), over: .ears, isHandshake: true) { $0.integer ?? 0 }
            try await exchange(
                Command("CLIENT", "TRACKING", "ON", "REDIRECT", "\(id)", "BCAST"), isHandshake: true
            ) { _ in }
        } catch let error as ServerError {
            logger.warning(
                """
                Redis doesn't report changes of other programs (CLIENT TRACKING failed), so their keys appear in \
                subtrees and streams only once they are read one by one, or at the next scan (every \
                \(settings.rescanInterval))
                """, metadata: ["cause": "\(error)"])
            return false
        }
        let isListening = await withCheckedContinuation { continuation in
            change { $0.listening = (continuation, .now) }
            loop.push(.subscribe(Command("SUBSCRIBE", "__redis__:invalidate", pulse)))
        }
        guard isListening else { throw LinkFailure.lost }
        return true
    }
}

extension Link {
    func heard(_ message: Reply) {
        guard message[0]?.string == "message" else {
            // The heartbeat channel is the second of the two.
            if message[1]?.string == pulse { confirmListening(true) }
            return
        }
        if let channel = message[1]?.string, channel == pulse { return change { $0.lastPulse = .now } }
        guard let keys = message[2], keys.isArray else { return mirror.heardFlush() }
        mirror.heard(keys)
    }

    private func confirmListening(_ isListening: Bool) {
        let waiter = change { state in
            defer { state.listening = nil }
            return state.listening
        }
        waiter?.continuation.resume(returning: isListening)
    }

    func lost(_ reason: String) {
        let (sleeper, wasUp) = change { state in
            state.isLost = true
            state.reason = reason
            mirror.disconnected()
            defer { state.sleeper = nil }
            return (state.isClosed ? nil : state.sleeper, state.problem == nil && !state.isClosed)
        }
        confirmListening(false)
        if wasUp { note(problem: "The connection to Redis at \(server) was lost: \(reason).") }
        sleeper?.resume()
    }

    func tick() {
        let (isUp, hasEars, isDeaf, isDue) = change { state in
            let now = ContinuousClock.now
            if let listening = state.listening, now - listening.since > settings.timeout {
                return (true, true, true, false)
            }
            let isDue = now - state.lastPing >= .seconds(1)
            if isDue { state.lastPing = now }
            let isDeaf = state.hasEars && now - state.lastPulse > settings.timeout + .seconds(2)
            return (state.problem == nil, state.hasEars, isDeaf, isDue)
        }
        guard isUp else { return }
        if isDeaf { return loop.push(.drop(.lost, "no heartbeat came back on the subscriber connection")) }
        mirror.tick()
        if let report = mirror.pathless.report() {
            logger.warning(
                "keys in Redis that no path can name are ignored",
                metadata: ["keys": "\(report.count)", "example": "\(report.example)"])
        }
        askReplicasAgain()
        guard isDue else { return }
        let ping = hasEars ? Command("PUBLISH", pulse, "1") : Command("PING")
        _ = loop.submit(Request(ping) { _ in {} })
    }
}

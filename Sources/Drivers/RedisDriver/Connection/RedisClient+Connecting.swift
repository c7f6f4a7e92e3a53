import Logging
import NestKVStorage
import Synchronization

extension RedisClient {
    /// Waits until the connection is lost, and makes a new one.
    ///
    /// - Returns: false when the client is closed.
    func superviseOnce() async -> Bool {
        await withCheckedContinuation { continuation in
            let goesOn = change { state in
                guard state.problem == nil, !state.isLost, !state.isClosed else { return true }
                state.lossWaiter = continuation
                return false
            }
            if goesOn { continuation.resume() }
        }
        var backOff = BackOff()
        while !change({ $0.isClosed }) {
            do throws(RedisFailure) {
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
    func establish() async throws(RedisFailure) {
        loop.push(.drop(.connectionLost, "connecting again"))
        try await connect(.commands)
        change { $0.isLost = false }
        try await logIn(.commands)
        let info = try await readServerInfo(isHandshake: true)
        do throws(DriverError) {
            try info.check(server)
        } catch {
            throw .unsuitable(error)
        }
        change { $0.run = info.run }
        try await loadScripts()
        let isTracking = try await trackChanges()
        let revision = try await openStore(isHandshake: true)
        if settings.replicas > 0 {
            try await connect(.commits)
            try await logIn(.commits)
            try await countReplicas()
        }
        try noteConnected(info, isTracking: isTracking, at: revision)
    }

    /// Loads the scripts into the server, all in one round trip.
    private func loadScripts() async throws(RedisFailure) {
        _ = try await scripts.all.mapConcurrently { (script) throws(RedisFailure) in
            var command = Command(arguments: 3, bytes: script.source.count + 64)
            command.add("SCRIPT".utf8)
            command.add("LOAD".utf8)
            command.add(script.source)
            try await self.exchange(command, isHandshake: true) { _ in }
        }
    }

    private func connect(_ role: RedisConnection.Role) async throws(RedisFailure) {
        let problem = await withCheckedContinuation { continuation in
            loop.push(.connect(role, settings.address) { continuation.resume(returning: $0) })
        }
        guard let problem else { return }
        throw unsuitable(
            "Redis at \(server) can't be reached: \(problem). Check that it is running and that the address is right.")
    }

    /// The failure of a server that can't hold the store.
    func unsuitable(_ message: String, _ error: ServerError? = nil) -> RedisFailure {
        .unsuitable(DriverError(.configuration, message, cause: error?.text))
    }

    private func logIn(_ role: RedisConnection.Role) async throws(RedisFailure) {
        let address = settings.address
        if let password = address.password {
            let user = address.user.map { [$0] } ?? []
            var command = Command(arguments: 2 + user.count)
            for word in ["AUTH"] + user + [password] { command.add(word.utf8) }
            do throws(RedisFailure) {
                try await exchange(command, over: role, isHandshake: true) { _ in }
            } catch .refused(let error) where !error.isOverMaxClients {
                let who = address.user.map { "user '\($0)'" } ?? "password"
                throw unsuitable("Redis at \(server) refuses the \(who): check user and password in --store.", error)
            }
        }
        do throws(RedisFailure) {
            try await exchange(
                Command("SELECT", "\(address.database)"), over: role, isHandshake: true
            ) { _ in }
        } catch .refused(let error) where error.code == "NOAUTH" {
            throw unsuitable(
                "Redis at \(server) requires a password: write 'redis://:PASSWORD@…' or "
                    + "'redis://USER:PASSWORD@…'.", error)
        } catch .refused(let error) where !error.isOverMaxClients {
            throw unsuitable(
                "Redis at \(server) has no database \(address.database), or access to it is denied.", error)
        }
        // Only shown by CLIENT LIST.
        _ = try? await exchange(Command("CLIENT", "SETNAME", "nestkv"), over: role, isHandshake: true) { _ in }
    }

    /// Checks every second whether the server is as durable as before and still takes writes.
    func pollServerInfo() async {
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            guard let info = try? await readServerInfo(isHandshake: false) else { continue }
            do throws(DriverError) {
                try info.check(server)
                take(info)
            } catch {
                loop.push(.drop(.connectionLost, error.message))
            }
        }
    }

    /// Takes in the server's present state.
    func take(_ info: ServerInfo) {
        let refusal = info.refusal(server)
        isNearMaxmemory.store(info.isNearMaxmemory, ordering: .relaxed)
        let (wasRefusing, isEvictionNew) = change { state in
            state.durability = info.durability
            defer {
                state.refusal = refusal.map { ($0, state.refusal?.since ?? .now) }
                state.eviction = info.eviction
            }
            return (state.refusal != nil, info.eviction != nil && info.eviction != state.eviction)
        }
        if let refusal, !wasRefusing { logger.error("writes are refused", metadata: ["problem": "\(refusal)"]) }
        if refusal == nil, wasRefusing { logger.notice("writes are accepted again") }
        guard isEvictionNew, let policy = info.eviction else { return }
        logger.warning(
            """
            When its memory is full, Redis deletes keys by its own choice, including acknowledged values and nestkv's \
            own keys: set maxmemory-policy to noeviction
            """, metadata: ["maxmemory-policy": "\(policy)"])
    }

    private func readServerInfo(isHandshake: Bool) async throws(RedisFailure) -> ServerInfo {
        var info: ServerInfo
        do throws(RedisFailure) {
            info = ServerInfo(
                text: try await exchange(Command("INFO"), isHandshake: isHandshake) { $0.string ?? "" })
        } catch .refused(let error) {
            throw unsuitable(
                "Redis at \(server) doesn't permit INFO, which nestkv needs to check the server: allow the user "
                    + "'+info'.", error)
        }
        for name in ServerInfo.settings {
            // Not permitted on every server. Without these settings, a lower durability is assumed.
            let value = try? await exchange(Command("CONFIG", "GET", name), isHandshake: isHandshake) { $0[1]?.string }
            info.configuration[name] = value ?? nil
        }
        return info
    }

    /// Subscribes to the names of changed keys, over a second connection (client-side caching in broadcasting mode,
    /// Redis 6).
    private func trackChanges() async throws(RedisFailure) -> Bool {
        try await connect(.invalidations)
        try await logIn(.invalidations)
        do throws(RedisFailure) {
            let id = try await exchange(
                Command("CLIENT", "ID"), over: .invalidations, isHandshake: true
            ) { $0.integer ?? 0 }
            try await exchange(
                Command("CLIENT", "TRACKING", "ON", "REDIRECT", "\(id)", "BCAST"), isHandshake: true
            ) { _ in }
        } catch .refused(let error) {
            logger.warning(
                """
                Redis doesn't report changes of other programs (CLIENT TRACKING failed), so their keys appear in \
                subtrees and streams only once they are read one by one, or at the next scan (every \
                \(settings.rescanInterval))
                """, metadata: ["cause": "\(error)"])
            return false
        }
        let isSubscribed = await withCheckedContinuation { continuation in
            change { $0.subscribing = (continuation, .now) }
            loop.push(.subscribe(Command("SUBSCRIBE", "__redis__:invalidate", heartbeatChannel)))
        }
        guard isSubscribed else { throw .connectionLost }
        return true
    }
}

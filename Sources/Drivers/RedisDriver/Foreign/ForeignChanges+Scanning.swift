import Logging
import NestKVStorage

extension ForeignChanges {
    /// Scans all keys whenever that is requested, until the store is closed.
    func scanOnRequest() async {
        for await _ in tracked.scanSignals {
            do {
                try await scanAll(isFirst: false)
            } catch {
                logger.debug("the keys could not be scanned", metadata: ["cause": "\(error)"])
            }
            // Pause between two scans, whatever is reported.
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Scans all keys at fixed intervals if the server doesn't report changes.
    func scanRegularly(every interval: Duration) async {
        while (try? await Task.sleep(for: interval)) != nil {
            if !client.isTracking { tracked.requestScan() }
        }
    }

    /// Compares all keys with what the store knows of them: first the keys in the database, then the keys in the index.
    ///
    /// - Parameter isFirst: whether it is the scan at the start, which logs its progress.
    func scanAll(isFirst: Bool) async throws(DriverError) {
        do throws(RedisFailure) {
            tracked.saw(try await client.openStore(isHandshake: false))
        } catch {
            throw DriverError(error, server: client.server, isWrite: false)
        }
        let start = ContinuousClock.now
        let total = try await command(Command("DBSIZE")) { $0.integer ?? 0 }
        var seen = 0
        var reported = start
        var cursor = "0"
        repeat {
            let (next, keys) = try await scan(cursor)
            for first in stride(from: 0, to: keys.count, by: Self.batch) {
                try await check(Array(keys[first..<min(first + Self.batch, keys.count)]))
            }
            seen += keys.count
            cursor = next
            if isFirst, ContinuousClock.now - reported > .seconds(1) {
                reported = .now
                logger.notice(
                    "scanning the keys in Redis",
                    metadata: ["seen": .stringConvertible(seen), "of": .stringConvertible(total)])
            }
        } while cursor != "0"
        try await scanIndex()
        let level = isFirst && seen > 0 ? Logger.Level.notice : .debug
        logger.log(
            level: level, "scanned the keys in Redis",
            metadata: ["keys": .stringConvertible(seen), "took": "\(ContinuousClock.now - start)"])
    }

    /// One step of `SCAN`: the keys that a path can name.
    private func scan(_ cursor: String) async throws(DriverError) -> (next: String, keys: [Key]) {
        let tracked = tracked
        return try await command(Command("SCAN", cursor, "COUNT", "1000")) { (reply) throws(MalformedReply) in
            guard let next = reply[0]?.string, let names = reply[1] else { throw MalformedReply(what: "SCAN's reply") }
            var keys: [Key] = []
            for name in names.elements {
                guard let bytes = name.bytes, !bytes.starts(with: tracked.layout.prefix) else { continue }
                if let key = tracked.layout.key(bytes) { keys.append(key) } else { tracked.pathless.note(bytes) }
            }
            return (next, keys)
        }
    }

    private func scanIndex() async throws(DriverError) {
        var after: Key?
        while true {
            let range = IndexRange(from: .root, after: after)
            var page = Command(arguments: 7)
            page.add("ZRANGEBYLEX".utf8)
            page.add(tracked.layout.prefix + Array("index".utf8))
            page.add(range.lower)
            page.add(range.upper)
            for word in ["LIMIT", "0", "\(Self.batch)"] { page.add(word.utf8) }
            let keys = try await command(page) { reply in
                reply.elements.compactMap { $0.bytes.map { Key(bytes: Array($0)) } }
            }
            guard let last = keys.last else { return }
            try await check(keys)
            after = last
        }
    }

    private func command<Result: Sendable>(
        _ command: Command, _ decode: @escaping @Sendable (Reply) throws(MalformedReply) -> Result
    ) async throws(DriverError) -> Result {
        do throws(RedisFailure) {
            return try await client.exchange(command, decode)
        } catch {
            throw DriverError(error, server: client.server, isWrite: false)
        }
    }
}

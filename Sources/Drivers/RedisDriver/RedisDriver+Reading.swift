import NestKVStorage

extension RedisDriver {
    func node(_ key: Key, _ reach: Reach) async throws(DriverError) -> NodeRecords {
        let mayUseCache = reach.mayBeOutdated || client.loop.pendingInvalidations.isEmpty
        if mayUseCache, var known = tracked.cache.find(key, reach) {
            known.mayBeOutdated = reach.mayBeOutdated
            return known
        }
        guard reach.leavesBelow > 0, !reach.mayBeOutdated else { return try await readNode(key, reach) }
        return try await subtreeReads.read(SubtreeRead(key, reach)) { () throws(DriverError) in
            try await readNode(key, reach)
        }
    }

    private func readNode(_ key: Key, _ reach: Reach) async throws(DriverError) -> NodeRecords {
        let tracked = tracked
        var checked: Int? = tracked.invalidatedKeys.checkedCount
        var attempts = Attempts(within: settings.timeout)
        while attempts.next() {
            let began = tracked.cache.now
            let reading = try await client.read(NodeReading.call(client.scripts.node, key, reach, settings.layout)) {
                (reply) throws(MalformedReply) in
                let reading = try NodeReading(reply, key, reach)
                tracked.saw(reading.records.revision)
                if reading.foreign.isEmpty, reading.problem == nil {
                    tracked.cache.keep(reading.records, key, reach, began: began)
                }
                return reading
            }
            if !reading.foreign.isEmpty {
                try await foreignChanges.adopt(reading.foreign)
            } else if await isSettled(key, reach.leavesBelow > 0, &checked) {
                // Values below are returned even if the path's own value can't be.
                if let problem = reading.problem, reading.records.below.isEmpty {
                    throw problem == .otherType ? otherType(key) : notJSON(key)
                }
                return reading.records
            }
        }
        throw busy(key)
    }

    func scan(_ key: Key, after: Key?, limit: Int) async throws(DriverError) -> Page {
        guard limit > 0 else { return Page(records: [], hasMore: false) }
        let range = IndexRange(from: key, after: after)
        var call = ScriptCall(client.scripts.scan)
        call.add(range.lower)
        call.add(range.upper)
        call.add(limit + 1)
        var checked: Int? = tracked.invalidatedKeys.checkedCount
        var attempts = Attempts(within: settings.timeout)
        while attempts.next() {
            let (page, foreign) = try await client.read(call) { (reply) throws(MalformedReply) in
                try Self.page(reply, limit: limit)
            }
            if !foreign.isEmpty {
                try await foreignChanges.adopt(foreign)
            } else if await isSettled(key, true, &checked) {
                return page
            }
        }
        throw busy(key)
    }

    private static func page(_ reply: Reply, limit: Int) throws(MalformedReply) -> (Page, [ForeignChange]) {
        guard let members = reply[1], let values = reply[2], let rows = reply[3] else {
            throw MalformedReply(what: "the reply to a scan")
        }
        var page = Page(records: [], hasMore: members.count > min(limit, rows.count))
        var foreign: [ForeignChange] = []
        for index in 0..<min(limit, rows.count) {
            guard let name = members[index]?.bytes else { throw MalformedReply(what: "the index") }
            switch try KeyContent(Key(bytes: Array(name)), value: values[index], row: rows[index]) {
            case .record(let record): if !record.isDeleted { page.records.append(record) }
            case .foreign(let change): foreign.append(change)
            case .nothing, .unreadable: break
            }
        }
        return (page, foreign)
    }

    func expired(by time: Timestamp, limit: Int) async throws(DriverError) -> [Record] {
        guard limit > 0 else { return [] }
        var call = ScriptCall(client.scripts.expired)
        call.add(time.milliseconds)
        call.add(limit)
        var attempts = Attempts(within: settings.timeout)
        while attempts.next() {
            let (page, foreign) = try await client.read(call) { (reply) throws(MalformedReply) in
                try Self.page(reply, limit: limit)
            }
            if foreign.isEmpty { return page.records }
            try await foreignChanges.adopt(foreign)
        }
        throw busy(.root)
    }

    func names(below key: Key, after: [UInt8]?, limit: Int) async throws(DriverError) -> [[UInt8]] {
        guard limit > 0 else { return [] }
        let range = after.map { IndexRange(below: key, afterName: $0) } ?? IndexRange(below: key)
        var call = ScriptCall(client.scripts.names)
        call.add(range.lower)
        call.add(range.upper)
        call.add(key.bytes.count)
        call.add(limit)
        var checked: Int? = tracked.invalidatedKeys.checkedCount
        while true {
            let names = try await client.read(call) { $0.elements.compactMap { $0.bytes.map(Array.init) } }
            if await isSettled(key, true, &checked) { return names }
        }
    }

    func revisions(of key: Key, limit: Int) async throws(DriverError) -> [Record] {
        guard limit > 0 else { return [] }
        return try await history(key, version: 0, limit: limit)
    }

    func version(_ version: UInt64, of key: Key) async throws(DriverError) -> Record? {
        guard version > 0, version < 1 << 53 else { return nil }
        return try await history(key, version: version, limit: 1).first { $0.version == version }
    }

    private func history(_ key: Key, version: UInt64, limit: Int) async throws(DriverError) -> [Record] {
        var call = ScriptCall(client.scripts.history)
        call.add(settings.layout.redisKey(key))
        call.add(version)
        call.add(min(limit, 1 << 30))
        var attempts = Attempts(within: settings.timeout)
        while attempts.next() {
            let (records, change) = try await client.read(call) {
                (reply) throws(MalformedReply) -> ([Record], ForeignChange?) in
                let found = try KeyContent(key, value: reply[1], row: reply[2])
                if case .foreign(let change) = found { return ([], change) }
                let older = try (reply[3]?.elements ?? []).reversed().map { (entry) throws(MalformedReply) in
                    try ChangeEntry.older(entry, key)
                }
                return ((found.record.map { [$0] } ?? []) + older.compactMap(\.self), nil)
            }
            guard let change else { return records }
            try await foreignChanges.adopt([change])
        }
        throw busy(key)
    }

    func changes(in feed: Feed, after revision: Revision, limit: Int) async throws(DriverError) -> ChangePage {
        var call = ScriptCall(client.scripts.changes)
        call.add(min(revision, 1 << 53))
        call.add(min(max(limit, 0), 1 << 20))
        let tracked = tracked
        return try await client.read(call) { (reply) throws(MalformedReply) in
            guard let current = reply[0]?.integer, let oldest = reply[1]?.integer, let entries = reply[2],
                let identity = reply[3]?.string
            else {
                throw MalformedReply(what: "the reply to a read of the feed")
            }
            tracked.saw(Revision(current))
            let changes = try entries.elements.map(ChangeEntry.change)
            // A page ends where a commit ends, unless that commit alone is longer.
            let end = changes.lastIndex { $0.revision == $0.commitRevision }.map { $0 + 1 } ?? changes.count
            return ChangePage(
                changes: Array(changes[..<end]), oldest: Revision(oldest), current: Revision(current),
                identity: identity)
        }
    }

    /// Whether the index has all changes that other programs made below a key before the read. Waits for that once: a
    /// second read then has all of them.
    private func isSettled(_ key: Key, _ readsBelow: Bool, _ checked: inout Int?) async -> Bool {
        guard readsBelow, let count = checked else { return true }
        let hasWaited = await tracked.invalidatedKeys.waitUntilChecked(below: key, since: count)
        if hasWaited { checked = nil }
        return !hasWaited
    }

    private func busy(_ key: Key) -> DriverError {
        DriverError(
            .unavailable,
            "Other programs change the values at \(key) in Redis faster than they can be read: try again later.")
    }
}

extension RedisClient {
    /// Drops changes that are too old from the feed, at intervals.
    func trimRegularly() async {
        let interval = min(max(settings.feedRetention.age, .milliseconds(100)), .seconds(60))
        while (try? await Task.sleep(for: interval)) != nil {
            do {
                try await read(ScriptCall(scripts.upkeep)) { _ in }
            } catch {
                logger.debug("the feed could not be trimmed", metadata: ["cause": "\(error)"])
            }
        }
    }
}

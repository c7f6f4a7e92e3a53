import MicroJSON
import NestKVStorage

extension Bucket {
    /// The messages at, above and below a key, all read at one revision.
    struct Reading: Sendable {
        var latest: StoredRecord?
        /// The nearest first, without tombstones.
        var ancestors: [StoredRecord] = []
        /// In key order, without tombstones.
        var below: [StoredRecord] = []
        /// Whether there is more below than was requested.
        var isTruncated = false
        var revision: Revision
    }

    /// Reads a path. It may return more below the path than requested.
    func read(_ key: Key, _ reach: Reach) async throws(DriverError) -> Reading {
        let (ancestors, below) = (reach.ancestors, reach.leavesBelow > 0)
        let known = revision
        guard ancestors && key.depth > 1 || below || configuration.replicas > 1 && hasBatchGet else {
            return try await readLeaf(key, known)
        }
        var parts = ReadParts(bucket: self, key: key, reach)
        if hasBatchGet, let reading = try await readAtOnce(&parts, known) { return reading }
        return try await readTwice(&parts, known)
    }

    /// Reads the leaf alone. The message that the server returns was the latest at every revision from its own to now.
    private func readLeaf(_ key: Key, _ known: Revision) async throws(DriverError) -> Reading {
        for attempt in 0... {
            let stored = try await latest(key)
            let expected = withRecent { $0.latest(of: key)?.sequence ?? 0 }
            let isStale = configuration.replicas > 1 && stored?.sequence ?? 0 < expected
            guard isStale else { return Reading(latest: stored, revision: max(known, stored?.sequence ?? 0)) }
            try await waitForReplica(attempt, [key])
        }
        fatalError("the loop ends by returning or throwing")
    }

    /// All parts by one request; nil if they are too many for it.
    private func readAtOnce(_ parts: inout ReadParts, _ known: Revision) async throws(DriverError) -> Reading? {
        for attempt in 0... {
            guard let batch = try await getBatch(parts.request) else { return nil }
            let revision = batch.upTo ?? known
            // A replica may lack what this process has already written.
            guard revision < known || (batch.rows.isEmpty && configuration.replicas > 1 && parts.isKnownToExist) else {
                return parts.reading(of: batch.rows, at: max(revision, known))
            }
            try await waitForReplica(attempt, parts.keys)
        }
        fatalError("the loop ends by returning or throwing")
    }

    /// All parts one after the other, until two rounds agree: then all of it was current at one moment between them.
    private func readTwice(_ parts: inout ReadParts, _ known: Revision) async throws(DriverError) -> Reading {
        var before: [Revision]?
        for attempt in 0..<50 {
            let batch = try await readParts(parts)
            let sequences = batch.rows.map(\.sequence)
            if sequences == before || parts.isOneRequest || batch.isTruncated {
                var reading = parts.reading(of: batch.rows, at: max(known, sequences.max() ?? 0))
                reading.isTruncated = batch.isTruncated
                return reading
            }
            before = sequences
            if attempt > 5 { try? await Task.sleep(for: .milliseconds(Int.random(in: 1...attempt))) }
        }
        throw DriverError(
            .unavailable,
            "The values below \(parts.key) change too fast to be read at one revision: try again later."
        )
    }

    private func readParts(_ parts: ReadParts) async throws(DriverError) -> Batch {
        var batch = Batch()
        for key in parts.keys {
            if let stored = try await latest(key) { batch.append((stored, stored.sequence)) }
        }
        guard let filter = parts.filter, try await hasAny(filter) else { return batch }
        let below = try await last(matching: filter, within: parts.reach)
        batch.rows += below.rows.sorted { $0.sequence < $1.sequence }
        batch.isTruncated = below.isTruncated
        return batch
    }

    /// Whether the stream has a matching message. Far cheaper than a consumer.
    private func hasAny(_ filter: String) async throws(DriverError) -> Bool {
        try await get(.json(("seq", .integer(1)), ("next_by_subj", .string(filter)))) != nil
    }

    func waitForReplica(_ attempt: Int, _ keys: [Key]) async throws(DriverError) {
        guard attempt < (configuration.replicas > 1 ? 200 : 3) else {
            throw DriverError(.unavailable, "The replica that answers for \(stream) lags behind: try again later.")
        }
        server.logger.debug(
            "a replica lags behind; the read is repeated",
            metadata: ["stream": "\(stream)", "attempt": .stringConvertible(attempt)])
        if attempt % 20 == 10 { try await forgetGone(keys) }
        try? await Task.sleep(for: .milliseconds(Int.random(in: 1...10)))
    }

    /// Forgets what is known of keys if the leader has no message of them either: it expired, or another program purged
    /// it.
    private func forgetGone(_ keys: [Key]) async throws(DriverError) {
        for key in keys {
            guard let known = withRecent({ $0.latest(of: key)?.sequence }) else { continue }
            let body: [UInt8] = .json(("last_by_subj", .string(subject(of: key))))
            let answer = try await server.read("STREAM.MSG.GET.\(stream)", body)
            if let problem = answer.problem, !problem.isNoMessage { throw .api(problem) }
            if answer["message"]["seq"].count < known { forgetLatest(of: key) }
        }
    }
}

/// The keys and the filter of a read of a path.
struct ReadParts {
    let key: Key
    /// The path's own key and the keys above it.
    let keys: [Key]
    /// How much to read.
    let reach: Reach
    /// Matches everything below; nil if nothing below is requested.
    let filter: String?
    private let subjects: [String]
    private let bucket: Bucket

    /// The parts of a read.
    init(bucket: Bucket, key: Key, _ reach: Reach) {
        self.bucket = bucket
        self.key = key
        self.reach = reach
        keys = [key] + (reach.ancestors ? key.ancestors : [])
        filter = reach.leavesBelow > 0 ? bucket.filter(below: key) : nil
        subjects = keys.map(bucket.subject(of:)) + (filter.map { [$0] } ?? [])
    }

    /// Whether one request is enough. It sees one moment.
    var isOneRequest: Bool { keys.count == 1 && filter == nil }

    /// Whether this process knows a message that the read must find.
    var isKnownToExist: Bool { bucket.withRecent { recent in keys.contains { recent.latest(of: $0) != nil } } }

    /// The direct get for all parts.
    var request: [UInt8] {
        // The filter below an entry point also matches the entry point's own leaf.
        let wanted = key.depth == 1 && filter != nil ? [filter!] : subjects
        return .json(("multi_last", .array(JSONArray(wanted.map { .string($0) }))))
    }

    /// Sorts what was found.
    func reading(of rows: [(stored: StoredRecord?, sequence: Revision)], at revision: Revision) -> Bucket.Reading {
        var reading = Bucket.Reading(revision: revision)
        var places: [Key: StoredRecord] = [:]
        for case (let stored?, _) in rows {
            // A consumer may deliver a leaf again that was changed meanwhile. The later message is the latest.
            if let there = places[stored.key], there.sequence > stored.sequence { continue }
            places[stored.key] = stored
        }
        for (place, stored) in places {
            if place == key {
                reading.latest = stored
            } else if key.isAncestor(of: place) {
                if stored.operation == .set { reading.below.append(stored) }
            } else if stored.operation == .set {
                reading.ancestors.append(stored)
            }
        }
        reading.below.sort { $0.key < $1.key }
        reading.ancestors.sort { $0.key.bytes.count > $1.key.bytes.count }
        return reading
    }
}

extension Reach {
    /// The leaf and all below it.
    static let unlimited = Reach(ancestors: false, leavesBelow: .max, bytesBelow: .max)
}

extension Bucket {
    /// The filter for everything below a key. Below an entry point it also matches the entry point's own leaf.
    func filter(below key: Key) -> String {
        key.depth == 1 ? prefix + ">" : subject(of: key) + ".>"
    }

    /// The retained messages of one key, oldest first.
    func history(of key: Key) async throws(DriverError) -> [StoredRecord] {
        let subject = subject(of: key)
        if hasBatchGet {
            let body: [UInt8] = .json(
                ("seq", .integer(1)), ("next_by_subj", .string(subject)), ("batch", .integer(1000)))
            return try await getBatch(body)?.rows.compactMap(\.stored) ?? []
        }
        var found: [StoredRecord] = []
        while let message = try await get(
            .json(("seq", .integer((found.last?.sequence ?? 0) + 1)), ("next_by_subj", .string(subject)))),
            let place = message.directPlace
        {
            found.append(StoredRecord(message, key: key, at: place, in: lives))
        }
        return found
    }
}
